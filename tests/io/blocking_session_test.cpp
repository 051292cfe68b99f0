#include "support/outcome.hpp"
#include "support/transport_client.hpp"

#include <tieline/transports/blocking_session.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

/// What a test knows of its sessions, and has them do.
struct world {
  std::atomic<bool> lost{false};
  std::atomic<int> destroyed{0};
  std::atomic<int> blocked{0};
  std::atomic<int> closed{0};
  /// Checks do not come back.
  std::atomic<bool> holds_checks{false};
  std::atomic<int> checks{0};
};

class scripted : public blocking_session {
public:
  explicit scripted(std::shared_ptr<world> around) : world_(std::move(around)) {
    // nop
  }

  ~scripted() override {
    ++world_->destroyed;
  }

  caf::error open(const connection_params& params) override {
    if (params.username == "refused")
      return make_error(errc::auth_failed, {{}, step::auth, "no such user"});
    if (params.username == "throws")
      throw std::runtime_error("with a secret");
    if (params.username == "hangs")
      hang();
    return {};
  }

  caf::expected<reply> execute(const request& what) override {
    if (what.body == "hang") {
      hang();
      return make_error(errc::connection_lost, {{}, step::session, "cut"});
    }
    if (what.body == "throw")
      throw std::runtime_error("with a secret");
    reply result;
    result.output = what.body;
    return result;
  }

  caf::error check() override {
    if (world_->holds_checks)
      ++world_->checks;
    while (world_->holds_checks)
      std::this_thread::yield();
    return world_->lost ? make_error(errc::connection_lost,
                                     {{}, step::session, "it has gone"})
                        : caf::error{};
  }

  void close() override {
    ++world_->closed;
  }

  void interrupt() noexcept override {
    {
      std::lock_guard guard{mutex_};
      interrupted_ = true;
    }
    wake_.notify_all();
  }

private:
  void hang() {
    std::unique_lock lock{mutex_};
    ++world_->blocked;
    wake_.wait(lock, [this] { return interrupted_; });
  }

  std::shared_ptr<world> world_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool interrupted_ = false;
};

struct fixture {
  std::shared_ptr<world> around = std::make_shared<world>();
  transport_client client{[this](caf::actor_system& sys) {
    return spawn_blocking_factory(
      sys,
      [around = around](const connection_key&) {
        return std::make_unique<scripted>(around);
      },
      5ms);
  }};

  transport_actor opened() {
    return required(client.open({}));
  }

  static connection_params as(const std::string& username) {
    connection_params result;
    result.username = username;
    return result;
  }

  bool all_destroyed(int count) {
    return eventually([&] { return around->destroyed == count; });
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(blocking_session_test, fixture)

BOOST_AUTO_TEST_CASE(it_runs_requests_and_closes) {
  auto session = opened();
  BOOST_TEST(required(client.execute(session, "x")).output == "x");
  BOOST_TEST(brief(client.probe(session)) == "ok");
  auto end = client.end_of(session);
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST((end.get() == caf::exit_reason::normal));
  BOOST_TEST(around->closed == 1);
  BOOST_TEST(all_destroyed(1));
}

BOOST_AUTO_TEST_CASE(what_it_answers_is_told_and_what_it_throws_is_not) {
  BOOST_TEST(brief(client.open(as("refused")))
             == "auth_failed (authentication)");
  auto thrown = client.open(as("throws"));
  BOOST_REQUIRE(!thrown);
  BOOST_TEST(failure_of(thrown.error()).cause == "the session threw");
  auto session = opened();
  BOOST_TEST(brief(client.execute(session, "throw"))
             == "transport_failed (session)");
  BOOST_TEST(brief(client.execute(session, "x")) == "ok");
  BOOST_TEST(brief(client.close(session)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_check_that_runs_refuses_no_request) {
  auto session = opened();
  around->holds_checks = true;
  BOOST_TEST(eventually([&] { return around->checks >= 1; }));
  request what;
  what.body = "x";
  auto answer = client.start_execute(session, what);
  // It has come: one call at a time.
  BOOST_TEST(brief(client.probe(session)) == "overloaded (session)");
  around->holds_checks = false;
  BOOST_TEST(required(take<reply>(std::move(answer))).output == "x");
  around->holds_checks = true;
  auto seen = around->checks.load();
  BOOST_TEST(eventually([&] { return around->checks > seen; }));
  auto closed = client.start_close(session);
  BOOST_TEST(brief(client.execute(session, "x")) == "overloaded (execute)");
  around->holds_checks = false;
  BOOST_TEST(brief(take<void>(std::move(closed))) == "ok");
  BOOST_TEST(around->closed == 1);
}

BOOST_AUTO_TEST_CASE(a_loss_is_noticed_while_it_is_idle) {
  auto session = opened();
  auto end = client.end_of(session);
  around->lost = true;
  auto reason = end.get();
  BOOST_TEST(to_string(code_of(reason)) == "connection_lost");
  BOOST_TEST(failure_of(reason).cause == "it has gone");
  BOOST_TEST(all_destroyed(1));
}

BOOST_AUTO_TEST_CASE(an_exit_ends_an_open_and_a_request_that_hang) {
  auto opening = client.make();
  auto open = client.start_open(opening, as("hangs"));
  BOOST_TEST(eventually([&] { return around->blocked == 1; }));
  caf::anon_send_exit(opening, caf::exit_reason::user_shutdown);
  BOOST_TEST(brief(take<session_traits>(std::move(open))) == "canceled (open)");
  BOOST_TEST(all_destroyed(1));
  auto session = opened();
  request what;
  what.body = "hang";
  auto answer = client.start_execute(session, what);
  BOOST_TEST(eventually([&] { return around->blocked == 2; }));
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "canceled (execute)");
  BOOST_TEST(all_destroyed(2));
}

BOOST_AUTO_TEST_CASE(a_request_that_hangs_is_given_up_at_its_timeout) {
  auto session = opened();
  auto end = client.end_of(session);
  request what;
  what.body = "hang";
  what.timeout = 20ms;
  BOOST_TEST(brief(client.execute(session, what)) == "timeout (execute)");
  BOOST_TEST(to_string(code_of(end.get())) == "connection_lost");
  BOOST_TEST(all_destroyed(1));
}

BOOST_AUTO_TEST_SUITE_END()
