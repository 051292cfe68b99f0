#include "tieline/transports/cli/output_collector.hpp"

#include <algorithm>
#include <utility>

namespace tieline::cli {

namespace {

// What may turn out to be a prompt, or lines of a log behind one.
constexpr size_t held_back = size_t{2} * 1024;

// Of an output that nobody wants, for errors.
constexpr size_t longest_complaint = 500;

} // namespace

void output_collector::add(std::string_view text) {
  auto before = text_.size();
  text_ += text;
  if (indicator_.empty())
    look_for_failure(before);
}

void output_collector::look_for_failure(size_t from) {
  for (const auto& x : platform_.failure_indicators) {
    auto start = from - std::min(from, x.size() - 1);
    auto at = text_.find(x, start);
    if (at == std::string::npos)
      continue;
    indicator_ = x;
    auto begin = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
    begin = begin == std::string::npos ? 0 : begin + 1;
    auto end = std::min(text_.find('\n', at), text_.size());
    complaint_ = text_.substr(begin, std::min(end - begin, longest_complaint));
    return;
  }
}

std::string_view output_collector::tail(size_t most) const {
  std::string_view all{text_};
  all.remove_prefix(all.size() - std::min(all.size(), most));
  return all;
}

bool output_collector::tail_begins_a_line(size_t most) const {
  if (most < text_.size())
    return text_[text_.size() - most - 1] == '\n';
  return ended_line_;
}

void output_collector::cut(size_t bytes) {
  text_.resize(text_.size() - std::min(text_.size(), bytes));
}

std::optional<size_t>
output_collector::log_behind_prompt(std::string_view prompt,
                                    std::string_view line, bool any) const {
  if (!platform_.log_line || prompt.empty())
    return std::nullopt;
  auto is_log = [this](std::string_view x) {
    return platform_.log_line->find_at_end(x).has_value();
  };
  auto is_start_of_prompt = [&](std::string_view x) {
    if (x.size() >= std::min<size_t>(2, prompt.size())
        && prompt.substr(0, x.size()) == x)
      return true;
    auto found = any ? find_prompt(platform_, x, pattern::start::of_line, {})
                     : std::nullopt;
    return found && !found->mode.empty();
  };
  auto has_log = is_log(line);
  if (has_log && line.substr(0, prompt.size()) == prompt)
    return 0;
  std::string_view rest{text_};
  while (!rest.empty()) {
    auto body = rest.substr(0, rest.size() - 1);
    auto newline = body.rfind('\n');
    auto begin = newline == std::string_view::npos ? 0 : newline + 1;
    if (text_.size() - begin > held_back)
      break;
    auto x = body.substr(begin);
    if (has_log && is_start_of_prompt(x))
      return text_.size() - begin;
    if (is_log(x)) {
      has_log = true;
      if (x.substr(0, prompt.size()) == prompt)
        return text_.size() - begin;
    } else if (!x.empty()) {
      break;
    }
    rest = rest.substr(0, begin);
  }
  return std::nullopt;
}

std::string output_collector::take() {
  if (!streams_ || text_.size() <= held_back)
    return {};
  auto end = text_.rfind('\n', text_.size() - held_back);
  if (end == std::string::npos)
    // One long line. What may follow is no prompt, since that begins a line.
    end = text_.size() - held_back;
  auto result = text_.substr(0, end + 1);
  text_.erase(0, end + 1);
  handed_on_ += result.size();
  ended_line_ = result.back() == '\n';
  return result;
}

std::string output_collector::take_all() {
  handed_on_ += text_.size();
  return std::exchange(text_, {});
}

} // namespace tieline::cli
