#include "fleet/status_table.hpp"

#include "fleet/text.hpp"

#include <tieline/messages/support/printable.hpp>
#include <tieline/messages/support/readable.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

namespace fleet {

using tieline::connection_state;

namespace {

constexpr size_t columns = 8;

using line = std::array<std::string, columns>;

constexpr bool is_number[columns] = {false, false, true, true,
                                     true,  true,  true, false};

line cells(const status_row& x) {
  auto& now = x.status;
  return {tieline::printable(now.key.hostname),
          to_string(now.state),
          tieline::readable(x.age),
          std::to_string(now.waiting),
          std::to_string(now.queued),
          std::to_string(now.in_flight),
          std::to_string(now.attempts),
          now.last_error ? in_short(now.last_error) : "-"};
}

std::string lay_out(const std::vector<line>& lines) {
  std::array<size_t, columns> widths{};
  for (auto& x : lines)
    for (size_t i = 0; i < columns; ++i)
      widths[i] = std::max(widths[i], x[i].size());
  // Nothing is to the right of the last one.
  widths.back() = 0;
  std::string result;
  for (auto& x : lines)
    for (size_t i = 0; i < columns; ++i) {
      std::string space(widths[i] - std::min(widths[i], x[i].size()), ' ');
      result += is_number[i] ? space + x[i] : x[i] + space;
      result += i + 1 < columns ? "  " : "\n";
    }
  return result;
}

std::string counts(const std::vector<status_row>& rows) {
  std::map<connection_state, size_t> all;
  for (auto& x : rows)
    ++all[x.status.state];
  std::string result;
  for (auto state : {connection_state::open, connection_state::opening,
                     connection_state::backoff, connection_state::closed,
                     connection_state::closing})
    // Closing is so short that it is worth a mention only when there is some.
    if (all[state] > 0 || state != connection_state::closing)
      result += (result.empty() ? "" : ", ") + std::to_string(all[state]) + ' '
                + to_string(state);
  return result + '\n';
}

} // namespace

std::string status_table(std::vector<status_row> rows) {
  if (rows.empty())
    return counts(rows);
  std::sort(rows.begin(), rows.end(),
            [](auto& x, auto& y) { return x.status.key < y.status.key; });
  std::vector<line> lines = {{"host", "state", "for", "waiting", "queued",
                              "in flight", "attempts", "last error"}};
  for (auto& x : rows)
    lines.push_back(cells(x));
  return lay_out(lines) + counts(rows);
}

} // namespace fleet
