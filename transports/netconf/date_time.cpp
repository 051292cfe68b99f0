#include "tieline/transports/netconf/date_time.hpp"

#include "tieline/messages/support/ascii.hpp"

#include <chrono>
#include <cstdint>

namespace tieline::netconf {

namespace {

/// Reads a text from left to right; what does not fit is remembered.
class cursor {
public:
  explicit cursor(std::string_view text) : rest_(text) {
    // nop
  }

  int64_t number(size_t digits, int64_t least, int64_t most) {
    int64_t result = 0;
    for (size_t i = 0; i < digits; ++i) {
      auto c = next();
      if (!is_digit(c))
        bad_ = true;
      result = result * 10 + (c - '0');
    }
    if (result < least || result > most)
      bad_ = true;
    return result;
  }

  char one_of(std::string_view allowed) {
    auto c = next();
    if (allowed.find(c) == std::string_view::npos)
      bad_ = true;
    return c;
  }

  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Reads the digits of a fraction of a second, in nanoseconds.
  int64_t fraction() {
    int64_t result = 0;
    int64_t unit = 100000000;
    if (rest_.empty() || !is_digit(rest_.front()))
      bad_ = true;
    while (!rest_.empty() && is_digit(rest_.front())) {
      result += unit * (next() - '0');
      unit /= 10;
    }
    return result;
  }

  bool good() const {
    return !bad_ && rest_.empty();
  }

private:
  char next() {
    if (rest_.empty()) {
      bad_ = true;
      return '\0';
    }
    auto c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
  bool bad_ = false;
};

bool is_leap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t days_in(int64_t year, int64_t month) {
  constexpr int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12)
    return 0;
  return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/// Returns the days from 1970-01-01 to the first day of a year.
int64_t days_before(int64_t year) {
  auto leap_years = [](int64_t before) {
    auto x = before - 1;
    return x / 4 - x / 100 + x / 400;
  };
  return (year - 1970) * 365 + leap_years(year) - leap_years(1970);
}

} // namespace

std::optional<caf::timestamp> parse_date_time(std::string_view text) {
  cursor in{text};
  auto year = in.number(4, 1700, 2200);
  in.one_of("-");
  auto month = in.number(2, 1, 12);
  in.one_of("-");
  auto day = in.number(2, 1, days_in(year, month));
  in.one_of("Tt");
  auto hour = in.number(2, 0, 23);
  in.one_of(":");
  auto minute = in.number(2, 0, 59);
  in.one_of(":");
  auto second = in.number(2, 0, 60);
  auto nanoseconds = in.skip('.') ? in.fraction() : 0;
  auto zone = in.one_of("Zz+-");
  int64_t offset = 0;
  if (zone == '+' || zone == '-') {
    auto hours = in.number(2, 0, 23);
    in.one_of(":");
    offset = hours * 60 + in.number(2, 0, 59);
  }
  if (!in.good())
    return std::nullopt;
  if (zone == '-')
    offset = -offset;
  auto days = days_before(year) + day - 1;
  for (int64_t m = 1; m < month; ++m)
    days += days_in(year, m);
  auto minutes = (days * 24 + hour) * 60 + minute - offset;
  return caf::timestamp{std::chrono::seconds{minutes * 60 + second}
                        + std::chrono::nanoseconds{nanoseconds}};
}

} // namespace tieline::netconf
