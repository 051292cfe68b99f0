#include "tieline/transports/io/address_cache.hpp"

namespace tieline::io {

namespace {

constexpr auto keep_addresses = std::chrono::seconds{30};
constexpr auto keep_failures = std::chrono::seconds{1};

} // namespace

address_cache::entry address_cache::find(const host_and_port& name,
                                         clock::time_point now) const {
  auto pos = entries_.find(name);
  return pos != entries_.end() && now < pos->second.place->first
           ? pos->second.found
           : nullptr;
}

void address_cache::put(const host_and_port& name, entry found,
                        clock::time_point now) {
  if (auto pos = entries_.find(name); pos != entries_.end())
    forget(pos->second.place);
  while (!order_.empty()
         && (order_.begin()->first <= now || entries_.size() >= capacity_))
    forget(order_.begin());
  auto until = now
               + (found->error.empty() ? clock::duration{keep_addresses}
                                       : clock::duration{keep_failures});
  auto place = order_.emplace(until, name);
  entries_.emplace(name, stored{std::move(found), place});
}

void address_cache::drop(const host_and_port& name) {
  auto pos = entries_.find(name);
  if (pos != entries_.end() && pos->second.found->error.empty())
    forget(pos->second.place);
}

void address_cache::forget(order::iterator which) {
  entries_.erase(which->second);
  order_.erase(which);
}

} // namespace tieline::io
