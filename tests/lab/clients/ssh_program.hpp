#pragma once

#include "tieline/lab/lab.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace tieline::lab::test {

/// A key pair for the `ssh` program, in files that are gone afterwards.
class key_files {
public:
  key_files();
  key_files(const key_files&) = delete;
  key_files& operator=(const key_files&) = delete;
  ~key_files();

  /// Returns the line for authorized_keys.
  const std::string& line() const {
    return line_;
  }
  std::string private_file() const {
    return (folder_ / "key").string();
  }
  /// Returns where connections to share may listen.
  std::string control_path() const {
    return (folder_ / "control").string();
  }

private:
  std::filesystem::path folder_;
  std::string line_;
};

/// The `ssh` program, speaking NETCONF with a device: a client that is not
/// ours, and whose bytes are what the test says.
class ssh_program {
public:
  /// How the program gets its connection.
  enum class sharing {
    none,  ///< it has its own
    offer, ///< its own, which others may use
    use,   ///< that of another
  };

  ssh_program(const device& where, const key_files& keys,
              sharing how = sharing::none);
  ssh_program(const ssh_program&) = delete;
  ssh_program& operator=(const ssh_program&) = delete;
  /// Ends the program.
  ~ssh_program();

  void write(const std::string& bytes);
  /// Ends the input.
  void end_input();

  /// Returns the bytes up to and with this text; what there was when nothing
  /// more came for 20 seconds or ever.
  std::string read_to(const std::string& text);
  /// Returns all up to the end.
  std::string read_all();

  /// Exchanges hellos and speaks chunked after that if it says so. Returns the
  /// device's.
  std::string greet(const char* base);
  /// Returns a whole message without what frames it; empty if none came.
  std::string message();
  void send(const std::string& message);
  /// Sends an operation and returns the answer.
  std::string call(const std::string& operation, int id = 101);

  /// Returns the exit status, once the program has ended by itself.
  int exit_code();

private:
  bool read_more();

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string buffer_;
  bool chunked_ = false;
};

} // namespace tieline::lab::test
