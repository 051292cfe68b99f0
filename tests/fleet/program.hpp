#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace fleet_test {

/// What the program has for its standard streams.
enum class streams {
  /// A pipe for each output, which are read apart.
  pipes,
  /// A terminal of its own; all that it shows counts as output.
  terminal,
};

/// A run of the fleet program. It is killed if it still runs when this object
/// ends.
class program {
public:
  /// @param environment further variables, each `NAME=value`. Of its own, the
  ///        program gets none that begins with FLEET_.
  explicit program(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& environment = {},
                   streams how = streams::pipes);

  ~program();

  program(const program&) = delete;

  program& operator=(const program&) = delete;

  /// Reads on until there is this often what there shall be.
  /// @throws std::runtime_error if the program ends before, or hangs.
  void wait_for_output(const std::string& text, size_t times = 1);

  void wait_for_error(const std::string& text, size_t times = 1);

  void signal(int number);

  /// Types on the program's terminal.
  void type(const std::string& keys);

  /// Leaves the program with nobody who reads its output.
  void close_output();

  /// Reads on to the end and returns the exit status, negative if a signal
  /// ended it.
  int finish();

  const std::string& output() const noexcept {
    return streams_[0].text;
  }

  const std::string& error() const noexcept {
    return streams_[1].text;
  }

private:
  struct stream {
    int fd = -1;
    std::string text;
  };

  /// Reads what comes next; returns false at the end of both.
  bool read_more();

  pid_t pid_ = -1;
  stream streams_[2];
};

/// Returns how often `part` is in `text`.
size_t count(const std::string& text, const std::string& part);

} // namespace fleet_test
