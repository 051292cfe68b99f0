#include "tieline/transports/netconf/date_and_time.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>

namespace tieline::netconf {

namespace {

/// Takes a text from its front.
class reader {
public:
  explicit reader(std::string_view text) : text_(text) {
    // nop
  }

  /// Takes `digits` digits; no number outside of the range is good.
  int number(size_t digits, int least, int most) {
    int result = 0;
    for (size_t i = 0; i < digits; ++i)
      result = result * 10 + digit();
    good_ = good_ && result >= least && result <= most;
    return result;
  }

  void expect(char c) {
    good_ = good_ && next_is(c);
    skip();
  }

  bool next_is(char c) const {
    return !text_.empty() && text_.front() == c;
  }

  bool at_digit() const {
    return !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
  }

  void skip() {
    if (!text_.empty())
      text_.remove_prefix(1);
  }

  int digit() {
    good_ = good_ && at_digit();
    auto result = good_ ? text_.front() - '0' : 0;
    skip();
    return result;
  }

  bool good_at_end() const {
    return good_ && text_.empty();
  }

private:
  std::string_view text_;
  bool good_ = true;
};

std::chrono::nanoseconds read_fraction(reader& from) {
  int64_t result = 0;
  int64_t unit = 100'000'000;
  do {
    result += unit * from.digit();
    unit /= 10;
  } while (from.at_digit());
  return std::chrono::nanoseconds{result};
}

std::chrono::minutes read_offset(reader& from) {
  if (from.next_is('Z')) {
    from.skip();
    return {};
  }
  auto behind = from.next_is('-');
  if (behind)
    from.skip();
  else
    from.expect('+');
  auto hours = from.number(2, 0, 23);
  from.expect(':');
  auto result = std::chrono::minutes{hours * 60 + from.number(2, 0, 59)};
  return behind ? -result : result;
}

} // namespace

std::optional<caf::timestamp> parse_date_and_time(std::string_view text) {
  reader from{text};
  std::tm parts{};
  // Within what 64 bits of nanoseconds can tell.
  parts.tm_year = from.number(4, 1678, 2261) - 1900;
  from.expect('-');
  parts.tm_mon = from.number(2, 1, 12) - 1;
  from.expect('-');
  parts.tm_mday = from.number(2, 1, 31);
  from.expect('T');
  parts.tm_hour = from.number(2, 0, 23);
  from.expect(':');
  parts.tm_min = from.number(2, 0, 59);
  from.expect(':');
  // 60: a leap second.
  parts.tm_sec = from.number(2, 0, 60);
  std::chrono::nanoseconds fraction{0};
  if (from.next_is('.')) {
    from.skip();
    fraction = read_fraction(from);
  }
  auto offset = read_offset(from);
  if (!from.good_at_end())
    return std::nullopt;
  auto seconds = std::chrono::seconds{timegm(&parts)};
  return caf::timestamp{seconds + fraction - offset};
}

} // namespace tieline::netconf
