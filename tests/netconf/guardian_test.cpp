#include "support/eventually.hpp"
#include "support/transport_client.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/transports/loopback.hpp>
#include <tieline/transports/netconf/guardian.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

// Against a device of which only the answers are played; see tests/netconf for
// whole ones.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

const connection_key device{"r1", "netconf"};

caf::error refusal(std::string tag) {
  failure context;
  context.at = step::execute;
  context.details["error-tag"] = std::move(tag);
  return make_error(errc::operation_failed, std::move(context));
}

/// A device, and what it was asked: `host operation [what matters of it]`.
class played_device {
public:
  /// Answers the operation, as it is recorded, with this error from now on.
  void refuse(const std::string& line, caf::error reason) {
    std::lock_guard guard{mutex_};
    refused_[line] = std::move(reason);
  }

  std::vector<std::string> asked() const {
    std::lock_guard guard{mutex_};
    return asked_;
  }

  bool was_asked(const std::string& line) const {
    auto all = asked();
    return std::find(all.begin(), all.end(), line) != all.end();
  }

  loopback_script script(const connection_key& key) {
    loopback_script result;
    result.execute = [this, host = key.hostname](const request& what) {
      return answer(host, what);
    };
    return result;
  }

private:
  caf::expected<reply> answer(const std::string& host, const request& what) {
    std::lock_guard guard{mutex_};
    // Without what tells the sessions of one change from others.
    auto line = host.substr(0, host.find('-')) + " " + what.body;
    for (const auto* name : {"confirmed", "persist", "persist-id"})
      if (what.attributes.count(name) > 0)
        line += std::string{" "} + name;
    asked_.push_back(line);
    if (auto id = what.attributes.find("persist"); id != what.attributes.end())
      persist_id_ = id->second;
    if (auto id = what.attributes.find("persist-id");
        id != what.attributes.end() && id->second != persist_id_)
      return refusal("invalid-value");
    if (auto i = refused_.find(line); i != refused_.end())
      return i->second;
    reply result;
    result.attributes["session-id"] = "7";
    return result;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::map<std::string, caf::error> refused_;
  std::string persist_id_;
};

/// A verifier that is content when it is told to be.
struct promised {
  struct record {
    std::mutex mutex;
    std::vector<caf::typed_response_promise<void>> asked;
  };

  std::shared_ptr<record> kept = std::make_shared<record>();
  verifier_actor handle;

  explicit promised(caf::actor_system& sys) {
    handle = sys.spawn([kept = kept](verifier_actor::pointer self) {
      return verifier_actor::behavior_type{
        [self, kept](const connection_actor&) -> caf::result<void> {
          using promise = caf::typed_response_promise<void>;
          std::lock_guard guard{kept->mutex};
          kept->asked.push_back(self->make_response_promise<promise>());
          return kept->asked.back();
        },
      };
    });
  }

  bool asked() const {
    std::lock_guard guard{kept->mutex};
    return !kept->asked.empty();
  }

  void answer() {
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(handle),
                 caf::make_action([kept = kept] {
                   std::lock_guard guard{kept->mutex};
                   for (auto& x : std::exchange(kept->asked, {}))
                     x.deliver();
                 }));
  }
};

struct config : caf::actor_system_config {
  config() {
    init();
    set("caf.scheduler.policy", "sharing");
    set("caf.scheduler.max-threads", 4);
  }
};

struct fixture {
  played_device played;
  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  manager_actor manager = spawn_manager(sys, settings{});
  factory_actor factory = spawn_loopback_factory(
    sys, [this](const connection_key& key) { return played.script(key); });
  guardian_actor guardian;

  fixture() {
    BOOST_REQUIRE(
      take<bool>(compat::request(self.ptr(), manager, hang_limit,
                                 set_factory_atom_v, "netconf", factory)));
    guardian = spawn_netconf_guardian(sys, manager, device,
                                      connection_params{});
  }

  ~fixture() {
    for (caf::actor x : {caf::actor_cast<caf::actor>(guardian),
                         caf::actor_cast<caf::actor>(manager),
                         caf::actor_cast<caf::actor>(factory)})
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    self->wait_for(manager);
  }

  static guarded_change some_change() {
    guarded_change result;
    result.config = "<x xmlns=\"urn:x\"/>";
    return result;
  }

  /// Spawns one that answers with this, or never.
  verifier_actor verifier(std::optional<caf::error> answer) {
    using promise = caf::typed_response_promise<void>;
    return sys.spawn([answer](verifier_actor::pointer self) {
      auto kept = std::make_shared<std::vector<promise>>();
      return verifier_actor::behavior_type{
        [self, answer, kept](const connection_actor&) -> caf::result<void> {
          if (!answer) {
            kept->push_back(self->make_response_promise<promise>());
            return kept->back();
          }
          if (answer->empty())
            return caf::unit;
          return *answer;
        },
      };
    });
  }

  auto start(const verifier_actor& how, guarded_change what = some_change()) {
    return compat::request(self.ptr(), guardian, hang_limit, std::move(what),
                           how);
  }

  std::string apply(const verifier_actor& how,
                    guarded_change what = some_change()) {
    auto result = take<void>(start(how, std::move(what)));
    return result ? "ok" : to_string(code_of(result.error()));
  }

  void check_nothing_is_left() {
    auto all = take<std::vector<connection_status>>(
      compat::request(self.ptr(), manager, hang_limit, status_atom_v));
    BOOST_REQUIRE(all);
    BOOST_TEST(all->empty());
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(guardian_test)

BOOST_FIXTURE_TEST_SUITE(guardian, fixture)

BOOST_AUTO_TEST_CASE(a_good_change_is_confirmed_by_the_session_with_the_lock) {
  BOOST_TEST(apply(verifier(caf::error{})) == "ok");
  std::vector<std::string> expected{"r1+change lock", "r1+change edit-config",
                                    "r1+change validate",
                                    "r1+change commit confirmed persist",
                                    "r1+change commit persist-id"};
  BOOST_TEST(played.asked() == expected, boost::test_tools::per_element());
  check_nothing_is_left();
}

BOOST_AUTO_TEST_CASE(a_change_that_the_verifier_rejects_is_canceled) {
  BOOST_TEST(apply(verifier(make_error(errc::unreachable, {})))
             == "unreachable");
  BOOST_TEST(played.was_asked("r1+change cancel-commit persist-id"));
  BOOST_TEST(!played.was_asked("r1+change commit persist-id"));
  check_nothing_is_left();
}

BOOST_AUTO_TEST_CASE(a_verifier_that_never_answers_is_waited_for_in_bounds) {
  auto what = some_change();
  what.confirm_timeout = 1s;
  BOOST_TEST(apply(verifier(std::nullopt), what) == "timeout");
  BOOST_TEST(played.was_asked("r1+change cancel-commit persist-id"));
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_denied_leaves_the_candidate_alone) {
  played.refuse("r1+change lock", refusal("lock-denied"));
  BOOST_TEST(apply(verifier(caf::error{})) == "operation_failed");
  BOOST_TEST(played.asked() == std::vector<std::string>{"r1+change lock"},
             boost::test_tools::per_element());
  check_nothing_is_left();
}

BOOST_AUTO_TEST_CASE(an_edit_that_is_refused_is_discarded) {
  played.refuse("r1+change edit-config", refusal("bad-element"));
  BOOST_TEST(apply(verifier(caf::error{})) == "operation_failed");
  BOOST_TEST(played.was_asked("r1+change discard-changes"));
  BOOST_TEST(!played.was_asked("r1+change commit confirmed persist"));
}

BOOST_AUTO_TEST_CASE(a_device_without_validate_gets_none) {
  played.refuse("r1+change validate", make_error(errc::unsupported, {}));
  BOOST_TEST(apply(verifier(caf::error{})) == "ok");
}

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_is_lost_is_canceled) {
  played.refuse("r1+change commit confirmed persist",
                make_error(errc::timeout, {}));
  BOOST_TEST(apply(verifier(caf::error{})) == "timeout");
  BOOST_TEST(played.was_asked("r1+change cancel-commit persist-id"));
}

BOOST_AUTO_TEST_CASE(a_confirmation_that_is_lost_is_made_by_the_other_session) {
  played.refuse("r1+change commit persist-id", make_error(errc::timeout, {}));
  BOOST_TEST(apply(verifier(caf::error{})) == "ok");
  BOOST_TEST(played.was_asked("r1+verify commit persist-id"));
}

BOOST_AUTO_TEST_CASE(it_says_when_it_does_not_know) {
  played.refuse("r1+change commit persist-id", make_error(errc::timeout, {}));
  played.refuse("r1+verify commit persist-id", make_error(errc::timeout, {}));
  auto result = take<void>(start(verifier(caf::error{})));
  BOOST_REQUIRE(!result);
  BOOST_TEST(failure_of(result.error()).cause.find("not known")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_change_is_refused_meanwhile_and_taken_after) {
  auto what = some_change();
  what.confirm_timeout = 2s;
  auto first = start(verifier(std::nullopt), what);
  BOOST_TEST(apply(verifier(caf::error{})) == "overloaded");
  BOOST_TEST(!take<void>(std::move(first)));
  BOOST_TEST(apply(verifier(caf::error{})) == "ok");
}

BOOST_AUTO_TEST_CASE(a_change_whose_owner_ends_is_undone) {
  auto held = verifier(std::nullopt);
  auto what = some_change();
  what.confirm_timeout = 1h;
  auto owner = sys.spawn([&, what](caf::event_based_actor* me) {
    compat::request(me, guardian, caf::infinite, what, held).then([] {});
  });
  BOOST_TEST(eventually(
    [&] { return played.was_asked("r1+change commit confirmed persist"); }));
  caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  BOOST_TEST(eventually(
    [&] { return played.was_asked("r1+change cancel-commit persist-id"); }));
  BOOST_TEST(!played.was_asked("r1+change commit persist-id"));
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  auto what = some_change();
  what.confirm_timeout = 999ms;
  BOOST_TEST(apply(verifier(caf::error{}), what) == "invalid_request");
  what.confirm_timeout = caf::infinite;
  BOOST_TEST(apply(verifier(caf::error{}), what) == "invalid_request");
  BOOST_TEST(played.asked().empty());
}

BOOST_AUTO_TEST_CASE(a_commit_that_is_refused_leaves_nothing_in_the_candidate) {
  played.refuse("r1+change commit confirmed persist",
                refusal("operation-failed"));
  played.refuse("r1+change cancel-commit persist-id", refusal("invalid-value"));
  BOOST_TEST(apply(verifier(caf::error{})) == "operation_failed");
  BOOST_TEST(played.asked().back() == "r1+change discard-changes");
}

BOOST_AUTO_TEST_CASE(a_change_that_is_canceled_leaves_the_candidate) {
  BOOST_TEST(apply(verifier(make_error(errc::unreachable, {})))
             == "unreachable");
  BOOST_TEST(played.asked().back() == "r1+change discard-changes");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_guardian_leaves_no_session) {
  auto what = some_change();
  what.confirm_timeout = 1h;
  auto answer = start(verifier(std::nullopt), what);
  BOOST_TEST(eventually(
    [&] { return played.was_asked("r1+change commit confirmed persist"); }));
  caf::anon_send_exit(guardian, caf::exit_reason::user_shutdown);
  BOOST_TEST(!take<void>(std::move(answer)));
  BOOST_TEST(eventually([&] {
    return take<std::vector<connection_status>>(
             compat::request(self.ptr(), manager, hang_limit, status_atom_v))
      ->empty();
  }));
}

BOOST_AUTO_TEST_CASE(another_guardian_of_the_device_does_no_harm) {
  promised held{sys};
  auto first = start(held.handle);
  BOOST_TEST(eventually([&] { return held.asked(); }));
  played.refuse("r1+change lock", refusal("lock-denied"));
  auto other = spawn_netconf_guardian(sys, manager, device,
                                      connection_params{});
  std::swap(guardian, other);
  BOOST_TEST(apply(verifier(caf::error{})) == "operation_failed");
  std::swap(guardian, other);
  held.answer();
  auto result = take<void>(std::move(first));
  BOOST_TEST_INFO((result ? "ok" : describe(result.error())));
  BOOST_TEST(bool(result));
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  check_nothing_is_left();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
