#include "support/process.hpp"

#include "support/eventually.hpp"
#include "support/owned_fd.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <system_error>

namespace tieline::test {

namespace {

owned_fd open_checked(const std::string& path, int flags) {
  owned_fd result{open(path.c_str(), flags | O_CLOEXEC, 0644)};
  if (result.get() < 0)
    throw std::system_error(errno, std::generic_category(), path);
  return result;
}

pid_t start(const std::vector<std::string>& command, const std::string& input,
            const std::string& log) {
  std::vector<char*> argv;
  for (auto& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  auto in = open_checked(input, O_RDONLY);
  auto out = open_checked(log, O_WRONLY | O_CREAT | O_APPEND);
  auto pid = fork();
  if (pid < 0)
    throw std::system_error(errno, std::generic_category(), "fork");
  if (pid > 0)
    return pid;
  // Other threads may hold locks now, so nothing but system calls until exec.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(in.get(), STDIN_FILENO);
  dup2(out.get(), STDOUT_FILENO);
  dup2(out.get(), STDERR_FILENO);
  close_range(3, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

struct process_entry {
  pid_t parent = 0;
  char state = 0;
};

std::map<pid_t, process_entry> process_table() {
  std::map<pid_t, process_entry> result;
  for (auto& dir : std::filesystem::directory_iterator{"/proc"}) {
    auto pid = std::atoi(dir.path().filename().c_str());
    if (pid <= 0)
      continue;
    std::ifstream in{dir.path() / "stat"};
    std::string line;
    // The name, in parentheses, may hold anything.
    if (!std::getline(in, line) || line.rfind(')') == std::string::npos)
      continue;
    auto rest = line.substr(line.rfind(')') + 1);
    process_entry entry;
    if (std::sscanf(rest.c_str(), " %c %d", &entry.state, &entry.parent) == 2)
      result.emplace(pid, entry);
  }
  return result;
}

// With their states, as ps(1) names them.
std::map<pid_t, char> living_descendants(const std::set<pid_t>& ancestors) {
  auto table = process_table();
  std::map<pid_t, char> result;
  for (auto& [pid, entry] : table) {
    auto above = entry.parent;
    while (above != 0 && ancestors.count(above) == 0) {
      auto next = table.find(above);
      above = next == table.end() ? 0 : next->second.parent;
    }
    if (above != 0 && entry.state != 'Z')
      result.emplace(pid, entry.state);
  }
  return result;
}

} // namespace

child_process::child_process(const std::vector<std::string>& command,
                             const std::string& log)
  : pid_(start(command, "/dev/null", log)) {
  // nop
}

child_process& child_process::operator=(child_process&& other) noexcept {
  if (this != &other) {
    kill_all();
    pid_ = std::exchange(other.pid_, 0);
  }
  return *this;
}

child_process::~child_process() {
  kill_all();
}

bool child_process::running() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_)
    pid_ = 0;
  return pid_ != 0;
}

void child_process::signal(int number) const {
  if (pid_ == 0 || kill(pid_, number) != 0 || number != SIGSTOP)
    return;
  // Its threads stop one by one, after this.
  siginfo_t stopped;
  while (waitid(P_PID, static_cast<id_t>(pid_), &stopped,
                WSTOPPED | WEXITED | WNOWAIT)
           < 0
         && errno == EINTR)
    continue;
}

void child_process::kill_all() noexcept {
  if (!running())
    return;
  // Stopped first, it starts no more.
  signal(SIGSTOP);
  signal_descendants(pid_, SIGKILL);
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
  std::vector<pid_t> result;
  for (auto& [pid, state] : living_descendants({ancestor}))
    result.push_back(pid);
  return result;
}

void signal_descendants(pid_t ancestor, int number) {
  // One that is killed while it starts another would leave that one to init,
  // where nobody finds it. So all stop first. One whose parent ends by itself
  // meanwhile is init's, too, but known by then.
  std::set<pid_t> all;
  eventually([&] {
    auto above = all;
    above.insert(ancestor);
    bool stopped = true;
    for (auto& [pid, state] : living_descendants(above)) {
      all.insert(pid);
      // In D, one waits for its vfork, who may have been stopped before.
      if (state != 'T' && state != 'D') {
        kill(pid, SIGSTOP);
        stopped = false;
      }
    }
    return stopped;
  });
  for (auto pid : all)
    kill(pid, number);
  if (number != SIGKILL && number != SIGSTOP)
    for (auto pid : all)
      kill(pid, SIGCONT);
}

std::string program_of(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/comm"};
  std::string result;
  std::getline(in, result);
  return result;
}

uint64_t bytes_written_by(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/io"};
  std::string name;
  for (uint64_t value = 0; in >> name >> value;)
    if (name == "wchar:")
      return value;
  return 0;
}

outcome run(const std::vector<std::string>& command, std::string_view input) {
  temp_dir dir;
  auto log = dir / "output";
  auto pid = start(command, dir.write("input", input), log);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          read_file(log)};
}

std::string run_checked(const std::vector<std::string>& command,
                        std::string_view input) {
  auto [status, output] = run(command, input);
  if (status != 0) {
    std::string line;
    for (auto& word : command)
      line += word + " ";
    throw std::runtime_error(line + "failed with status "
                             + std::to_string(status) + ": " + output);
  }
  return output;
}

void require_program(const std::string& program, std::string_view package) {
  if (access(program.c_str(), X_OK) != 0)
    throw std::runtime_error(program + " is missing: apt-get install "
                             + std::string{package});
}

} // namespace tieline::test
