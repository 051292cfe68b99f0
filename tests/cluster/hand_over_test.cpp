#include "cluster/two_nodes.hpp"

#include <boost/test/unit_test.hpp>

// What moves with a shard.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

/// Node a's factory takes its time.
struct slow_factory : two_nodes {
  using promise = caf::typed_response_promise<std::optional<transport_actor>>;

  slow_factory() {
    factory_actor made = sys().spawn(
      [asked = asked](
        factory_actor::pointer self) -> factory_actor::behavior_type {
        return {[self, asked](make_atom, const connection_key&)
                  -> caf::result<std::optional<transport_actor>> {
          asked->push_back(self->make_response_promise<promise>());
          return asked->back();
        }};
      });
    ask_now<bool>((*this)["a"].manager, set_factory_atom_v, std::string{"fake"},
                  made);
  }

  ~slow_factory() {
    asked->clear();
  }

  std::shared_ptr<std::vector<promise>> asked
    = std::make_shared<std::vector<promise>>();
};

} // namespace

BOOST_AUTO_TEST_SUITE(hand_over_test)

BOOST_FIXTURE_TEST_CASE(a_connection_that_is_being_made_moves, slow_factory) {
  auto key = key_of("a", ab);
  auto pending = open("b", key);
  BOOST_REQUIRE_EQUAL(asked->size(), 1u);
  tell_all({"b"});
  advance(2s);
  let_open();
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == names{"b"});
}

BOOST_FIXTURE_TEST_CASE(what_waits_for_a_connection_to_close_moves, two_nodes) {
  auto key = key_of("a", ab);
  opened("b", key);
  auto closed = ask_now<bool>(router("a"), caf::close_atom_v, key);
  auto pending = open("b", key);
  tell_all({"b"});
  let_close();
  advance(2s);
  let_open();
  BOOST_CHECK(closed.ok());
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == names{"b"});
}

BOOST_FIXTURE_TEST_CASE(a_leave_without_a_limit_waits_for_work, two_nodes) {
  advance(1s); // a clock at zero would not overflow
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  auto running = execute(connection, "running", 10min);
  auto left = ask_now<caf::unit_t>(router("a"), leave_atom_v, std::string{"b"},
                                   caf::timespan{caf::infinite});
  advance(1min);
  BOOST_CHECK(!running.arrived());
  BOOST_CHECK(!left.arrived());
  (*this)["b"].plugin.last().finish_one();
  settle();
  let_close();
  BOOST_CHECK(running.ok());
  BOOST_CHECK(left.ok());
}

BOOST_AUTO_TEST_SUITE_END()
