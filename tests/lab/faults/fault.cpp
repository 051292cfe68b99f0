#include "tieline/lab/faults/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string>

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
  "introduce",
  "ask-code",
  "expired-password",
  "sha1-signatures",
  "odd-keepalive",
  "refuse-channels",
  "drop-on-exec",
  "hang-in-exec",
  "slow-command",
  "drop-after-bytes",
  "drop-on-eof",
  "close-on-exec",
  "no-exit-status",
  "half-close",
  "one-command",
  "flood-ignore",
  "flood-opens",
  "flood-requests",
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
  "netconf-hidden-error",
  "netconf-warnings",
  "netconf-old-hello",
  "netconf-no-session-id",
  "netconf-latin-1",
  "netconf-line-feeds",
  "netconf-timeless",
  "cli-slow-prompt",
  "cli-slow-bytes",
  "cli-banner",
  "cli-login",
  "cli-log",
  "cli-log-in-prompt",
  "cli-pager",
  "cli-redraw",
  "cli-no-echo",
  "cli-carriage",
  "cli-types-ahead",
  "cli-deaf",
  "cli-close",
  "http-silence",
  "http-reset",
  "http-close",
  "http-slow",
  "http-half-body",
  "http-wrong-length",
  "http-bad-chunk",
  "http-slow-headers",
  "http-endless-headers",
  "http-unauthorized",
  "http-login",
  "http-no-head",
  "http-refuse-head",
  "http-gzip",
  "http-hidden-error",
};

static_assert(static_cast<std::size_t>(fault::http_hidden_error) + 1
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

measured_fault measured_fault_from(std::string_view text) {
  auto equals = std::min(text.find('='), text.size());
  auto what = fault_from(text.substr(0, equals));
  if (!what) {
    std::string known;
    for (auto name : names)
      known.append(known.empty() ? "" : ", ").append(name);
    throw std::invalid_argument("there is no fault '"
                                + std::string{text.substr(0, equals)}
                                + "'; the faults are: " + known);
  }
  measured_fault result{*what, 0};
  if (equals < text.size()) {
    auto amount = text.substr(equals + 1);
    auto last = amount.data() + amount.size();
    auto [end, error] = std::from_chars(amount.data(), last, result.amount);
    if (error != std::errc{} || end != last)
      throw std::invalid_argument("the amount of a fault must be a whole "
                                  "number, not '"
                                  + std::string{amount} + "'");
  }
  return result;
}

} // namespace tieline::lab
