#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::test {

/// A program that runs beside the test, and no longer than it: it is killed,
/// with all it started, when this object ends, and dies with the thread that
/// started it.
class child_process {
public:
  child_process() = default;

  /// Starts `command`, found by PATH. Its output and error output go to the
  /// file `log`.
  child_process(const std::vector<std::string>& command,
                const std::string& log);

  child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)) {
    // nop
  }

  child_process& operator=(child_process&& other) noexcept;

  ~child_process();

  /// Zero: there is none, or not any more.
  pid_t pid() const noexcept {
    return pid_;
  }

  /// Returns whether it has not ended.
  bool running();

  /// After SIGSTOP it has stopped, with all its threads.
  void signal(int number) const;

  /// Kills it and everything that descends from it.
  void kill_all() noexcept;

private:
  pid_t pid_ = 0;
};

/// Returns all living processes that descend from `ancestor`.
std::vector<pid_t> descendants_of(pid_t ancestor);

/// Sends a signal to all of them, including those that are being started.
void signal_descendants(pid_t ancestor, int number);

/// Returns the name of the program that a process runs, cut to 15 characters;
/// empty once the process is gone.
std::string program_of(pid_t pid);

/// Returns how many bytes a process has written so far.
uint64_t bytes_written_by(pid_t pid);

/// What a program left behind.
struct outcome {
  int status = 0;
  std::string output;
};

/// Runs `command` to its end, with `input`; its error output counts as
/// output. The status is 128 plus the signal if one ended it.
outcome run(const std::vector<std::string>& command,
            std::string_view input = {});

/// Runs `command` and returns its output; throws if it fails.
std::string run_checked(const std::vector<std::string>& command,
                        std::string_view input = {});

/// Throws unless `program` can be executed, naming the Debian package that
/// brings it.
void require_program(const std::string& program, std::string_view package);

} // namespace tieline::test
