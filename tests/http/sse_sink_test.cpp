#include "support/eventually.hpp"

#include <tieline/transports/http/sse_sink.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/test/unit_test.hpp>

#include <mutex>
#include <string>

using namespace tieline;
using tieline::test::eventually;
using tieline::test::hang_limit;

namespace {

// Writes down what comes; answers by its rule.
struct taker {
  enum class rule { take, refuse_second, never };

  struct record {
    std::mutex mutex;
    std::string told;
    int chunks = 0;
  };

  taker(caf::actor_system& sys, rule how)
    : seen(std::make_shared<record>()),
      actor(sys.spawn([seen = seen, how](
                        sink_actor::pointer self) -> sink_actor::behavior_type {
        return {[seen, how, self](const chunk& x) -> caf::result<void> {
          std::lock_guard guard{seen->mutex};
          seen->told += x.output + ';';
          ++seen->chunks;
          auto promise
            = self->make_response_promise<caf::typed_response_promise<void>>();
          if (how == rule::refuse_second && seen->chunks == 2)
            promise.deliver(make_error(errc::unsupported, {}));
          else if (how != rule::never)
            promise.deliver();
          else
            seen_forever().push_back(promise);
          return promise;
        }};
      })) {
    // nop
  }

  ~taker() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  }

  // Unanswered promises would answer by themselves.
  static std::vector<caf::typed_response_promise<void>>& seen_forever() {
    static std::vector<caf::typed_response_promise<void>> all;
    return all;
  }

  std::string told() {
    std::lock_guard guard{seen->mutex};
    return seen->told;
  }

  std::shared_ptr<record> seen;
  sink_actor actor;
};

struct fixture {
  fixture() {
    caf::core::init_global_meta_objects();
    init();
    system.emplace(config);
    self.emplace(*system);
  }

  ~fixture() {
    taker::seen_forever().clear();
  }

  auto send(const sse_sink_actor& to, std::string bytes) {
    return compat::request(self->ptr(), to, hang_limit,
                           chunk{std::move(bytes), {}});
  }

  template <class Response>
  std::string outcome(Response response) {
    std::string result;
    std::move(response).receive([&] { result = "ok"; },
                                [&](const caf::error& x) {
                                  result = to_string(code_of(x));
                                });
    return result;
  }

  std::string last_id(const sse_sink_actor& of) {
    std::string result;
    compat::request(self->ptr(), of, hang_limit, caf::get_atom_v)
      .receive([&](const std::string& x) { result = x; },
               [&](const caf::error&) { result = "error"; });
    return result;
  }

  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
  std::optional<caf::scoped_actor> self;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sse_sink_test)

BOOST_FIXTURE_TEST_SUITE(sinks, fixture)

BOOST_AUTO_TEST_CASE(each_event_is_a_chunk) {
  taker to{*system, taker::rule::take};
  auto sink = spawn_sse_sink(*system, to.actor);
  BOOST_TEST(outcome(send(sink, "id: 1\ndata: a\n\ndata: b")) == "ok");
  BOOST_TEST(to.told() == "a;");
  BOOST_TEST(outcome(send(sink, "\n\nid: 2\ndata: c\n\n")) == "ok");
  BOOST_TEST(to.told() == "a;b;c;");
  BOOST_TEST(last_id(sink) == "2");
}

BOOST_AUTO_TEST_CASE(a_renderer_says_what_is_handed_on) {
  taker to{*system, taker::rule::take};
  sse_sink_options options;
  options.render = [](const sse_event& x) { return x.type + '=' + x.data; };
  auto sink = spawn_sse_sink(*system, to.actor, options);
  BOOST_TEST(outcome(send(sink, "event: add\ndata: a\n\n")) == "ok");
  BOOST_TEST(to.told() == "add=a;");
}

BOOST_AUTO_TEST_CASE(who_does_not_answer_gets_no_more) {
  taker to{*system, taker::rule::never};
  auto sink = spawn_sse_sink(*system, to.actor);
  auto first = send(sink, "data: a\n\ndata: b\n\n");
  auto second = send(sink, "data: c\n\n");
  BOOST_TEST(eventually([&] { return to.told() == "a;"; }));
  // The answer to this comes after all that the sink could have done by now.
  BOOST_TEST(last_id(sink) == "");
  BOOST_TEST(to.told() == "a;");
  caf::anon_send_exit(to.actor, caf::exit_reason::user_shutdown);
  BOOST_TEST(outcome(std::move(first)) != "ok");
  BOOST_TEST(outcome(std::move(second)) != "ok");
}

BOOST_AUTO_TEST_CASE(an_error_cancels_the_request_and_ends_the_sink) {
  taker to{*system, taker::rule::refuse_second};
  auto sink = spawn_sse_sink(*system, to.actor);
  BOOST_TEST(outcome(send(sink, "data: a\n\ndata: b\n\ndata: c\n\n"))
             == "unsupported");
  BOOST_TEST(to.told() == "a;b;");
  (*self)->wait_for(sink);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_too_long_cancels_the_request) {
  taker to{*system, taker::rule::take};
  auto sink = spawn_sse_sink(*system, to.actor, {10, nullptr});
  BOOST_TEST(outcome(send(sink, "data: a\n\ndata: " + std::string(20, 'x')))
             == "output_limit");
  // What was complete is handed on all the same.
  BOOST_TEST(to.told() == "a;");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
