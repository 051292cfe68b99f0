#include "cluster/two_nodes.hpp"

#include <caf/actor_cast.hpp>

#include <boost/test/unit_test.hpp>

// Who listens to all nodes.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(subscriptions_test, two_nodes)

BOOST_AUTO_TEST_CASE(
  a_node_that_could_not_be_reached_tells_of_its_events_later) {
  auto all = std::make_shared<std::vector<lifecycle_event>>();
  auto listener = listen(sys(), all);
  *(*this)["b"].cut = true;
  ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                       selector{});
  *(*this)["b"].cut = false;
  advance(1min);
  opened("a", key_of("b", ab));
  BOOST_CHECK(std::any_of(all->begin(), all->end(), [](auto& x) {
    return x.what == event_kind::opened && x.node == "b";
  }));
}

BOOST_AUTO_TEST_CASE(
  a_node_that_could_not_be_reached_hears_of_the_unsubscribe) {
  auto all = std::make_shared<std::vector<lifecycle_event>>();
  auto listener = listen(sys(), all);
  ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                       selector{});
  *(*this)["b"].cut = true;
  BOOST_CHECK(
    ask_now<bool>(router("a"), caf::unsubscribe_atom_v, listener).value());
  *(*this)["b"].cut = false;
  advance(1min);
  opened("a", key_of("b", ab));
  BOOST_CHECK(all->empty());
}

BOOST_AUTO_TEST_CASE(a_listener_that_has_ended_is_not_told_of_for_ever) {
  auto all = std::make_shared<std::vector<lifecycle_event>>();
  auto listener = listen(sys(), all);
  *(*this)["b"].cut = true;
  ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                       selector{});
  caf::weak_actor_ptr weak{
    caf::actor_cast<caf::strong_actor_ptr>(listener).get()};
  listener = nullptr;
  advance(1min);
  BOOST_CHECK(!weak.lock());
}

BOOST_AUTO_TEST_SUITE_END()
