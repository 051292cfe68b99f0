#include "tieline/transports/cli/request_plan.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

namespace tieline::cli {

namespace {

using stage = action::stage;

// Lines that differ are compared with each other up to so many pairs.
constexpr size_t most_pairs = size_t{4} * 1000 * 1000;

void add(std::vector<action>& to, const std::vector<instruction>& from,
         stage purpose) {
  for (const auto& x : from)
    to.push_back(
      {x, x.what == instruction::kind::enter_mode ? stage::way : purpose});
}

action enter(std::string mode) {
  return {{instruction::kind::enter_mode, std::move(mode)}};
}

void replace_all(std::string& text, std::string_view from,
                 const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
}

std::vector<instruction> with_time(std::vector<instruction> what,
                                   std::chrono::seconds time) {
  auto seconds = time.count();
  char clock[16];
  std::snprintf(clock, sizeof(clock), "%02d:%02d:%02d",
                static_cast<int>(seconds / 3600 % 100),
                static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  for (auto& x : what) {
    // Rather later than too early.
    replace_all(x.input, "{minutes}", std::to_string((seconds + 59) / 60));
    replace_all(x.input, "{seconds}", std::to_string(seconds));
    replace_all(x.input, "{time}", clock);
  }
  return what;
}

std::vector<action> plan_of_change(const platform& where,
                                   const shell_request& what) {
  using purpose = config_change::purpose;
  const auto& rules = *where.configuration;
  const auto& change = *what.change;
  auto mode = what.mode.empty() ? rules.mode : what.mode;
  auto is_at_once = rules.commit.empty();
  auto is_timed = change.confirm_within.count() > 0;
  auto timed = with_time(rules.commit_confirmed, change.confirm_within);
  auto takes_snapshots = change.diff && rules.diff.empty();
  std::vector<action> result;
  result.push_back(enter(where.default_mode));
  if (change.what == purpose::confirm) {
    add(result, rules.confirm, stage::confirm);
    result.push_back(enter(where.default_mode));
    return result;
  }
  if (takes_snapshots)
    add(result, rules.snapshot, stage::snapshot);
  add(result, rules.before, stage::way);
  if (is_at_once && is_timed && !timed.empty()) {
    add(result, timed, stage::way);
    result.back().leads_to = mode;
  }
  result.push_back(enter(mode));
  for (const auto& x : what.lines)
    result.push_back({{instruction::kind::send_input, x}, stage::line});
  if (change.diff)
    add(result, rules.diff, stage::diff);
  if (change.what == purpose::check)
    add(result, rules.abort, stage::abort);
  else
    add(result, is_timed && !is_at_once ? timed : rules.commit, stage::commit);
  result.push_back(enter(where.default_mode));
  if (takes_snapshots)
    add(result, rules.snapshot, stage::snapshot);
  return result;
}

std::vector<std::string_view> compared_lines(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

} // namespace

std::vector<action> plan_of(const platform& where, const shell_request& what) {
  if (what.change)
    return plan_of_change(where, what);
  std::vector<action> result;
  result.push_back(enter(what.mode.empty() ? where.default_mode : what.mode));
  for (const auto& x : what.lines)
    result.push_back({{instruction::kind::send_input, x}, stage::line});
  return result;
}

std::vector<action> plan_to_abort(const platform& where) {
  std::vector<action> result;
  if (where.configuration)
    add(result, where.configuration->abort, stage::abort);
  result.push_back(enter(where.default_mode));
  return result;
}

std::string objection_to(const platform& where, const config_change& what) {
  using purpose = config_change::purpose;
  auto name = "platform " + where.name;
  if (!where.configuration)
    return name + " is not configured by lines";
  const auto& rules = *where.configuration;
  if (what.what == purpose::confirm && rules.confirm.empty())
    return name + " has no commit that has to be confirmed";
  if (what.what == purpose::check && rules.abort.empty())
    return name + " puts each line into effect at once";
  if (what.diff && rules.diff.empty() && rules.snapshot.empty())
    return name + " does not show what is different";
  if (what.confirm_within.count() > 0 && rules.commit_confirmed.empty())
    return name + " has no commit that has to be confirmed";
  return {};
}

std::string line_diff(const std::string& before, const std::string& after) {
  auto a = compared_lines(before);
  auto b = compared_lines(after);
  size_t begin = 0;
  while (begin < a.size() && begin < b.size() && a[begin] == b[begin])
    ++begin;
  auto a_end = a.size();
  auto b_end = b.size();
  while (a_end > begin && b_end > begin && a[a_end - 1] == b[b_end - 1]) {
    --a_end;
    --b_end;
  }
  auto rows = a_end - begin;
  auto columns = b_end - begin;
  // How many lines the rests from each pair on have in common, at the most.
  std::vector<uint32_t> common;
  auto at = [&](size_t i, size_t j) -> uint32_t& {
    return common[i * (columns + 1) + j];
  };
  auto compares = rows * columns <= most_pairs;
  if (compares) {
    common.resize((rows + 1) * (columns + 1));
    for (auto i = rows; i-- > 0;)
      for (auto j = columns; j-- > 0;)
        at(i, j) = a[begin + i] == b[begin + j]
                     ? at(i + 1, j + 1) + 1
                     : std::max(at(i + 1, j), at(i, j + 1));
  }
  std::string result;
  auto put = [&result](const char* sign, std::string_view line) {
    result.append(sign).append(line) += '\n';
  };
  size_t i = 0;
  size_t j = 0;
  auto in_change = false;
  while (i < rows || j < columns) {
    if (compares && i < rows && j < columns && a[begin + i] == b[begin + j]) {
      ++i;
      ++j;
      in_change = false;
      continue;
    }
    if (!std::exchange(in_change, true) && begin + i > 0)
      put("  ", a[begin + i - 1]);
    if (i < rows && (!compares || j == columns || at(i + 1, j) >= at(i, j + 1)))
      put("- ", a[begin + i++]);
    else
      put("+ ", b[begin + j++]);
  }
  return result;
}

} // namespace tieline::cli
