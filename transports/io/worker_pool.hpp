#pragma once

#include "tieline/transports/io/post.hpp"

#include <caf/actor_addr.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tieline::io {

/// Runs jobs that may block, or hang for ever, on threads of its own. A few
/// jobs run at once. One that takes long is left alone and counts no more, so
/// that the others go on beside it. Any thread may use it.
///
/// When the pool ends it drops the jobs that wait and does not wait for one
/// that runs; after that none of its threads touches an actor any more.
class worker_pool {
public:
  struct limits {
    /// Jobs that run at once, not counting those that have run for longer than
    /// `patience`.
    size_t at_once = 4;
    std::chrono::milliseconds patience{200};
    /// Threads in all. So many jobs that hang stop the pool.
    size_t threads = 32;
    /// Jobs of one group that run at once, those that hang included.
    size_t per_group = 4;
  };

  struct job {
    /// What it may hang on, for instance a file: groups take turns.
    std::string group;
    /// Asked, on any thread, before the job is begun; a job that is not wanted
    /// any more is dropped.
    std::function<bool()> wanted;
    std::function<void()> run;
    /// Called on the same thread after that, when the thread counts as free:
    /// who asks for more next finds it so.
    std::function<void()> done;
    /// Called instead of the others, with the reason, if there is no thread for
    /// the job and none that could take it up later.
    std::function<void(const std::string&)> fail;
  };

  /// Starts a thread that is never joined.
  /// @throws std::system_error the system has no thread left
  using thread_starter = std::function<void(std::function<void()>)>;

  explicit worker_pool(size_t per_group = 4);

  worker_pool(limits how, thread_starter start);

  worker_pool(const worker_pool&) = delete;

  worker_pool& operator=(const worker_pool&) = delete;

  ~worker_pool();

  /// Runs a job. None of its functions may throw.
  void run(job what);

  /// Runs `work` on a thread, then `done` with its result in the context of
  /// `asker`. Nothing is run that `asker` did not live to see.
  /// @param failed makes the result of work that cannot be done for lack of a
  ///        thread, from the reason
  template <class Work, class Failed, class Done>
  void ask(std::string group, caf::actor_addr asker, Work work, Failed failed,
           Done done) {
    using result_type = decltype(work());
    auto answer = [asker, done = std::move(done)](result_type result) {
      post(asker, [done, result = std::move(result)]() mutable {
        done(std::move(result));
      });
    };
    auto result = std::make_shared<std::optional<result_type>>();
    run({
      std::move(group),
      [asker] { return alive(asker); },
      [result, work = std::move(work)]() mutable { result->emplace(work()); },
      [result, answer] { answer(std::move(**result)); },
      [failed = std::move(failed), answer](const std::string& why) {
        answer(failed(why));
      },
    });
  }

private:
  class state;

  std::shared_ptr<state> state_;
};

} // namespace tieline::io
