#include "tieline/transports/cli/prompt_view.hpp"

#include <algorithm>
#include <utility>

namespace tieline::cli {

prompt_view make_view(const std::string& before,
                      const line_terminal& terminal) {
  std::string_view line{terminal.line()};
  if (line.size() >= searched)
    return {std::string{line.substr(line.size() - searched)},
            pattern::start::within_line};
  auto n = terminal.at_line_start()
             ? std::min(before.size(), searched - line.size())
             : 0;
  auto begins = terminal.at_line_start()
                && (n == before.size()
                    || before[before.size() - n - 1] == '\n');
  auto text = before.substr(before.size() - n);
  text += line;
  return {std::move(text),
          begins ? pattern::start::of_line : pattern::start::within_line};
}

prompt_view make_view(const output_collector& before,
                      const line_terminal& terminal) {
  auto tail = std::string{before.tail(searched + 1)};
  auto result = make_view(tail, terminal);
  // All that there is may begin in the middle of a line.
  if (result.text.size() == tail.size() + terminal.line().size()
      && !before.tail_begins_a_line(tail.size()))
    result.at = pattern::start::within_line;
  return result;
}

std::optional<prompt_match>
find_prompt(const platform& where, const prompt_view& what,
            const std::string& expected, const std::string& before) {
  auto result = find_prompt(where, what.text, what.at,
                            expected.empty() ? before : expected);
  if (result && !expected.empty() && result->mode != expected)
    result = find_prompt(where, what.text, what.at, before);
  return result;
}

std::string_view last_line_of(std::string_view text) {
  auto newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

} // namespace tieline::cli
