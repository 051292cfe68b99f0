#include "ssh/ssh_manager.hpp"

#include <tieline/transports/ssh/ssh.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstddef>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  fixture() {
    password = ssh.dir.write("password", ssh.server.password() + '\n');
    known.set("core", {ssh.server.login(), {{"password", {password, ""}}}});
  }

  connection_params named(const std::string& name) const {
    auto result = ssh.params();
    result.username.clear();
    result.extras["credential"] = name;
    return result;
  }

  transport_client client() const {
    return transport_client{[this](caf::actor_system& sys) {
      return spawn_ssh_factory(sys, {}, known);
    }};
  }

  ssh_fixture ssh;
  std::string password;
  credentials known;
};

/// A manager whose plugin knows the credentials.
struct managed : fixture {
  managed() {
    factory = spawn_ssh_factory(mine.client.system(), {}, known);
    mine.query<bool>(set_factory_atom_v, std::string{"ssh"}, factory);
  }

  ~managed() {
    caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
  }

  size_t refused_logins() const {
    auto log = ssh.server.log();
    size_t result = 0;
    for (auto i = log.find("Failed password"); i != std::string::npos;
         i = log.find("Failed password", i + 1))
      ++result;
    return result;
  }

  ssh_manager mine;
  factory_actor factory;
};

} // namespace

BOOST_AUTO_TEST_SUITE(credential_test)

BOOST_FIXTURE_TEST_SUITE(sessions, fixture)

BOOST_AUTO_TEST_CASE(its_password_logs_in) {
  auto with = client();
  auto session = required(with.open(named("core")));
  BOOST_TEST(required(with.execute(session, "echo hi")).output == "hi\n");
}

BOOST_AUTO_TEST_CASE(its_key_logs_in) {
  auto locked = make_key(ssh.dir, "locked", "ed25519", "open sesame");
  ssh.server.authorize(locked);
  known.set("plain",
            {ssh.server.login(), {{"private_key", {ssh.key.path, ""}}}});
  known.set("locked",
            {ssh.server.login(),
             {{"private_key", {locked.path, ""}},
              {"passphrase", {ssh.dir.write("p", "open sesame\n"), ""}},
              // Of no use here, so it does not matter.
              {"token", {"/no/such/file", ""}}}});
  auto with = client();
  BOOST_TEST(brief(with.open(named("plain"))) == "ok");
  BOOST_TEST(brief(with.open(named("locked"))) == "ok");
}

BOOST_AUTO_TEST_CASE(a_username_in_the_params_goes_first) {
  auto params = named("core");
  params.username = ssh.server.guest();
  BOOST_TEST(brief(client().open(params)) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(one_that_is_not_there_is_an_error_of_the_params) {
  auto opened = client().open(named("edge"));
  BOOST_TEST(brief(opened) == "invalid_params (open)");
  BOOST_TEST(cause_of(opened)
             == "extras.credential: there is no tieline.credential.edge here");
}

BOOST_AUTO_TEST_CASE(a_secret_beside_it_is_an_error_of_the_params) {
  auto params = named("core");
  params.password = secret{"x"};
  auto opened = client().open(params);
  BOOST_TEST(brief(opened) == "invalid_params (open)");
  BOOST_TEST(cause_of(opened)
             == "password: contradicts extras.credential, which is core");
}

BOOST_AUTO_TEST_CASE(an_exit_while_it_is_read_ends_the_session) {
  auto with = client();
  auto session = with.make();
  auto end = transport_client::end_of(session);
  auto answer = with.start_open(session, named("core"));
  caf::anon_send_exit(session, caf::exit_reason::kill);
  BOOST_TEST(!take<session_traits>(std::move(answer)));
  BOOST_TEST((end.wait_for(hang_limit) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(the_config_of_the_system_has_them) {
  struct config : caf::actor_system_config {
    explicit config(const std::string& core) {
      caf::put(content, "tieline.credential.core.username", "nobody");
      caf::put(content, "tieline.credential.core.password-file", core);
    }
  };
  config good{password};
  caf::actor_system sys{good};
  auto factory = spawn_ssh_factory(sys);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
  config bad{""};
  caf::actor_system other{bad};
  BOOST_CHECK_THROW(spawn_ssh_factory(other), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(connections, managed)

BOOST_AUTO_TEST_CASE(params_with_one_name_are_the_same) {
  auto connection = required(mine.open(named("core")));
  write_file(password, "another by now");
  required(mine.open(named("core")));
  BOOST_TEST(mine.counters().open_calls == 1u);
  BOOST_TEST(required(mine.execute(connection, "echo hi")).output == "hi\n");
}

BOOST_AUTO_TEST_CASE(each_session_reads_the_secret_anew) {
  write_file(password, "of yesterday");
  auto refused = mine.open(named("core"));
  BOOST_TEST(brief(refused) == "auth_failed (authentication)");
  BOOST_TEST(describe(refused.error()).find("yesterday") == std::string::npos);
  // That this is so is no login at the host.
  BOOST_TEST(cause_of(mine.open(named("core")))
             == "credential core was refused and is the same still");
  BOOST_TEST(refused_logins() == 1u);
  write_file(password, ssh.server.password());
  auto connection = required(mine.open(named("core")));
  BOOST_TEST(required(mine.execute(connection, "echo hi")).output == "hi\n");
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(mine.becomes(connection_state::closed));
  BOOST_TEST(required(mine.execute(connection, "echo hi")).output == "hi\n");
}

BOOST_AUTO_TEST_CASE(an_operator_may_have_it_tried_again) {
  write_file(password, "of yesterday");
  BOOST_TEST(brief(mine.open(named("core"))) == "auth_failed (authentication)");
  required(mine.query<uint64_t>(clear_credential_atom_v, std::string{"core"}));
  BOOST_TEST(eventually([this] {
    mine.open(named("core"));
    return refused_logins() == 2u;
  }));
}

BOOST_AUTO_TEST_CASE(one_that_can_be_read_again_is) {
  write_file(password, "");
  BOOST_TEST(brief(mine.open(named("core"))) == "invalid_params (open)");
  write_file(password, ssh.server.password());
  BOOST_TEST(brief(mine.open(named("core"))) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
