#include "tieline/transports/netconf/replay_cursor.hpp"

#include "tieline/transports/netconf/date_time.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <functional>
#include <utility>

namespace tieline::netconf {

replay_log replay_log::read(const std::string& data,
                            const std::string& stream) {
  replay_log result;
  auto tree = xml::document::parse(data);
  if (!tree)
    return result;
  auto root = tree->root();
  if (!xml::is(root, uri::stream_events, "netconf"))
    root = xml::child(root, uri::stream_events, "netconf");
  for (auto x : xml::child(root, uri::stream_events, "streams").children()) {
    auto leaf = [&](const char* name) {
      return xml::text(xml::child(x, uri::stream_events, name));
    };
    if (leaf("name") != stream)
      continue;
    result.supported = leaf("replaySupport") == "true";
    result.created = parse_date_time(leaf("replayLogCreationTime"));
    result.aged = parse_date_time(leaf("replayLogAgedTime"));
  }
  return result;
}

bool replay_log::reaches(caf::timestamp since) const {
  return supported && (!created || *created <= since)
         && (!aged || *aged <= since);
}

replay_cursor::replay_cursor(std::string start_time)
  : start_time_(std::move(start_time)),
    past_is_due_(!start_time_.empty()) {
  // nop
}

replay_cursor::start replay_cursor::begin() {
  return begin_at(start_time_, false);
}

replay_cursor::start replay_cursor::resume(const replay_log& log) {
  auto last = parse_date_time(last_time_);
  // Nothing of what was asked for has been told.
  if (!last && past_is_due_)
    return begin();
  told_until_ = last;
  told_at_last_ = told_then_;
  return begin_at(last && log.supported ? last_time_ : std::string{},
                  !last || !log.reaches(*last));
}

replay_cursor::start replay_cursor::begin_at(std::string time, bool gap) {
  replaying_ = !time.empty();
  return {std::move(time), gap};
}

void replay_cursor::forget() {
  replaying_ = false;
  past_is_due_ = false;
  last_time_.clear();
  told_then_.clear();
}

bool replay_cursor::was_told(const std::string& time, const std::string& text) {
  auto at = parse_date_time(time);
  if (!at)
    return false;
  auto hash = std::hash<std::string>{}(text);
  if (is_resuming() && *at < *told_until_)
    return true;
  if (is_resuming() && *at == *told_until_)
    if (auto i = told_at_last_.find(hash); i != told_at_last_.end()) {
      // Once each: the device may have told the same more often by now.
      told_at_last_.erase(i);
      return true;
    }
  auto last = parse_date_time(last_time_);
  if (!last || *at > *last) {
    last_time_ = time;
    told_then_.clear();
  }
  // One that is late by the device's clock is not the place to resume at.
  if (!last || *at >= *last)
    told_then_.insert(hash);
  return false;
}

bool replay_cursor::complete() {
  replaying_ = false;
  return std::exchange(past_is_due_, false);
}

} // namespace tieline::netconf
