#pragma once

#include "tieline/messages/errc.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tieline::ssh {

/// What a server says when somebody connects: lines of text as it likes, then
/// its identification (RFC 4253, 4.2).
class greeting {
public:
  enum class progress {
    /// There is more to come.
    waiting,
    /// The identification is here.
    done,
    /// There is none that one can speak to.
    failed,
  };

  /// Reads what has come; returns how much of it belongs to the greeting.
  size_t take(std::string_view bytes);

  /// The server has hung up.
  /// @param error the errno of that; zero: it has closed the connection
  void end(int error);

  progress now() const noexcept {
    return now_;
  }

  /// Returns the identification with its line end, once it is here.
  const std::string& identification() const noexcept {
    return line_;
  }

  /// Returns the beginning of what came before the identification, in one
  /// line; empty if nothing did.
  std::string said() const;

  /// Returns why it has failed.
  errc code() const noexcept {
    return code_;
  }

  const std::string& cause() const noexcept {
    return cause_;
  }

  /// Returns whether the server would fail again: it speaks something else.
  bool permanent() const noexcept {
    return permanent_;
  }

private:
  void fail(errc code, std::string cause, bool permanent);

  void judge();

  progress now_ = progress::waiting;
  // The line that has begun to come; of one that is no identification, the
  // beginning.
  std::string line_;
  bool other_line_ = false;
  size_t taken_ = 0;
  std::string said_;
  errc code_ = errc::none;
  std::string cause_;
  bool permanent_ = false;
};

} // namespace tieline::ssh
