#include "outbox.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tieline::lab {

void outbox::add(std::string bytes, manner how) {
  if (bytes.empty())
    return;
  size_ += bytes.size();
  parcels_.push_back({std::move(bytes), how});
}

void outbox::add_first(std::string bytes) {
  if (bytes.empty())
    return;
  if (sent_ > 0) {
    parcels_.front().bytes.erase(0, sent_);
    sent_ = 0;
  }
  size_ += bytes.size();
  parcels_.insert(parcels_.begin() + static_cast<std::ptrdiff_t>(ahead_++),
                  {std::move(bytes), manner{}});
}

std::string_view outbox::ready(clock::time_point now) const {
  if (parcels_.empty() || parcels_.front().how.due > now)
    return {};
  auto& first = parcels_.front();
  auto left = std::string_view{first.bytes}.substr(sent_);
  return first.how.per_byte ? left.substr(0, 1) : left;
}

void outbox::consume(std::size_t n, clock::time_point now) {
  auto& first = parcels_.front();
  size_ -= n;
  sent_ += n;
  if (first.how.per_byte)
    first.how.due = now + *first.how.per_byte;
  if (sent_ == first.bytes.size()) {
    parcels_.pop_front();
    sent_ = 0;
    ahead_ -= std::min<std::size_t>(ahead_, 1);
  }
}

void outbox::clear() {
  parcels_.clear();
  ahead_ = 0;
  sent_ = 0;
  size_ = 0;
}

clock::time_point outbox::wake_at(clock::time_point now) const {
  if (parcels_.empty() || parcels_.front().how.due <= now)
    return clock::time_point::max();
  return parcels_.front().how.due;
}

} // namespace tieline::lab
