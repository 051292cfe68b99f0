#include "tieline/actors/cluster/membership/etcd_shards.hpp"

#include "tieline/actors/cluster/membership/addresses.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <utility>

namespace tieline {

using namespace std::chrono_literals;

namespace {

caf::error failed(errc code, const std::string& cause) {
  return make_error(code, {{}, step::none, cause});
}

} // namespace

etcd_shards::etcd_shards(coordinator_actor::pointer self, store_client& store,
                         std::string node_name, const std::string& prefix,
                         std::function<void()> on_no_lease)
  : self_(self),
    store_(store),
    name_(std::move(node_name)),
    prefix_(prefix + "/shards/"),
    on_no_lease_(std::move(on_no_lease)) {
  // nop
}

void etcd_shards::begin(int64_t lease) {
  lease_ = lease;
}

caf::result<std::string> etcd_shards::acquire(uint32_t n) {
  if (has(n))
    return name_;
  auto promise = self_->make_response_promise<name_promise>();
  job_for(n, job::kind::claim).claims.push_back(promise);
  return promise;
}

caf::result<void> etcd_shards::release(uint32_t n) {
  auto promise = self_->make_response_promise<done_promise>();
  job_for(n, job::kind::release).releases.push_back(promise);
  return promise;
}

bool etcd_shards::has(uint32_t n) const {
  auto i = shards_.find(n);
  return i != shards_.end() && i->second.revision != 0
         && i->second.jobs.empty();
}

caf::result<std::string> etcd_shards::owner_of(uint32_t n) {
  auto promise = self_->make_response_promise<name_promise>();
  find_owner(n, promise, store_.now() + store_patience);
  return promise;
}

void etcd_shards::stop(const caf::error& reason) {
  stopping_ = true;
  lose_all(reason);
}

std::string etcd_shards::key_of(uint32_t n) const {
  return prefix_ + std::to_string(n);
}

template <class Result, class F, class... Args>
void etcd_shards::ask(F f, Args... args) {
  store_.ask<Result>(
    [this, f, era = era_](const caf::expected<Result>& got) {
      if (era == era_)
        f(got);
    },
    std::move(args)...);
}

template <class F>
void etcd_shards::write(guarded_write what, F f) {
  what.lease = lease_;
  ask<write_outcome>(
    [this, f](const caf::expected<write_outcome>& got) {
      if (got && got->lease_gone)
        on_no_lease_();
      else
        f(got);
    },
    std::move(what));
}

/// Returns the job that has to be done for a shard after all others; it is
/// begun if there are none.
etcd_shards::job& etcd_shards::job_for(uint32_t n, job::kind what) {
  auto& jobs = shards_[n].jobs;
  if (jobs.empty() || jobs.back().what != what) {
    jobs.push_back({what, store_.now() + store_patience, {}, {}, 0});
    if (jobs.size() == 1)
      begin_job(n);
  }
  return jobs.back();
}

void etcd_shards::begin_job(uint32_t n) {
  if (shards_[n].jobs.front().what == job::kind::claim)
    claim(n);
  else
    give_back(n);
}

void etcd_shards::claim(uint32_t n) {
  guarded_write what;
  what.key = key_of(n);
  what.value = name_;
  write(std::move(what), [this, n](const caf::expected<write_outcome>& got) {
    if (!got)
      job_failed(n, got.error());
    else if (got->succeeded)
      claimed(n, got->revision);
    else if (!got->found || !check_node_name(got->found->value).empty())
      job_failed(n, failed(errc::protocol_error,
                           "etcd has no name of a node at " + key_of(n)));
    else if (got->found->lease == lease_)
      claim_again(n, got->found->mod_revision);
    else if (got->found->value == name_)
      job_done(n, failed(errc::not_owner,
                         "an earlier run of this node still has it: its "
                         "lease has not ended yet"));
    else
      job_done(n, got->found->value);
  });
}

void etcd_shards::claimed(uint32_t n, int64_t revision) {
  shards_[n].revision = revision;
  job_done(n, name_);
}

/// It is our own already: the answer to a claim, or to a release, was lost. A
/// release may even be still on its way; now it finds another revision.
void etcd_shards::claim_again(uint32_t n, int64_t revision) {
  guarded_write what;
  what.key = key_of(n);
  what.value = name_;
  what.if_revision = revision;
  write(std::move(what), [this, n](const caf::expected<write_outcome>& got) {
    if (!got)
      job_failed(n, got.error());
    else if (got->succeeded)
      claimed(n, got->revision);
    else
      job_failed(n, failed(errc::timeout,
                           "etcd at " + key_of(n) + " changes all the time"));
  });
}

void etcd_shards::give_back(uint32_t n) {
  auto& x = shards_[n];
  auto& revision = x.jobs.front().revision;
  // From here on it may be gone, whatever we hear.
  if (x.revision != 0)
    revision = std::exchange(x.revision, 0);
  if (revision == 0) {
    look_for_own(n);
    return;
  }
  guarded_write what;
  what.key = key_of(n);
  what.if_revision = revision;
  write(std::move(what), [this, n](const caf::expected<write_outcome>& got) {
    if (got)
      job_done(n, std::string{});
    else
      job_failed(n, got.error());
  });
}

/// A claim whose answer was lost may have been carried out.
void etcd_shards::look_for_own(uint32_t n) {
  ask<std::vector<stored_entry>>(
    [this, n](const caf::expected<std::vector<stored_entry>>& got) {
      if (!got) {
        job_failed(n, got.error());
      } else if (got->empty() || got->front().lease != lease_) {
        job_done(n, std::string{});
      } else {
        shards_[n].jobs.front().revision = got->front().mod_revision;
        give_back(n);
      }
    },
    range_atom_v, key_of(n), false);
}

void etcd_shards::job_failed(uint32_t n, const caf::error& reason) {
  if (store_.now() >= shards_[n].jobs.front().due) {
    job_done(n, reason);
    return;
  }
  store_.retry([this, n, era = era_] {
    if (era == era_)
      begin_job(n);
  });
}

void etcd_shards::job_done(uint32_t n,
                           const caf::expected<std::string>& result) {
  auto i = shards_.find(n);
  auto done = std::move(i->second.jobs.front());
  i->second.jobs.pop_front();
  answer(done, result);
  if (!i->second.jobs.empty())
    begin_job(n);
  else if (i->second.revision == 0)
    shards_.erase(i);
}

void etcd_shards::answer(job& x, const caf::expected<std::string>& result) {
  for (auto& promise : x.claims)
    if (result)
      promise.deliver(*result);
    else
      promise.deliver(result.error());
  for (auto& promise : x.releases)
    if (result)
      promise.deliver();
    else
      promise.deliver(result.error());
}

void etcd_shards::lose_all(const caf::error& reason) {
  ++era_;
  for (auto& [n, x] : std::exchange(shards_, {}))
    for (auto& job : x.jobs)
      if (job.what == job::kind::claim)
        answer(job, reason);
      else
        answer(job, std::string{});
}

void etcd_shards::find_owner(uint32_t n, name_promise promise,
                             store_client::time_point due) {
  store_.ask<std::vector<stored_entry>>(
    [this, n, promise,
     due](const caf::expected<std::vector<stored_entry>>& got) mutable {
      if (got)
        promise.deliver(got->empty() ? std::string{} : got->front().value);
      else if (stopping_ || store_.now() >= due)
        promise.deliver(got.error());
      else
        store_.retry([this, n, promise, due] { find_owner(n, promise, due); });
    },
    range_atom_v, key_of(n), false);
}

} // namespace tieline
