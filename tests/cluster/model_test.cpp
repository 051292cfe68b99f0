#include "cluster/cluster_fixture.hpp"
#include "support/actors/model.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>

// A cluster whose nodes are cut off, fenced, told different things, asked to
// leave and to join, while callers open and use keys at all of them: random
// operations, random scheduling, virtual time.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

using maybe_connection = std::optional<connection_actor>;

const names all{"a", "b", "c"};

class run : model_run {
public:
  run(uint64_t seed, tally& results)
    : model_run(seed),
      results_(results),
      fixture_(std::make_unique<cluster_fixture>(all)) {
    for (size_t i = 0; i < 4; ++i)
      keys_.push_back({"r" + std::to_string(i), "fake"});
  }

  void go() {
    for (auto steps = pick(80) + 20; steps > 0; --steps) {
      move();
      schedule(pick(12));
      if (pick(3) == 0) {
        fixture_->settle();
        check_single();
      }
    }
    mend();
    check_answers();
    check_counters();
    handles_.clear();
    opens_.clear();
    orders_.clear();
    fixture_.reset();
  }

private:
  std::string any_node() {
    return any(all);
  }

  router_actor router(const std::string& name) {
    return (*fixture_)[name].router;
  }

  void schedule(uint64_t jobs) {
    model_run::schedule(*fixture_, jobs);
  }

  names random_nodes() {
    names result;
    for (const auto& name : all)
      if (pick(4) != 0)
        result.push_back(name);
    return result;
  }

  caf::timespan random_timeout() {
    const caf::timespan choices[] = {0ms, 100ms, 2s, 60s};
    return any(choices);
  }

  void move() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        opens_.push_back(fixture_->ask<maybe_connection>(
          router(any_node()), caf::open_atom_v, any(keys_),
          params_for(pick(3) == 0 ? "other" : "admin"), random_timeout()));
        break;
      case 3:
      case 4:
        use();
        break;
      case 5:
      case 6:
        plugin_acts();
        break;
      case 7:
        tell_some();
        break;
      case 8:
        if (pick(2) == 0)
          orders_.push_back(fixture_->ask<caf::unit_t>(
            router(any_node()), leave_atom_v, any_node(), random_timeout()));
        else
          orders_.push_back(fixture_->ask<caf::unit_t>(
            router(any_node()), join_atom_v, any_node()));
        break;
      case 9: {
        auto& cut = *(*fixture_)[any_node()].cut;
        cut = !cut;
        break;
      }
      case 10:
        if (pick(3) == 0)
          closes_.push_back(fixture_->ask<bool>(router(any_node()),
                                                caf::close_atom_v, any(keys_)));
        break;
      default:
        fixture_->advance(caf::timespan{pick(3000) * 1000000});
        break;
    }
    for (auto& open : opens_)
      if (open.ok() && open.value() && pick(4) == 0)
        handles_.push_back(*open.value());
    if (handles_.size() > 8)
      handles_.erase(handles_.begin(), handles_.begin() + 4);
  }

  void use() {
    if (handles_.empty())
      return;
    request what;
    what.body = std::to_string(executes_.size());
    what.timeout = random_timeout();
    executes_.push_back(
      fixture_->ask<reply>(any(handles_), execute_atom_v, std::move(what)));
  }

  template <class F>
  void each_session(F f) {
    for (const auto& name : all)
      for (auto& session : (*fixture_)[name].plugin.sessions())
        if (session->alive)
          f(*session);
  }

  void plugin_acts() {
    each_session([this](fake_session& session) {
      if (pick(2) == 0)
        return;
      if (session.wants_open())
        pick(8) == 0 ? session.open_fails(make_error(errc::refused, {}))
                     : session.open_ok();
      else if (session.work() > 0)
        session.finish_one();
      else if (session.wants_close())
        session.close_ok();
      else if (pick(10) == 0)
        session.lose();
    });
  }

  /// Tells one node or all something, right or wrong; without its lease for
  /// one at times.
  void tell_some() {
    auto who = any_node();
    if (pick(4) == 0) {
      cluster_view lost;
      (*fixture_)[who].coordinator->tell(lost);
      fenced_.insert(who);
      return;
    }
    if (fenced_.count(who) != 0) {
      // As etcd's coordinator, which waits until all is closed.
      if (!(*fixture_)[who].coordinator->acted())
        return;
      fenced_.erase(who);
    }
    fixture_->tell({who}, random_nodes());
  }

  void check_single() {
    if (fixture_->doubles() != 0)
      require(false, "two sessions for one key");
  }

  /// Everything well again, and time for all to end.
  void mend() {
    for (const auto& name : all)
      *(*fixture_)[name].cut = false;
    for (auto round = 0; round < 4; ++round)
      serve_all();
    for (const auto& name : all)
      fixture_->ask_now<caf::unit_t>(router(name), join_atom_v, name);
    fixture_->tell_all(all);
    for (auto round = 0; round < 20; ++round) {
      serve_all();
      check_single();
    }
    for (const auto& key : keys_) {
      auto open = fixture_->open(any_node(), key);
      for (auto round = 0; round < 4 && !open.arrived(); ++round)
        serve_all();
      require(open.ok(), "a key cannot be opened when all is well: "
                           + (open.arrived() ? describe(open.error())
                                             : std::string{"no answer"}));
      auto now = fixture_->sessions(key);
      require(now == names{owner(key)}, key.hostname + " is with "
                                          + (now.empty() ? "nobody" : now[0])
                                          + " instead of " + owner(key));
      // Whatever became of handles that were given out before.
      auto used = fixture_->execute(*open.value(), "used");
      serve_all();
      require(used.ok(), "a key that was just opened cannot be used: "
                           + (used.arrived() ? describe(used.error())
                                             : std::string{"no answer"}));
    }
    auto closed = fixture_->ask_now<uint64_t>(router("a"), close_all_atom_v);
    serve_all();
    require(closed.ok(), "close_all was not answered");
  }

  std::string owner(const connection_key& key) {
    std::vector<cluster_node> nodes(3);
    for (size_t i = 0; i < 3; ++i)
      nodes[i].name = all[i];
    return shard_map{nodes}.owner(shard_of(key));
  }

  void serve_all() {
    for (auto round = 0; round < 3; ++round) {
      fixture_->settle();
      each_session([](fake_session& session) {
        if (session.wants_open())
          session.open_ok();
        for (auto i = session.work(); i > 0; --i)
          session.finish_one();
        if (session.wants_close())
          session.close_ok();
      });
    }
    fixture_->advance(20s);
  }

  template <class T>
  void check(const std::string& what, std::vector<answer<T>>& answers) {
    for (auto& one : answers) {
      require(one.arrived(), what + " was not answered");
      require(one.count() == 1, what + " was answered twice");
      require(one.ok() || one.code() != errc::none,
              what + " was answered an error that is not ours: "
                + (one.ok() ? std::string{} : caf::to_string(one.error())));
      auto code = one.ok() ? "ok" : std::string{to_string(one.code())};
      ++results_[what + ": " + code];
    }
  }

  void check_answers() {
    check("open", opens_);
    check("execute", executes_);
    check("order", orders_);
    check("close", closes_);
    for (size_t i = 0; i < executes_.size(); ++i)
      if (executes_[i].ok())
        require(executes_[i].value().output == std::to_string(i),
                "an answer to another's request");
  }

  void check_counters() {
    auto sum = fixture_->ask_now<counters_snapshot>(router("b"),
                                                    counters_atom_v);
    auto& fake = sum.value().at("fake");
    require(fake.create_calls == fake.close_calls,
            "not all that was made was closed");
    size_t opened = 0;
    for (const auto& name : all)
      for (auto& session : (*fixture_)[name].plugin.sessions()) {
        require(!session->alive || !session->opened, "a session is left");
        opened += session->opened;
      }
    // An attempt that was given up may have succeeded all the same.
    require(fake.open_calls <= opened, "more opens are counted than were");
  }

  tally& results_;
  std::unique_ptr<cluster_fixture> fixture_;
  std::vector<connection_key> keys_;
  std::set<std::string> fenced_;
  std::vector<connection_actor> handles_;
  std::vector<answer<maybe_connection>> opens_;
  std::vector<answer<reply>> executes_;
  std::vector<answer<caf::unit_t>> orders_;
  std::vector<answer<bool>> closes_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(model_test)

BOOST_AUTO_TEST_CASE(no_key_has_two_sessions_and_no_request_is_unanswered) {
  auto one = [](uint64_t seed, tally& results) { run{seed, results}.go(); };
  run_model(1000,
            {"open: ok", "open: timeout", "open: not_owner", "open: node_lost",
             "open: refused", "execute: ok", "execute: connection_lost",
             "execute: closed", "execute: timeout", "order: ok", "close: ok"},
            one);
}

BOOST_AUTO_TEST_SUITE_END()
