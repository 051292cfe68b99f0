#include "support/actors/managed.hpp"

#include "tieline/transports/loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

// Params that mean the same, whatever a plugin has told by then of what they
// mean. canonical_params_test says what means the same.

using namespace tieline;
using namespace tieline::test;

namespace {

plugin_traits fake_traits() {
  plugin_traits result;
  result.ports = {{22}};
  result.extras = {
    {"connect-timeout", option_kind::time, "10s"},
    {"private-key-file", option_kind::text, ""},
  };
  result.secrets = {"passphrase"};
  return result;
}

/// Returns the same params, written in different ways.
std::vector<connection_params> spellings() {
  auto plain = params_for("admin");
  plain.hostname = "r1.example";
  std::vector<connection_params> result(7, plain);
  result[1].port = 22;
  result[2].hostname = "R1.Example";
  result[3].extras["connect_timeout"] = "10s";
  result[4].extras["connect-timeout"] = "10000ms";
  result[5].secrets["passphrase"] = secret{};
  result[6].extras["private-key-file"] = "";
  result[6].port = 22;
  return result;
}

struct described : managed {
  described() : described(plain()) {
    // nop
  }

  explicit described(const settings& config) : managed(config, fake_traits()) {
    // nop
  }
};

settings with_breaker() {
  auto result = plain();
  result.breaker_failures = 2;
  result.breaker_delay = 60s;
  result.breaker_delay_max = 60s;
  return result;
}

settings with_credential_stop() {
  auto result = plain();
  result.credential_failures = 2;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(same_params_test)

BOOST_FIXTURE_TEST_CASE(an_open_of_what_means_the_same_answers_at_once,
                        described) {
  auto first = open(r1, spellings().front());
  session_opens();
  BOOST_REQUIRE(first.ok());
  auto connection = first.value().value();
  auto before = counters();
  recorder log{*this};
  for (const auto& params : spellings()) {
    BOOST_TEST(open(r1, params).ok());
    auto direct = ask_now<caf::unit_t>(connection, caf::open_atom_v, params,
                                       caf::timespan{0});
    BOOST_TEST(direct.ok());
  }
  BOOST_TEST(counters() == before);
  BOOST_TEST(log.told() == "");
  BOOST_TEST(plugin.sessions().size() == 1u);
  BOOST_TEST(status(connection).epoch == 1u);
}

BOOST_FIXTURE_TEST_CASE(callers_who_mean_the_same_share_one_attempt,
                        described) {
  std::vector<answer<maybe_connection>> all;
  for (const auto& params : spellings())
    all.push_back(open(r1, params));
  session_opens();
  for (const auto& x : all)
    BOOST_TEST(x.ok());
  BOOST_TEST(plugin.sessions().size() == 1u);
  BOOST_TEST(counters().open_calls == 1u);
}

BOOST_FIXTURE_TEST_CASE(the_transport_gets_what_was_given, described) {
  auto params = spellings().at(4);
  open(r1, params);
  BOOST_REQUIRE(plugin.last().params.has_value());
  BOOST_CHECK(*plugin.last().params == params);
}

BOOST_FIXTURE_TEST_CASE(what_means_something_else_replaces_the_session,
                        described) {
  auto connection = opened(r1);
  auto other = params_for("admin");
  other.port = 2222;
  auto pending = open(r1, other);
  BOOST_TEST(!pending.arrived());
  plugin.last().close_ok();
  settle();
  session_opens();
  BOOST_TEST(pending.ok());
  BOOST_TEST(status(connection).epoch == 2u);
}

BOOST_FIXTURE_TEST_CASE(params_that_were_refused_are_so_in_any_spelling,
                        described) {
  auto first = open(r1, spellings().front());
  session_fails(errc::auth_failed, step::auth);
  BOOST_CHECK(first.code() == errc::auth_failed);
  for (const auto& params : spellings())
    BOOST_CHECK(open(r1, params).code() == errc::auth_failed);
  BOOST_TEST(plugin.sessions().size() == 1u);
}

// As before, for those who know nothing of it.
BOOST_FIXTURE_TEST_CASE(a_factory_that_tells_nothing_works, managed) {
  auto connection = opened(r1);
  auto cased = params_for("admin");
  BOOST_TEST(open(r1, cased).ok());
  auto with_port = cased;
  with_port.port = 22;
  auto pending = open(r1, with_port);
  BOOST_TEST(!pending.arrived());
  BOOST_CHECK(status(connection).state == connection_state::closing);
}

BOOST_FIXTURE_TEST_CASE(another_factory_tells_of_all_connections_anew,
                        managed) {
  auto params = spellings().front();
  auto first = open(r1, params);
  session_opens();
  BOOST_REQUIRE(first.ok());
  fake_plugin other{sys(), fake_traits()};
  BOOST_TEST(ask_now<bool>(manager, set_factory_atom_v, std::string{"fake"},
                           other.factory())
               .value());
  for (const auto& x : spellings())
    BOOST_TEST(open(r1, x).ok());
  BOOST_TEST(other.sessions().empty());
}

BOOST_FIXTURE_TEST_CASE(a_default_factory_tells_of_its_plugins, managed) {
  fake_plugin other{sys(), fake_traits()};
  BOOST_TEST(
    !ask_now<bool>(manager, set_factory_atom_v, other.factory()).value());
  const connection_key key{"r1", "else"};
  auto first = open(key, spellings().front());
  other.last().open_ok();
  settle();
  BOOST_REQUIRE(first.ok());
  for (const auto& x : spellings())
    BOOST_TEST(open(key, x).ok());
  BOOST_TEST(other.sessions().size() == 1u);
}

namespace {

/// Makes transports at once, but tells of itself when the test says so.
struct slow_to_tell {
  explicit slow_to_tell(managed& where) : plugin(where.sys()) {
    auto made = plugin.factory();
    auto promise = telling;
    factory
      = where.sys().spawn([made, promise](described_factory_actor::pointer self)
                            -> described_factory_actor::behavior_type {
          return {
            [self, made](make_atom, const connection_key& key) {
              return compat::delegate(self, made, make_atom_v, key);
            },
            [self, promise](traits_atom) -> caf::result<plugin_traits> {
              *promise = self->make_response_promise<
                caf::typed_response_promise<plugin_traits>>();
              return **promise;
            },
          };
        });
  }

  ~slow_to_tell() {
    end();
  }

  void tell(const plugin_traits& what) {
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(factory),
                 caf::make_action([promise = telling, what] {
                   if (*promise)
                     std::exchange(*promise, std::nullopt)->deliver(what);
                 }));
  }

  void end() {
    caf::anon_send_exit(factory, caf::exit_reason::kill);
  }

  fake_plugin plugin;
  std::shared_ptr<std::optional<caf::typed_response_promise<plugin_traits>>>
    telling = std::make_shared<
      std::optional<caf::typed_response_promise<plugin_traits>>>();
  described_factory_actor factory;
};

} // namespace

// Or else the breaker would know the first attempts by another name.
BOOST_FIXTURE_TEST_CASE(a_connection_is_made_when_its_plugin_has_told,
                        managed) {
  slow_to_tell other{*this};
  ask_now<bool>(manager, set_factory_atom_v, std::string{"fake"},
                factory_actor{other.factory});
  auto first = open(r1, spellings().front());
  BOOST_TEST(counters().create_calls == 0u);
  other.tell(fake_traits());
  settle();
  BOOST_TEST(counters().create_calls == 1u);
  other.plugin.last().open_ok();
  settle();
  BOOST_REQUIRE(first.ok());
  BOOST_TEST(open(r1, spellings().at(1)).ok());
  BOOST_TEST(other.plugin.sessions().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_plugin_that_never_tells_delays_its_own_keys_only,
                        managed) {
  slow_to_tell other{*this};
  ask_now<bool>(manager, set_factory_atom_v, std::string{"slow"},
                factory_actor{other.factory});
  auto slow = open({"r1", "slow"}, params_for("admin"), 5s);
  opened(r2);
  advance(6s);
  BOOST_CHECK(slow.code() == errc::timeout);
  // What it has made meanwhile is not left behind.
  settle();
  BOOST_TEST(!other.plugin.last().alive);
  auto next = open({"r1", "slow"}, params_for("admin"), 5s);
  other.end();
  settle();
  BOOST_CHECK(next.code() == errc::factory_failed);
}

struct with_a_breaker : described {
  with_a_breaker() : described(with_breaker()) {
    // nop
  }
};

BOOST_FIXTURE_TEST_CASE(the_breaker_sees_one_endpoint, with_a_breaker) {
  auto all = spellings();
  for (size_t i = 0; i < 2; ++i) {
    auto failed = open({"r" + std::to_string(i), "fake"}, all.at(i));
    session_fails(errc::refused);
    BOOST_CHECK(failed.code() == errc::refused);
  }
  for (size_t i = 0; i < all.size(); ++i)
    BOOST_CHECK(open({"s" + std::to_string(i), "fake"}, all.at(i)).code()
                == errc::circuit_open);
  auto elsewhere = all.front();
  elsewhere.port = 2222;
  auto pending = open(r1, elsewhere);
  BOOST_TEST(!pending.arrived());
}

struct with_a_stop : described {
  with_a_stop() : described(with_credential_stop()) {
    // nop
  }
};

// A key file that is written out at its default is the same credential.
BOOST_FIXTURE_TEST_CASE(a_credential_is_one_in_any_spelling, with_a_stop) {
  auto all = spellings();
  for (size_t i : {0, 6}) {
    auto failed = open({"r" + std::to_string(i), "fake"}, all.at(i));
    session_fails(errc::auth_failed, step::auth);
    BOOST_CHECK(failed.code() == errc::auth_failed);
  }
  for (size_t i = 0; i < all.size(); ++i)
    BOOST_CHECK(open({"s" + std::to_string(i), "fake"}, all.at(i)).code()
                == errc::credential_stopped);
}

// It has no extras of its own, only those of all connections.
BOOST_FIXTURE_TEST_CASE(loopback_sessions_are_shared_likewise, managed) {
  auto loopback = spawn_loopback_factory(sys());
  ask_now<bool>(manager, set_factory_atom_v, std::string{"loopback"}, loopback);
  const connection_key key{"r1", "loopback"};
  auto params = params_for("admin");
  params.hostname = "r1.example";
  BOOST_REQUIRE(open(key, params).ok());
  auto before = counters("loopback");
  std::vector<connection_params> same(4, params);
  same[0].hostname = "R1.EXAMPLE";
  same[1].extras["idle_timeout"] = "1min";
  same[2].extras["idle-timeout"] = "60s";
  same[3].extras["keep_open"] = "false";
  for (const auto& x : same)
    BOOST_TEST(open(key, x).ok());
  BOOST_TEST(counters("loopback") == before);
  caf::anon_send_exit(loopback, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
