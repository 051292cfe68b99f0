#include "tieline/transports/cli/echo.hpp"

#include "tieline/messages/support/text.hpp"

#include <algorithm>

namespace tieline::cli {

namespace {

// Of a long line that a device scrolls sideways.
constexpr size_t seen_of_scrolled = 8;

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// Returns all from the last line on that begins with the prompt.
std::optional<std::string> behind_prompt(const typed_view& what) {
  std::string all{what.before};
  all += what.line;
  for (auto at = all.size() + 1; at > 0;) {
    auto newline = at < 2 ? std::string::npos : all.rfind('\n', at - 2);
    at = newline == std::string::npos ? 0 : newline + 1;
    if (starts_with(std::string_view{all}.substr(at), what.prompt))
      return all.substr(at + what.prompt.size());
  }
  return std::nullopt;
}

std::string_view last_line(std::string_view lines) {
  if (!lines.empty())
    lines.remove_suffix(1);
  auto newline = lines.rfind('\n');
  return newline == std::string_view::npos ? lines : lines.substr(newline + 1);
}

} // namespace

std::string squeezed(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return c != ' ' && c != '\t' && c != '\n'; });
  return result;
}

echo find_echo(const typed_view& what, const platform& where) {
  auto line = what.line;
  if (!what.prompt.empty() && starts_with(line, what.prompt)
      && line.substr(what.prompt.size()) == what.input)
    return echo::certain;
  if (ends_with(line, what.input)) {
    auto prefix = line.substr(0, line.size() - what.input.size());
    std::string text{what.before};
    text += prefix;
    auto prompt = prefix.empty() ? std::nullopt
                                 : find_prompt(where, text,
                                               what.before.empty()
                                                 ? pattern::start::of_line
                                                 : pattern::start::within_line,
                                               {});
    if (prompt && !prompt->mode.empty())
      return echo::certain;
  }
  auto input = squeezed(what.input);
  if (!what.prompt.empty()) {
    if (auto rest = behind_prompt(what); rest && squeezed(*rest) == input)
      return echo::likely;
    auto seen = squeezed(line);
    auto end = std::string_view{input};
    end.remove_prefix(end.size() - std::min(end.size(), seen_of_scrolled));
    if (starts_with(line, what.prompt)
        && starts_with(line.substr(what.prompt.size()), "$")
        && ends_with(seen, end))
      return echo::likely;
  }
  if (squeezed(line) != input)
    return echo::missing;
  // The prompt is gone from the screen.
  auto is_log = [&](std::string_view x) {
    return where.log_line && where.log_line->find_at_end(x);
  };
  return what.before.empty() || is_log(last_line(what.before)) ? echo::likely
                                                               : echo::missing;
}

} // namespace tieline::cli
