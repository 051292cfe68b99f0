#include "tieline/transports/http/sse_sink.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <utility>
#include <vector>

namespace tieline {

namespace {

class sse_sink_state {
public:
  static inline const char* name = "tieline.sse_sink";

  sse_sink_state(sse_sink_actor::pointer self, sink_actor to,
                 sse_sink_options options)
    : self_(self),
      to_(std::move(to)),
      options_(std::move(options)),
      reader_(options_.event_limit) {
    // nop
  }

  sse_sink_actor::behavior_type make_behavior() {
    compat::monitor(self_, to_,
                    [this](const caf::error& reason) { self_->quit(reason); });
    return {
      [this](const chunk& what) { return take(what); },
      [this](caf::get_atom) { return reader_.last_event_id(); },
    };
  }

private:
  using promise = caf::typed_response_promise<void>;

  // What a session has sent, to be answered once its events were taken.
  struct batch {
    std::deque<std::string> events;
    promise answer;
    bool overrun = false;
  };

  caf::result<void> take(const chunk& what) {
    std::vector<sse_event> found;
    batch x;
    x.overrun = !reader_.read(what.output, found);
    x.answer = self_->make_response_promise<promise>();
    for (const auto& event : found)
      x.events.push_back(options_.render ? options_.render(event) : event.data);
    auto result = x.answer;
    batches_.push_back(std::move(x));
    if (batches_.size() == 1)
      go_on();
    return result;
  }

  void go_on() {
    while (!batches_.empty()) {
      auto& x = batches_.front();
      if (!x.events.empty()) {
        chunk next{std::move(x.events.front()), {}};
        x.events.pop_front();
        compat::request(self_, to_, caf::infinite, std::move(next))
          .then([this] { go_on(); },
                [this](const caf::error& reason) { fail(reason); });
        return;
      }
      if (x.overrun)
        x.answer.deliver(
          make_error(errc::output_limit,
                     {{}, step::execute, "an event is longer than its limit"}));
      else
        x.answer.deliver();
      batches_.pop_front();
    }
  }

  void fail(const caf::error& reason) {
    for (auto& x : std::exchange(batches_, {}))
      x.answer.deliver(reason);
    self_->quit(reason);
  }

  sse_sink_actor::pointer self_;
  sink_actor to_;
  sse_sink_options options_;
  sse_reader reader_;
  std::deque<batch> batches_;
};

} // namespace

sse_sink_actor spawn_sse_sink(caf::actor_system& sys, sink_actor to,
                              sse_sink_options options) {
  return sys.spawn<sse_sink_actor::stateful_impl<sse_sink_state>>(
    std::move(to), std::move(options));
}

} // namespace tieline
