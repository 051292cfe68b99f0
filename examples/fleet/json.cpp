#include "fleet/json.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/messages/support/base64.hpp>
#include <tieline/messages/support/printable.hpp>
#include <tieline/messages/support/readable.hpp>
#include <tieline/transports/netconf/netconf_error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace fleet {

namespace {

/// Keeps members in the order in which they are written.
using json = nlohmann::ordered_json;

/// Returns a time in seconds, to the microsecond.
double seconds(caf::timespan x) {
  auto rounded = std::chrono::round<std::chrono::microseconds>(x);
  return std::chrono::duration<double>{rounded}.count();
}

json list_of(const std::vector<tieline::netconf_error>& xs) {
  auto result = json::array();
  for (const auto& x : xs) {
    json next = {{"type", x.type}, {"tag", x.tag}, {"severity", x.severity}};
    for (auto [name, text] : {std::pair{"app_tag", &x.app_tag},
                              {"path", &x.path},
                              {"message", &x.message},
                              {"info", &x.info}})
      if (!text->empty())
        next[name] = *text;
    result.push_back(std::move(next));
  }
  return result;
}

json error_object(const caf::error& x) {
  auto result = json::object();
  if (auto code = tieline::code_of(x); code != tieline::errc::none) {
    auto context = tieline::failure_of(x);
    result["code"] = to_string(code);
    result["step"] = to_string(context.at);
    result["cause"] = context.cause;
  }
  result["message"] = tieline::describe(x);
  if (auto all = tieline::netconf_errors_of(x); !all.empty())
    result["errors"] = list_of(all);
  return result;
}

json explanation_object(const tieline::explanation& x) {
  auto& now = x.status;
  auto& turn = x.admission;
  json result = {
    {"state", to_string(now.state)},
    {"since", tieline::readable(now.since)},
    {"waits_for", to_string(x.what)},
    {"position", turn.position},
    {"used", turn.used},
    {"limit", turn.limit},
    {"next_attempt_in", seconds(x.next_attempt_in)},
    {"session_age", seconds(x.session_age)},
    {"idle", seconds(x.idle)},
    {"breaker", to_string(turn.breaker)},
    {"breaker_failures", turn.breaker_failures},
    {"breaker_reopens_in", seconds(turn.breaker_reopens_in)},
    {"credential_stopped", turn.credential_stopped},
    {"credential_failures", turn.credential_failures},
    {"attempts", now.attempts},
    {"waiting", now.waiting},
    {"queued", now.queued},
    {"in_flight", now.in_flight},
  };
  for (const auto& line : x.configured)
    result["configured"].push_back(line);
  if (now.last_error)
    result["last_error"] = error_object(now.last_error);
  return result;
}

std::string dumped(const json& x) {
  // Devices send what they like, so the default, an exception, will not do.
  // Text in JSON can hold what controls a terminal, which becomes an escape of
  // JSON.
  return tieline::printable(
           x.dump(-1, ' ', false, json::error_handler_t::replace))
         + '\n';
}

/// Adds what a device sent. JSON cannot hold all bytes: what it cannot hold is
/// there in base64, too, which is the mark that the text is not all.
void add_bytes(json& to, const std::string& name, const std::string& bytes) {
  to[name] = bytes;
  try {
    json{bytes}.dump();
  } catch (const json::type_error&) {
    to[name + "_base64"] = tieline::to_base64(bytes);
  }
}

} // namespace

std::string to_json(const host_result& x) {
  json result = {{"host", x.host}, {"status", to_string(x.outcome)}};
  if (x.error) {
    result["error"] = error_object(x.error);
    if (!x.reply.output.empty())
      add_bytes(result, "output", x.reply.output);
    if (!x.reply.error_output.empty())
      add_bytes(result, "error_output", x.reply.error_output);
  } else {
    if (x.outcome != outcome::no_status)
      result["exit_status"] = x.reply.status;
    add_bytes(result, "output", x.reply.output);
    add_bytes(result, "error_output", x.reply.error_output);
    for (const auto* name : {"exit_signal", "config", "diff", "failed-command",
                             "failed-line", "prompt", "note", "repaired"})
      if (auto found = x.reply.attributes.find(name);
          found != x.reply.attributes.end()) {
        std::string member{name};
        std::replace(member.begin(), member.end(), '-', '_');
        result[member] = found->second;
      }
    if (auto all = tieline::netconf_warnings_of(x.reply); !all.empty())
      result["warnings"] = list_of(all);
  }
  if (x.explanation)
    result["explanation"] = explanation_object(*x.explanation);
  result["elapsed"] = seconds(x.elapsed);
  return dumped(result);
}

std::string to_json(const recap& x) {
  json all = {
    {"hosts", x.tally.hosts},         {"ok", x.tally.ok},
    {"failed", x.tally.failed},       {"unreachable", x.tally.unreachable},
    {"canceled", x.tally.canceled()}, {"causes", x.tally.causes},
    {"interrupted", x.interrupted},   {"elapsed", seconds(x.elapsed)},
    {"threads", x.threads},           {"hosts_at_once", x.hosts_at_once},
    {"cpu", seconds(x.cpu)},
  };
  if (x.tally.no_status > 0)
    all["no_status"] = x.tally.no_status;
  auto result = json::object();
  result["recap"] = std::move(all);
  return dumped(result);
}

} // namespace fleet
