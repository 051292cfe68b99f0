#include "tieline/lab/fault.hpp"

#include <algorithm>
#include <array>

namespace tieline::lab {

namespace {

constexpr std::array<std::string_view, fault_count> names{
  "refuse",
  "black-hole",
  "freeze",
  "close-at-once",
  "reset-at-once",
  "hang-before-banner",
  "garbage-banner",
  "wrong-host-key",
  "reject-logins",
  "slow-login",
  "odd-keepalive",
  "refuse-channels",
  "drop-on-exec",
  "hang-in-exec",
  "slow-command",
  "drop-after-bytes",
  "netconf-no-hello",
  "netconf-no-base",
  "netconf-silence",
  "netconf-wrong-id",
  "netconf-no-id",
  "netconf-out-of-order",
  "netconf-bad-xml",
  "netconf-xml-bomb",
  "netconf-bad-chunk",
  "netconf-truncate",
  "netconf-huge-reply",
  "netconf-dribble",
  "netconf-slow-reply",
  "netconf-close",
  "netconf-flood",
  "netconf-invalid",
};

static_assert(static_cast<std::size_t>(fault::netconf_invalid) + 1
              == fault_count);

} // namespace

std::string_view to_string(fault what) {
  return names.at(static_cast<std::size_t>(what));
}

std::optional<fault> fault_from(std::string_view name) {
  auto i = std::find(names.begin(), names.end(), name);
  if (i == names.end())
    return std::nullopt;
  return static_cast<fault>(i - names.begin());
}

} // namespace tieline::lab
