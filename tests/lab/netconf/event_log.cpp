#include "event_log.hpp"

#include "subtree.hpp"
#include "xml.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace tieline::lab::netconf {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string to_time_text(wall_clock::time_point when) {
  auto total = duration_cast<microseconds>(when.time_since_epoch()).count();
  auto whole = static_cast<std::time_t>(total / 1'000'000);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char date[32], fraction[16];
  std::strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(fraction, sizeof(fraction), ".%06ldZ",
                static_cast<long>(total % 1'000'000));
  return std::string{date} + fraction;
}

std::optional<wall_clock::time_point> time_from(std::string_view given) {
  std::string text{given};
  std::tm parts{};
  auto rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!rest)
    return std::nullopt;
  microseconds fraction{0};
  if (*rest == '.') {
    long digit = 100'000;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, digit /= 10)
      fraction += microseconds{digit * (*rest - '0')};
  }
  minutes offset{0};
  int hour = 0, minute = 0, used = 0;
  if (*rest == '+' || *rest == '-') {
    if (std::sscanf(rest + 1, "%2d:%2d%n", &hour, &minute, &used) != 2
        || rest[1 + used] != '\0')
      return std::nullopt;
    offset = minutes{(*rest == '-' ? -1 : 1) * (60 * hour + minute)};
  } else if (std::string_view{rest} != "Z") {
    return std::nullopt;
  }
  return wall_clock::from_time_t(timegm(&parts)) + fraction - offset;
}

std::string event::notification() const {
  return "<notification xmlns=\"" + std::string{notification_namespace}
         + "\"><eventTime>" + to_time_text(when) + "</eventTime>" + content
         + "</notification>";
}

bool selects(pugi::xml_node filter, const event& what) {
  pugi::xml_document content, found;
  parse_fragment(content, what.content);
  select_subtree(content, filter, found);
  return static_cast<bool>(found.first_child());
}

event_ptr event_log::add(std::string content, wall_clock::time_point now) {
  // As precise as the text of it.
  auto when = wall_clock::time_point{
    duration_cast<microseconds>(now.time_since_epoch())};
  last_ = std::max(when, last_ + microseconds{1});
  auto added = std::make_shared<const event>(event{last_, std::move(content)});
  events_.push_back(added);
  while (events_.size() > size_) {
    aged_ = events_.front()->when;
    events_.pop_front();
  }
  return added;
}

} // namespace tieline::lab::netconf
