#include "ssh_program.hpp"

#include "tieline/lab/clients/test_client.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>
#include <vector>

namespace tieline::lab::test {

namespace {

constexpr int patience_ms = 20'000;

} // namespace

key_files::key_files() {
  auto pattern
    = (std::filesystem::temp_directory_path() / "lab-key.XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(pattern.data()));
  folder_ = pattern;
  auto key = new_key();
  line_ = public_line(key);
  ssh_pki_export_privkey_file(key, nullptr, nullptr, nullptr,
                              private_file().c_str());
  ssh_key_free(key);
  chmod(private_file().c_str(), 0600);
}

key_files::~key_files() {
  std::filesystem::remove_all(folder_);
}

ssh_program::ssh_program(const device& where, const key_files& keys,
                         sharing how) {
  int to[2], from[2];
  BOOST_REQUIRE_EQUAL(pipe2(to, O_CLOEXEC), 0);
  BOOST_REQUIRE_EQUAL(pipe2(from, O_CLOEXEC), 0);
  std::vector<std::string> args{"ssh",
                                "-F",
                                "none",
                                "-T",
                                "-q",
                                "-i",
                                keys.private_file(),
                                "-o",
                                "IdentitiesOnly=yes",
                                "-o",
                                "IdentityAgent=none",
                                "-o",
                                "BatchMode=yes",
                                "-o",
                                "StrictHostKeyChecking=no",
                                "-o",
                                "UserKnownHostsFile=/dev/null",
                                "-o",
                                "ControlPath=" + keys.control_path(),
                                "-o",
                                how == sharing::offer ? "ControlMaster=yes"
                                                      : "ControlMaster=no",
                                "-p",
                                std::to_string(where.port()),
                                "lab@" + where.address(),
                                "-s",
                                "netconf"};
  if (how == sharing::none)
    args.insert(args.begin() + 1, {"-o", "ControlPath=none"});
  std::vector<char*> argv;
  for (auto& a : args)
    argv.push_back(a.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    // It comments on connections that end, which is what tests are about.
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  in_ = to[1];
  out_ = from[0];
  // A program that has ended is told by what it did not say.
  signal(SIGPIPE, SIG_IGN);
}

ssh_program::~ssh_program() {
  end_input();
  close(out_);
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
}

void ssh_program::write(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    auto n = ::write(in_, bytes.data() + at, bytes.size() - at);
    if (n < 0)
      return;
    at += static_cast<std::size_t>(n);
  }
}

void ssh_program::end_input() {
  if (in_ >= 0)
    close(std::exchange(in_, -1));
}

bool ssh_program::read_more() {
  pollfd ready{out_, POLLIN, 0};
  if (poll(&ready, 1, patience_ms) <= 0)
    return false;
  char bytes[64 * 1024];
  auto n = ::read(out_, bytes, sizeof(bytes));
  if (n <= 0)
    return false;
  buffer_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

std::string ssh_program::read_to(const std::string& text) {
  std::size_t searched = 0;
  for (;;) {
    auto at = buffer_.find(text, searched);
    if (at != std::string::npos) {
      auto result = buffer_.substr(0, at + text.size());
      buffer_.erase(0, result.size());
      return result;
    }
    searched = buffer_.size() - std::min(buffer_.size(), text.size());
    if (!read_more())
      return std::exchange(buffer_, {});
  }
}

std::string ssh_program::read_all() {
  while (read_more())
    ;
  return std::exchange(buffer_, {});
}

std::string ssh_program::greet(const char* base) {
  auto theirs = message();
  send("<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
       "<capability>urn:ietf:params:netconf:base:"
       + std::string{base} + "</capability></capabilities></hello>");
  chunked_ = std::string{base} == "1.1";
  return theirs;
}

std::string ssh_program::message() {
  if (!chunked_) {
    auto text = read_to("]]>]]>");
    return text.substr(0, text.rfind("]]>]]>"));
  }
  std::string result;
  for (;;) {
    read_to("\n#");
    auto size = read_to("\n");
    if (size == "#\n" || size.empty())
      return result;
    auto left = std::stoul(size);
    while (buffer_.size() < left)
      if (!read_more())
        return {};
    result += buffer_.substr(0, left);
    buffer_.erase(0, left);
  }
}

void ssh_program::send(const std::string& message) {
  if (chunked_)
    write("\n#" + std::to_string(message.size()) + "\n" + message + "\n##\n");
  else
    write(message + "]]>]]>");
}

std::string ssh_program::call(const std::string& operation, int id) {
  send("<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\""
       + std::to_string(id) + "\">" + operation + "</rpc>");
  return message();
}

int ssh_program::exit_code() {
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace tieline::lab::test
