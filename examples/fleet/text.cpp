#include "fleet/text.hpp"

#include "fleet/fold.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/messages/support/printable.hpp>
#include <tieline/transports/netconf/netconf_error.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>
#include <tuple>

namespace fleet {

namespace {

/// Returns e.g. `warning: operation-failed: statement not found`.
std::string named(const tieline::netconf_error& x) {
  return x.severity + ": " + tieline::describe(x);
}

/// Returns the output, error output below it, what a NETCONF server reported
/// besides, each ended by a newline.
std::string body(const host_result& x) {
  std::string result;
  auto add = [&result](const std::string& text) {
    result += text;
    if (!text.empty() && text.back() != '\n')
      result += '\n';
  };
  add(x.reply.output);
  add(x.reply.error_output);
  if (auto diff = x.reply.attributes.find("diff");
      diff != x.reply.attributes.end())
    add(diff->second);
  if (auto repaired = x.reply.attributes.find("repaired");
      repaired != x.reply.attributes.end())
    add("repaired bytes: " + repaired->second);
  // The first error is in the headline.
  auto errors = tieline::netconf_errors_of(x.error);
  for (size_t i = 1; i < errors.size(); ++i)
    add(named(errors[i]));
  for (const auto& warning : tieline::netconf_warnings_of(x.reply))
    add(named(warning));
  return result;
}

/// Returns the cause, and what else there is to know of it.
std::string noted_cause(const host_result& x) {
  auto note = x.reply.attributes.find("note");
  return cause(x)
         + (note == x.reply.attributes.end() ? "" : "; " + note->second);
}

std::string explain(const host_result& x) {
  return x.error ? tieline::describe(x.error)
                 : tieline::printable(noted_cause(x));
}

/// Describes an error without what is only true of this host: its name or, when
/// not even the cause is shared, that too.
std::string describe_to_all(const caf::error& x, bool with_cause) {
  auto code = tieline::code_of(x);
  if (code == tieline::errc::none)
    return tieline::describe(x);
  auto context = tieline::failure_of(x);
  context.key = {};
  if (!with_cause) {
    context.cause.clear();
    context.retry_after = caf::timespan{0};
  }
  return tieline::describe(tieline::make_error(code, context));
}

std::string explain_to_all(const host_result& x, bool with_cause) {
  if (x.error)
    return describe_to_all(x.error, with_cause);
  return tieline::printable(with_cause ? noted_cause(x) : cause(x));
}

/// Returns the lines of the connection's explanation, if there is one.
std::string explanation(const host_result& x) {
  if (!x.explanation)
    return {};
  std::string result;
  std::istringstream lines{tieline::describe(*x.explanation)};
  for (std::string line; std::getline(lines, line);)
    result += "  " + line + '\n';
  return result;
}

std::string headline(const std::string& hosts, const host_result& x,
                     const std::string& explanation) {
  auto result = tieline::printable(hosts) + " | "
                + std::string{to_string(x.outcome)};
  if (x.outcome != outcome::ok && x.outcome != outcome::no_status)
    result += " | " + explanation;
  return result;
}

std::string one_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  return tieline::printable(tieline::printable_lines(text));
}

} // namespace

std::string seconds(caf::timespan x) {
  char buf[32];
  std::snprintf(buf, sizeof(buf), "%.2f s",
                std::chrono::duration<double>{x}.count());
  return buf;
}

std::string in_short(const caf::error& x) {
  return describe_to_all(x, false);
}

std::string to_block(const host_result& x) {
  return headline(x.host, x, explain(x)) + " | " + seconds(x.elapsed) + '\n'
         + body(x) + explanation(x) + '\n';
}

std::string to_line(const host_result& x) {
  auto result = headline(x.host, x, explain(x));
  if (auto text = one_line(body(x)); !text.empty())
    result += " | " + text;
  return result + '\n' + explanation(x);
}

std::string gather(const std::vector<host_result>& xs) {
  struct group {
    const host_result* first = nullptr;
    std::vector<std::string> hosts;
    bool same_cause = true;
    /// By host.
    std::map<std::string, std::string> explanations;
  };
  std::map<std::tuple<outcome, std::string, std::string>, group> by_content;
  for (auto& x : xs) {
    auto& entry = by_content[{x.outcome, explain_to_all(x, false), body(x)}];
    if (entry.first == nullptr)
      entry.first = &x;
    entry.hosts.push_back(x.host);
    entry.explanations[x.host] = explanation(x);
    entry.same_cause = entry.same_cause
                       && explain_to_all(x, true)
                            == explain_to_all(*entry.first, true);
  }
  std::vector<decltype(by_content)::const_pointer> order;
  for (auto& entry : by_content)
    order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](auto* x, auto* y) {
    auto rank = [](auto* entry) {
      auto size = static_cast<long>(entry->second.hosts.size());
      return std::pair{std::get<outcome>(entry->first), -size};
    };
    return rank(x) < rank(y);
  });
  std::string result;
  for (auto* entry : order) {
    auto& [content, group] = *entry;
    result += headline(
      fold(group.hosts) + " (" + std::to_string(group.hosts.size()) + ')',
      *group.first, explain_to_all(*group.first, group.same_cause));
    result += '\n' + std::get<2>(content);
    for (auto& [host, text] : group.explanations)
      result += text;
    result += '\n';
  }
  return result;
}

} // namespace fleet
