#include "support/test_sink.hpp"

#include <caf/action.hpp>
#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <mutex>
#include <utility>
#include <vector>

namespace tieline::test {

struct test_sink::record {
  std::mutex mutex;
  std::string output;
  std::string error_output;
  size_t chunks = 0;
  // Of the actor alone.
  bool eager = true;
  std::vector<caf::typed_response_promise<void>> unanswered;
};

test_sink::test_sink(caf::actor_system& sys, bool eager)
  : record_(std::make_shared<record>()) {
  record_->eager = eager;
  handle_ = sys.spawn(
    [kept = record_](sink_actor::pointer self) -> sink_actor::behavior_type {
      return {
        [self, kept](const chunk& what) -> caf::result<void> {
          {
            std::lock_guard guard{kept->mutex};
            kept->output += what.output;
            kept->error_output += what.error_output;
            ++kept->chunks;
          }
          auto promise
            = self->make_response_promise<caf::typed_response_promise<void>>();
          if (kept->eager)
            promise.deliver();
          else
            kept->unanswered.push_back(promise);
          return promise;
        },
      };
    });
}

test_sink::~test_sink() {
  end();
}

void test_sink::release() {
  compat::post(caf::actor_cast<caf::strong_actor_ptr>(handle_),
               caf::make_action([kept = record_] {
                 kept->eager = true;
                 for (auto& x : std::exchange(kept->unanswered, {}))
                   x.deliver();
               }));
}

void test_sink::release_one() {
  compat::post(caf::actor_cast<caf::strong_actor_ptr>(handle_),
               caf::make_action([kept = record_] {
                 kept->unanswered.front().deliver();
                 kept->unanswered.erase(kept->unanswered.begin());
               }));
}

void test_sink::end() {
  caf::anon_send_exit(handle_, caf::exit_reason::user_shutdown);
}

std::string test_sink::output() const {
  std::lock_guard guard{record_->mutex};
  return record_->output;
}

std::string test_sink::error_output() const {
  std::lock_guard guard{record_->mutex};
  return record_->error_output;
}

size_t test_sink::chunks() const {
  std::lock_guard guard{record_->mutex};
  return record_->chunks;
}

} // namespace tieline::test
