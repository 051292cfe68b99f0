#include "fleet/result.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/messages/support/text.hpp>
#include <tieline/transports/http/restconf.hpp>

#include <utility>

namespace fleet {

using tieline::errc;

namespace {

bool was_canceled(const caf::error& x) {
  auto code = tieline::code_of(x);
  // What ran when its connection was closed has no answer.
  return code == errc::canceled || code == errc::closed
         || (code == errc::connection_lost
             && tieline::failure_of(x).at == tieline::step::close);
}

// Errors of an execute that say that the session is gone: anything else is
// about the command.
bool session_is_gone(const caf::error& x) {
  switch (tieline::code_of(x)) {
    case errc::timeout:
    case errc::overloaded:
      // A lost session is opened anew, which may fail like a first open.
      return tieline::failure_of(x).at == tieline::step::open;
    case errc::protocol_error:
      // One answer may be no good where the next one is.
      return tieline::failure_of(x).at != tieline::step::execute;
    case errc::output_limit:
    case errc::channel_refused:
    case errc::invalid_request:
    case errc::operation_failed:
    case errc::unsupported:
      return false;
    default:
      return true;
  }
}

// Its status is none of a program.
bool is_http(const tieline::reply& x) {
  return x.attributes.count("http_version") > 0;
}

bool has_no_status(const tieline::reply& x) {
  auto status = x.attributes.find("exit_status");
  return status != x.attributes.end() && status->second == "none";
}

// A redirect that was not followed is none: nothing was done.
bool is_ok(const tieline::reply& x) {
  return is_http(x) ? (x.status >= 200 && x.status < 300) || x.status == 304
                    : x.status == 0;
}

/// Returns what a RESTCONF server says to have gone wrong, whatever its status.
std::string restconf_problem(const tieline::reply& x) {
  auto type = x.attributes.find("header.content-type");
  if (!is_http(x) || type == x.attributes.end()
      || type->second.find("/yang-") == std::string::npos)
    return {};
  auto details = tieline::failure_of(tieline::restconf::check(x)).details;
  auto result = details["error-tag"];
  if (const auto& message = details["error-message"]; !message.empty())
    result += (result.empty() ? "" : ": ") + message;
  if (const auto& path = details["error-path"]; !path.empty())
    result += ", at " + path;
  return result;
}

} // namespace

std::string_view to_string(outcome x) noexcept {
  switch (x) {
    case outcome::ok:
      return "ok";
    case outcome::no_status:
      return "no exit status";
    case outcome::failed:
      return "failed";
    case outcome::unreachable:
      return "unreachable";
    case outcome::canceled:
      return "canceled";
  }
  return "invalid";
}

host_result command_ended(std::string host, tieline::reply reply,
                          caf::timespan elapsed) {
  auto problem = restconf_problem(reply);
  auto what = has_no_status(reply)              ? outcome::no_status
              : is_ok(reply) && problem.empty() ? outcome::ok
                                                : outcome::failed;
  if (!problem.empty())
    reply.attributes.emplace("note", std::move(problem));
  return {std::move(host), what, std::move(reply), {}, elapsed};
}

host_result open_failed(std::string host, caf::error reason,
                        caf::timespan elapsed) {
  auto what = was_canceled(reason) ? outcome::canceled : outcome::unreachable;
  return {std::move(host), what, {}, std::move(reason), elapsed};
}

host_result execute_failed(std::string host, caf::error reason,
                           caf::timespan elapsed) {
  auto what = was_canceled(reason)      ? outcome::canceled
              : session_is_gone(reason) ? outcome::unreachable
                                        : outcome::failed;
  tieline::reply so_far;
  auto details = tieline::failure_of(reason).details;
  so_far.output = std::move(details["output"]);
  so_far.error_output = std::move(details["error_output"]);
  return {std::move(host), what, std::move(so_far), std::move(reason), elapsed};
}

bool needs_explanation(const caf::error& x) noexcept {
  switch (tieline::code_of(x)) {
    case errc::timeout:
    case errc::overloaded:
    case errc::circuit_open:
    case errc::credential_stopped:
      return true;
    default:
      return false;
  }
}

std::string cause(const host_result& x) {
  if (x.error) {
    if (auto code = tieline::code_of(x.error); code != errc::none)
      return std::string{tieline::sentence(code)};
    return to_string(x.error);
  }
  if (x.outcome == outcome::no_status)
    return std::string{to_string(x.outcome)};
  auto signal = x.reply.attributes.find("exit_signal");
  if (signal != x.reply.attributes.end())
    return "signal " + signal->second;
  // A device that has no status says what it did not like.
  const auto& told = x.reply.attributes;
  if (auto command = told.find("failed-command"); command != told.end()) {
    auto result = tieline::in_quotes(command->second);
    if (auto line = told.find("failed-line"); line != told.end())
      result += ": " + line->second;
    if (auto state = told.find("config"); state != told.end())
      result += "; the configuration is " + state->second;
    return result;
  }
  auto status = std::to_string(x.reply.status);
  if (!is_http(x.reply))
    return "exit status " + status;
  return "HTTP status " + status
         + (x.outcome == outcome::failed && is_ok(x.reply) ? " with an error"
                                                           : "");
}

void tally::add(const host_result& x) {
  switch (x.outcome) {
    case outcome::ok:
      ++ok;
      break;
    case outcome::no_status:
      ++no_status;
      ++causes[cause(x)];
      break;
    case outcome::failed:
      ++failed;
      ++causes[cause(x)];
      break;
    case outcome::unreachable:
      ++unreachable;
      ++causes[cause(x)];
      break;
    case outcome::canceled:
      break;
  }
}

exit_status exit_status_of(const tally& x, bool interrupted) noexcept {
  if (interrupted)
    return exit_status::interrupted;
  // Canceled without an interrupt: somebody else closed the connections.
  if (x.canceled() > 0)
    return exit_status::internal;
  if (x.failed > 0 && x.unreachable > 0)
    return exit_status::failed_and_unreachable;
  if (x.failed > 0)
    return exit_status::failed;
  if (x.unreachable > 0)
    return exit_status::unreachable;
  if (x.no_status > 0)
    return exit_status::no_status;
  return exit_status::ok;
}

} // namespace fleet
