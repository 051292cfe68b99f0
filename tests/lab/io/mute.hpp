#pragma once

#include "connection.hpp"
#include "listener.hpp"

#include <string>

namespace tieline::lab {

/// A connection that sends a text, or nothing, and then just stays.
class mute final : public connection {
public:
  mute(unique_fd socket, std::string text);

  bool advance(std::uint32_t events) override;
  std::uint32_t interest() const override;
  clock::time_point wake_at() const override;
  int fd() const override;
  void prepare(hang_up how) override;

private:
  unique_fd socket_;
  std::string text_;
};

} // namespace tieline::lab
