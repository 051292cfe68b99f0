#include "cluster/cluster_fixture.hpp"
#include "support/actors/many.hpp"

#include "tieline/actors/runtime/relay.hpp"
#include "tieline/transports/loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

/// Two nodes with sessions in memory, and keys of which each node has about a
/// half.
class crowd : public cluster_fixture {
public:
  using outcomes = std::vector<open_outcome>;

  crowd() : cluster_fixture(ab, false, for_many()) {
    for (const auto& name : ab)
      ask_now<bool>((*this)[name].manager, set_factory_atom_v,
                    spawn_loopback_factory(sys()));
  }

  router_actor router(const std::string& name) {
    return (*this)[name].router;
  }

  answer<outcomes> open_all() {
    return ask_now<outcomes>(router("a"), caf::open_atom_v, items,
                             caf::timespan{0});
  }

  std::vector<connection_status> statuses_at(const std::string& name) {
    return ask_now<std::vector<connection_status>>((*this)[name].manager,
                                                   status_atom_v)
      .value();
  }

  std::vector<open_item> items = many_items();
};

} // namespace

BOOST_AUTO_TEST_SUITE(scale_test)

BOOST_AUTO_TEST_CASE(many_keys_are_opened_listed_and_closed_through_a_router) {
  crowd c;
  auto all = c.open_all();
  BOOST_CHECK_EQUAL(opened(all.value()), many);
  auto at_a = c.statuses_at("a").size();
  auto at_b = c.statuses_at("b").size();
  BOOST_CHECK_EQUAL(at_a + at_b, many);
  BOOST_CHECK(at_a > many / 3 && at_b > many / 3);
  BOOST_CHECK_EQUAL(c.ask_now<std::vector<connection_status>>(c.router("b"),
                                                              status_atom_v)
                      .value()
                      .size(),
                    many);
  BOOST_CHECK_EQUAL(
    c.ask_now<uint64_t>(c.router("a"), close_all_atom_v).value(), many);
  BOOST_CHECK_EQUAL(c.statuses_at("a").size() + c.statuses_at("b").size(), 0u);
}

BOOST_AUTO_TEST_CASE(many_requests_run_through_a_router_at_once) {
  crowd c;
  std::vector<answer<reply>> all;
  request what;
  what.body = "show version";
  for (const auto& item : c.items)
    all.push_back(
      c.ask<reply>(c.router("a"), execute_atom_v, item.key, item.params, what));
  c.settle();
  BOOST_CHECK_EQUAL(std::count_if(all.begin(), all.end(),
                                  [](const auto& x) {
                                    return x.ok() && x.count() == 1;
                                  }),
                    static_cast<ptrdiff_t>(many));
}

BOOST_AUTO_TEST_CASE(many_keys_are_handed_over_when_their_node_leaves) {
  crowd c;
  c.open_all();
  BOOST_CHECK(c.ask_now<caf::unit_t>(c.router("a"), leave_atom_v,
                                     std::string{"a"}, caf::timespan{30s})
                .ok());
  BOOST_CHECK_EQUAL(c.statuses_at("a").size(), 0u);
}

BOOST_AUTO_TEST_CASE(who_waits_for_many_keys_of_nobody_gives_all_up_at_once) {
  crowd c;
  c.tell_all({});
  auto all = c.open_all();
  BOOST_CHECK(!all.arrived());
  all.kill_caller();
  c.settle();
  auto before = c.running();
  c.advance(1min);
  BOOST_CHECK_LE(c.running(), before);
  BOOST_CHECK_EQUAL(c.statuses_at("a").size() + c.statuses_at("b").size(), 0u);
}

BOOST_AUTO_TEST_CASE(a_relay_answers_all_who_wait_when_the_other_is_lost) {
  deterministic d;
  using promise = caf::typed_response_promise<std::optional<transport_actor>>;
  auto kept = std::make_shared<std::vector<promise>>();
  auto other = d.sys().spawn(
    [kept](factory_actor::pointer self) -> factory_actor::behavior_type {
      return {[self, kept](make_atom, const connection_key&)
                -> caf::result<std::optional<transport_actor>> {
        return kept->emplace_back(self->make_response_promise<promise>());
      }};
    });
  auto relay = spawn_relay<factory_actor>(d.sys(), other);
  std::vector<answer<std::optional<transport_actor>>> all;
  for (uint64_t i = 0; i < many; ++i)
    all.push_back(d.ask<std::optional<transport_actor>>(
      relay, make_atom_v, connection_key{"r" + std::to_string(i), "fake"}));
  d.settle();
  BOOST_REQUIRE_EQUAL(kept->size(), many);
  for (uint64_t i = 0; i < many / 2; ++i)
    (*kept)[i].deliver(std::optional<transport_actor>{});
  d.settle();
  BOOST_CHECK_EQUAL(std::count_if(all.begin(), all.end(),
                                  [](const auto& x) { return x.ok(); }),
                    static_cast<ptrdiff_t>(many / 2));
  caf::anon_send_exit(other, caf::exit_reason::kill);
  d.settle();
  BOOST_CHECK(std::all_of(all.begin(), all.end(),
                          [](const auto& x) { return x.count() == 1; }));
  kept->clear();
}

BOOST_AUTO_TEST_SUITE_END()
