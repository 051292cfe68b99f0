#include "cluster/two_nodes.hpp"

#include "tieline/actors/node/protocol.hpp"
#include "tieline/actors/node/remote_manager.hpp"

#include <caf/actor_cast.hpp>

#include <boost/test/unit_test.hpp>

// The member and the router of another node, on a link of this process.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

/// Node b, published on a link that is of this process.
struct published : two_nodes {
  using promise
    = caf::typed_response_promise<caf::node_id, caf::strong_actor_ptr,
                                  std::set<std::string>>;

  ~published() {
    for (auto& one : links_made)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    settle();
    asked->clear();
  }

  /// @param answers else it does nothing at all
  caf::io::middleman_actor link(bool answers = true) {
    auto what = caf::actor_cast<caf::strong_actor_ptr>((*this)["b"].router);
    auto names = sys().message_types(router("b"));
    names.insert(protocol());
    auto made = sys().spawn([=, node = sys().node(), asked = asked](
                              caf::event_based_actor* self) -> caf::behavior {
      return {[=](caf::connect_atom, const std::string&, uint16_t) {
        asked->push_back(self->make_response_promise<promise>());
        if (answers)
          asked->back().deliver(node, what, names);
        return asked->back();
      }};
    });
    links_made.push_back(made);
    return caf::actor_cast<caf::io::middleman_actor>(made);
  }

  node_settings links;
  std::vector<caf::actor> links_made;
  std::shared_ptr<std::vector<promise>> asked
    = std::make_shared<std::vector<promise>>();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(remote_member_test, published)

BOOST_AUTO_TEST_CASE(a_member_is_reached_whoever_owns_no_name) {
  // The key that is asked for to see whether a link carries.
  (*owners)[shard_of(connection_key{})] = "a";
  auto member = spawn_remote_member(sys(), link(), {"b", "b.example", 4711},
                                    links);
  auto who = ask_now<cluster_node>(member, probe_atom_v);
  advance(1min);
  BOOST_REQUIRE(who.ok());
  BOOST_CHECK_EQUAL(who.value().name, "b");
}

BOOST_AUTO_TEST_CASE(another_node_at_its_place_is_not_taken_for_it) {
  auto member = spawn_remote_member(sys(), link(), {"c", "b.example", 4711},
                                    links);
  auto left = ask_now<caf::unit_t>(member, leave_atom_v, caf::timespan{1s});
  advance(1min);
  BOOST_REQUIRE(left.arrived() && !left.ok());
  BOOST_CHECK_EQUAL(left.code(), errc::node_lost);
  BOOST_CHECK_EQUAL(failure_of(left.error()).cause,
                    "b.example:4711: there is node 'b'");
}

BOOST_AUTO_TEST_CASE(a_router_is_reached_though_nobody_takes_keys) {
  nobody_takes_keys();
  auto far = spawn_remote_router(sys(), link(), {"b.example", 4711}, links);
  auto joined = ask_now<caf::unit_t>(far, join_atom_v, std::string{"b"});
  advance(1min);
  BOOST_CHECK(joined.ok());
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_link_waits_no_longer_than_its_time) {
  links.connect_timeout = 10s;
  auto far = spawn_remote_router(sys(), link(false), {"b.example", 4711},
                                 links);
  auto pending = ask_now<maybe_connection>(far, caf::open_atom_v,
                                           key_of("b", ab), params_for("admin"),
                                           caf::timespan{1s});
  advance(3s);
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK_EQUAL(pending.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(an_unsubscribe_from_a_lost_node_is_remembered) {
  fake_plugin plugin{sys()};
  auto manager = std::make_shared<manager_actor>();
  auto restart = [&] {
    if (*manager)
      caf::anon_send_exit(*manager, caf::exit_reason::kill);
    settle();
    *manager = spawn_manager(sys(), plain());
    ask_now<bool>(*manager, set_factory_atom_v, std::string{"fake"},
                  plugin.factory());
  };
  restart();
  auto names = sys().message_types(*manager);
  names.insert(protocol());
  auto link = sys().spawn(
    [=, node = sys().node()](caf::event_based_actor* self) -> caf::behavior {
      return {[=](caf::connect_atom, const std::string&, uint16_t) {
        auto made = self->make_response_promise<promise>();
        made.deliver(node, caf::actor_cast<caf::strong_actor_ptr>(*manager),
                     names);
        return made;
      }};
    });
  links_made.push_back(link);
  auto far
    = spawn_remote_manager(sys(),
                           caf::actor_cast<caf::io::middleman_actor>(link),
                           {"far.example", 4711}, links);
  auto given_up = std::make_shared<std::vector<lifecycle_event>>();
  auto kept = std::make_shared<std::vector<lifecycle_event>>();
  auto one = listen(sys(), given_up);
  auto other = listen(sys(), kept);
  for (auto& who : {one, other})
    BOOST_REQUIRE(
      ask_now<caf::unit_t>(far, caf::subscribe_atom_v, who, selector{}).ok());
  caf::anon_send_exit(*manager, caf::exit_reason::kill);
  *manager = nullptr;
  settle();
  BOOST_CHECK(ask_now<bool>(far, caf::unsubscribe_atom_v, one).value());
  restart();
  BOOST_REQUIRE(ask_now<maybe_connection>(far, get_or_create_atom_v, r1).ok());
  auto pending = ask_now<maybe_connection>(far, caf::open_atom_v, r1,
                                           params_for("admin"),
                                           caf::timespan{0});
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(pending.ok());
  BOOST_CHECK(!kept->empty());
  BOOST_CHECK(given_up->empty());
  caf::anon_send_exit(*manager, caf::exit_reason::kill);
  caf::anon_send_exit(far, caf::exit_reason::user_shutdown);
  settle();
}

BOOST_AUTO_TEST_SUITE_END()
