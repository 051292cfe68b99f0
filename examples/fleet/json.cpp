#include "fleet/json.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/messages/support/readable.hpp>

#include <cstdint>
#include <cstdio>

namespace fleet {

namespace {

/// Returns the length of the UTF-8 sequence at the start of `text`, or 0 if
/// there is none (RFC 3629: no overlong forms, no surrogates).
size_t utf8_length(std::string_view text) {
  auto byte = [text](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  auto continues = [&byte](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    auto overlong = first == 0xe0 && byte(1) < 0xa0;
    auto surrogate = first == 0xed && byte(1) > 0x9f;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    auto overlong = first == 0xf0 && byte(1) < 0x90;
    auto beyond = first == 0xf4 && byte(1) > 0x8f;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond
             ? 4
             : 0;
  }
  return 0;
}

/// Writes the members of an object.
class object {
public:
  object& text(std::string_view name, std::string_view value) {
    return raw(name, json_string(value));
  }

  template <class Integer>
  object& number(std::string_view name, Integer value) {
    return raw(name, std::to_string(value));
  }

  object& seconds(std::string_view name, caf::timespan value) {
    char buf[32];
    std::snprintf(buf, sizeof(buf), "%.6f",
                  std::chrono::duration<double>{value}.count());
    return raw(name, buf);
  }

  object& boolean(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }

  object& raw(std::string_view name, std::string_view value) {
    if (!members_.empty())
      members_ += ',';
    members_ += json_string(name);
    members_ += ':';
    members_ += value;
    return *this;
  }

  std::string str() const {
    return '{' + members_ + '}';
  }

private:
  std::string members_;
};

std::string error_object(const caf::error& x) {
  object result;
  auto code = tieline::code_of(x);
  if (code != tieline::errc::none) {
    auto context = tieline::failure_of(x);
    result.text("code", to_string(code));
    result.text("step", to_string(context.at));
    result.text("cause", context.cause);
  }
  return result.text("message", tieline::describe(x)).str();
}

std::string explanation_object(const tieline::explanation& x) {
  auto& now = x.status;
  auto& turn = x.admission;
  object result;
  result.text("state", to_string(now.state))
    .text("since", tieline::readable(now.since))
    .text("waits_for", to_string(x.what))
    .number("position", turn.position)
    .number("used", turn.used)
    .number("limit", turn.limit)
    .seconds("next_attempt_in", x.next_attempt_in)
    .seconds("session_age", x.session_age)
    .seconds("idle", x.idle)
    .text("breaker", to_string(turn.breaker))
    .number("breaker_failures", turn.breaker_failures)
    .seconds("breaker_reopens_in", turn.breaker_reopens_in)
    .boolean("credential_stopped", turn.credential_stopped)
    .number("credential_failures", turn.credential_failures)
    .number("attempts", now.attempts)
    .number("waiting", now.waiting)
    .number("queued", now.queued)
    .number("in_flight", now.in_flight);
  if (now.last_error)
    result.raw("last_error", error_object(now.last_error));
  return result.str();
}

} // namespace

std::string json_string(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    auto c = text.front();
    auto length = utf8_length(text);
    if (length == 0) {
      result += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      char buf[7];
      std::snprintf(buf, sizeof(buf), "\\u%04x", static_cast<unsigned>(c));
      result += buf;
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result + '"';
}

std::string to_json(const host_result& x) {
  object result;
  result.text("host", x.host).text("status", to_string(x.outcome));
  if (x.error) {
    result.raw("error", error_object(x.error));
  } else {
    result.number("exit_status", x.reply.status);
    result.text("output", x.reply.output);
    result.text("error_output", x.reply.error_output);
    auto signal = x.reply.attributes.find("exit_signal");
    if (signal != x.reply.attributes.end())
      result.text("exit_signal", signal->second);
  }
  if (x.explanation)
    result.raw("explanation", explanation_object(*x.explanation));
  return result.seconds("elapsed", x.elapsed).str() + '\n';
}

std::string to_json(const recap& x) {
  object causes;
  for (auto& [cause, count] : x.tally.causes)
    causes.number(cause, count);
  object all;
  all.number("hosts", x.tally.hosts)
    .number("ok", x.tally.ok)
    .number("failed", x.tally.failed)
    .number("unreachable", x.tally.unreachable)
    .number("canceled", x.tally.canceled())
    .raw("causes", causes.str())
    .boolean("interrupted", x.interrupted)
    .seconds("elapsed", x.elapsed)
    .number("threads", x.threads)
    .number("hosts_at_once", x.hosts_at_once)
    .seconds("cpu", x.cpu);
  return object{}.raw("recap", all.str()).str() + '\n';
}

} // namespace fleet
