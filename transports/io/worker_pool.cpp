#include "tieline/transports/io/worker_pool.hpp"

#include <deque>
#include <vector>

namespace tieline::io {

/// Touched by functions on the pool's strand only.
class worker_pool::state : public std::enable_shared_from_this<state> {
public:
  state(caf::actor_system& sys, size_t max_workers)
    : sys_(sys),
      max_workers_(max_workers) {
    // nop
  }

  struct job {
    std::function<void()> run;
    std::function<void()> done;
  };

  void submit(job what, const std::weak_ptr<strand>& home) {
    pending_.push_back(std::move(what));
    if (idle_.empty() && workers_.size() < max_workers_) {
      idle_.push_back(workers_.size());
      workers_.push_back(
        std::make_unique<strand>(sys_, strand::kind::detached));
    }
    dispatch(home);
  }

private:
  void dispatch(const std::weak_ptr<strand>& home) {
    while (!pending_.empty() && !idle_.empty()) {
      auto index = idle_.back();
      idle_.pop_back();
      auto work = [what = std::move(pending_.front()), index, home,
                   weak = weak_from_this()]() mutable {
        what.run();
        auto pool = home.lock();
        if (!pool)
          return;
        pool->run([done = std::move(what.done), weak, index, home] {
          if (auto self = weak.lock()) {
            self->idle_.push_back(index);
            self->dispatch(home);
          }
          if (done)
            done();
        });
      };
      pending_.pop_front();
      workers_[index]->run(std::move(work));
    }
  }

  caf::actor_system& sys_;
  size_t max_workers_;
  std::deque<job> pending_;
  std::vector<std::unique_ptr<strand>> workers_;
  std::vector<size_t> idle_;
};

worker_pool::worker_pool(caf::actor_system& sys, size_t max_workers)
  : state_(std::make_shared<state>(sys, max_workers)),
    strand_(std::make_shared<strand>(sys, strand::kind::scheduled)) {
  // nop
}

worker_pool::~worker_pool() = default;

void worker_pool::run(std::function<void()> job, std::function<void()> done) {
  strand_->run([state = state_,
                what = state::job{std::move(job), std::move(done)},
                home = std::weak_ptr<strand>{strand_}]() mutable {
    state->submit(std::move(what), home);
  });
}

} // namespace tieline::io
