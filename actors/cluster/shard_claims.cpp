#include "tieline/actors/cluster/shard_claims.hpp"

#include <algorithm>
#include <utility>

namespace tieline {

size_t shard_claims::held() const {
  return static_cast<size_t>(
    std::count_if(shards_.begin(), shards_.end(), [](auto& x) {
      return x.now == phase::ours || x.now == phase::handing_over;
    }));
}

std::vector<uint32_t> shard_claims::owned() const {
  std::vector<uint32_t> result;
  for (uint32_t n = 0; n < shard_count; ++n)
    if (ours(n))
      result.push_back(n);
  return result;
}

uint64_t shard_claims::ask(uint32_t n) {
  shards_[n].now = phase::asking;
  return ++shards_[n].claim;
}

shard_claims::answer
shard_claims::answered(uint32_t n, uint64_t claim, std::string owner,
                       const std::string& me, bool wanted) {
  auto& here = shards_[n];
  if (here.claim != claim)
    return answer::stale;
  here.holder = std::move(owner);
  here.unsure = false;
  here.now = here.holder == me ? phase::ours : phase::free;
  if (here.now == phase::free)
    return answer::anothers;
  return wanted ? answer::ours : answer::unwanted;
}

bool shard_claims::failed(uint32_t n, uint64_t claim) {
  auto& here = shards_[n];
  if (here.claim != claim)
    return false;
  here.unsure = true;
  here.now = phase::free;
  return true;
}

uint64_t shard_claims::hand_over(const std::vector<uint32_t>& which) {
  auto id = ++last_hand_over_;
  for (auto n : which) {
    shards_[n].now = phase::handing_over;
    shards_[n].hand_over = id;
  }
  return id;
}

uint64_t shard_claims::evacuate() {
  auto id = ++last_hand_over_;
  for (auto& here : shards_) {
    if (here.now != phase::free)
      here.now = phase::handing_over;
    here.hand_over = id;
    here.unsure = false;
    ++here.claim;
  }
  return id;
}

std::vector<uint32_t> shard_claims::closed(uint64_t hand_over,
                                           bool lease_ends) {
  std::vector<uint32_t> result;
  for (uint32_t n = 0; n < shard_count; ++n) {
    auto& here = shards_[n];
    if (here.now != phase::handing_over || here.hand_over != hand_over)
      continue;
    here.now = phase::free;
    here.unsure = !lease_ends;
    result.push_back(n);
  }
  return result;
}

bool shard_claims::release(uint32_t n, bool wanted) {
  auto& here = shards_[n];
  return here.now == phase::free && !wanted
         && std::exchange(here.unsure, false);
}

} // namespace tieline
