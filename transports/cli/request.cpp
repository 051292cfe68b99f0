#include "tieline/messages/failure.hpp"
#include "tieline/messages/support/ascii.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/platform_reader.hpp"
#include "tieline/transports/cli/profile.hpp"
#include "tieline/transports/cli/request_plan.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace tieline {

std::vector<std::string> cli_outputs_of(const reply& from) {
  std::vector<std::string> result;
  auto sizes = from.attributes.find("output-sizes");
  if (sizes == from.attributes.end())
    return result;
  const auto& text = sizes->second;
  size_t at = 0;
  for (size_t i = 0; i < text.size();) {
    size_t size = 0;
    auto end = std::min(text.find(',', i), text.size());
    std::from_chars(text.data() + i, text.data() + end, size);
    at = std::min(at, from.output.size());
    result.push_back(from.output.substr(at, size));
    at += size;
    i = end + 1;
  }
  return result;
}

namespace cli {

namespace {

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  for (size_t i = 0; i < text.size();) {
    auto end = std::min(text.find('\n', i), text.size());
    auto line = text.substr(i, end - i);
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (line.find_first_not_of(' ') != std::string::npos)
      result.push_back(std::move(line));
    i = end + 1;
  }
  return result;
}

/// Returns what is wrong with the answers; empty if nothing is.
std::string read_answers(const std::string& from, const shell_profile& where,
                         std::vector<answer>& into) {
  for (const auto& line : lines_of(from)) {
    auto equals = line.rfind('=');
    if (equals == std::string::npos)
      return in_quotes(line) + " has no =";
    std::string why;
    auto question = pattern::compile(line.substr(0, equals), why);
    if (!question)
      return in_quotes(line.substr(0, equals)) + ' ' + why;
    auto text = line.substr(equals + 1);
    auto is_secret = text.compare(0, lookup_prefix.size(), lookup_prefix) == 0;
    if (is_secret)
      text.erase(0, lookup_prefix.size());
    if (is_secret && where.secrets.count(text) == 0
        && where.secrets.count("__default__") == 0)
      return "there is no secret " + in_quotes(text);
    if (has_control(text))
      return "an answer has a control character";
    into.push_back({*std::move(question), std::move(text), is_secret});
  }
  return {};
}

std::string read_flag(const std::string& from, bool& into) {
  if (from != "true" && from != "false")
    return in_quotes(from) + " is neither true nor false";
  into = from == "true";
  return {};
}

std::string read_purpose(const std::string& from,
                         config_change::purpose& into) {
  using purpose = config_change::purpose;
  for (auto [name, value] : {std::pair{"commit", purpose::commit},
                             {"check", purpose::check},
                             {"confirm", purpose::confirm}})
    if (from == name) {
      into = value;
      return {};
    }
  return in_quotes(from) + " is none of commit, check, confirm";
}

std::string read_seconds(const std::string& from, std::chrono::seconds& into) {
  constexpr int most = 24 * 3600;
  auto seconds = 0;
  auto [end, error] = std::from_chars(from.data(), from.data() + from.size(),
                                      seconds);
  if (error != std::errc{} || end != from.data() + from.size() || seconds < 1
      || seconds > most)
    return in_quotes(from) + " is no number of seconds from 1 to "
           + std::to_string(most);
  into = std::chrono::seconds{seconds};
  return {};
}

} // namespace

caf::expected<shell_request> make_shell_request(const connection_key& key,
                                                const request& from,
                                                const shell_profile& where) {
  auto fail = [&key](std::string why) {
    return make_error(errc::invalid_request,
                      {key, step::execute, std::move(why)});
  };
  shell_request result;
  config_change change;
  result.lines = lines_of(from.body);
  result.output_limit = from.output_limit;
  result.streams = from.sink.has_value();
  for (const auto& x : result.lines)
    if (has_control(x))
      // A tab would be taken for a wish to have the word completed.
      return fail("body: " + in_quotes(x) + " has a control character");
  for (const auto& [given, value] : from.attributes) {
    auto name = dashed(given);
    std::string why;
    if (name == "mode") {
      if (where.platform->find(value) == nullptr) {
        why = "platform " + where.platform->name + " has no mode "
              + in_quotes(value) + "; there are ";
        for (const auto& x : where.platform->modes)
          why += (&x == &where.platform->modes.front() ? "" : ", ") + x.name;
      }
      result.mode = value;
    } else if (name == "answers") {
      why = read_answers(value, where, result.answers);
    } else if (name == "stop-on-failure") {
      why = read_flag(value, result.stop_on_failure);
    } else if (name == "raw") {
      why = read_flag(value, result.raw);
    } else if (name == "expect") {
      result.expect = pattern::compile(value, why);
    } else if (name == "config") {
      why = read_purpose(value, change.what);
      result.change = change;
    } else if (name == "diff") {
      why = read_flag(value, change.diff);
    } else if (name == "commit-confirmed") {
      why = read_seconds(value, change.confirm_within);
    } else {
      why = "unknown; there are answers, commit-confirmed, config, diff, "
            "expect, mode, raw, stop-on-failure";
    }
    if (!why.empty())
      return fail("attributes." + given + ": " + why);
  }
  if (result.change) {
    result.change = change;
    if (auto why = objection_to(*where.platform, change); !why.empty())
      return fail("attributes.config: " + why);
  } else if (change.diff || change.confirm_within.count() > 0) {
    return fail("attributes.config: is missing, and so there is nothing to "
                "compare or to commit");
  }
  auto has_no_lines = result.change
                      && change.what == config_change::purpose::confirm;
  if (has_no_lines != result.lines.empty())
    return fail(has_no_lines ? "body: has to be empty" : "body: is empty");
  return result;
}

reply make_reply(shell_result from) {
  reply result;
  result.output = std::move(from.output);
  result.attributes["mode"] = std::move(from.mode);
  result.attributes["prompt"] = std::move(from.prompt);
  auto& sizes = result.attributes["output-sizes"];
  for (auto x : from.sizes)
    sizes += (sizes.empty() ? "" : ",") + std::to_string(x);
  if (!from.change.empty())
    result.attributes["config"] = std::move(from.change);
  if (!from.diff.empty())
    result.attributes["diff"] = std::move(from.diff);
  if (!from.indicator.empty()) {
    result.status = 1;
    result.attributes["failed-command"] = std::move(from.failed_command);
    result.attributes["failed-indicator"] = std::move(from.indicator);
    result.attributes["failed-line"] = std::move(from.complaint);
  }
  return result;
}

} // namespace cli

} // namespace tieline
