#include "course.hpp"

#include "chaos.hpp"
#include "crowd.hpp"
#include "dice.hpp"
#include "operator.hpp"
#include "recovery.hpp"
#include "report.hpp"
#include "support/transport_client.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_registry.hpp>

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <thread>
#include <utility>

namespace tieline::soak {

using namespace std::chrono_literals;

// The same number of workers on all machines, so that figures compare.
course::config::config() {
  init();
  set("caf.scheduler.policy", "sharing");
  set("caf.scheduler.max-threads", 4);
}

course::course(const options& how, lab_process& lab, const site& where)
  : how_(how),
    lab_(lab),
    where_(where),
    system_(config_),
    self_(system_),
    before_(soak::take_sample(system_)),
    factory_(spawn_ssh_factory(system_, where.ssh())),
    stage_{lab_, where_, book_, spawn_manager(system_, where.impatient())},
    listener_(spawn_listener(system_, heard_, 0s)),
    slow_listener_(spawn_listener(system_, heard_slowly_, 5s)) {
  if (!ask<bool>(stage_.manager, set_factory_atom_v, std::string{"ssh"},
                 factory_))
    blame("the manager takes no factory");
  for (auto& listener : {listener_, slow_listener_})
    if (!ask<void>(stage_.manager, caf::subscribe_atom_v, listener, selector{}))
      blame("the manager takes no listener");
  dice d{how.seed};
  chaos_ = spawn_chaos(system_, stage_, d.seed());
  operator_ = spawn_operator(system_, stage_, d.seed());
  crowd_ = spawn_crowd(system_, stage_, how.callers, d.seed());
}

course::~course() {
  for (auto& player : {crowd_, operator_, chaos_})
    caf::anon_send_exit(player, caf::exit_reason::kill);
  for (auto& listener : {listener_, slow_listener_})
    caf::anon_send_exit(listener, caf::exit_reason::kill);
  caf::anon_send_exit(stage_.manager, caf::exit_reason::kill);
  caf::anon_send_exit(factory_, caf::exit_reason::kill);
  // They use what is destroyed next.
  test::eventually([this] { return actors_left() == 0; });
}

int64_t course::actors_left() {
  return static_cast<int64_t>(system_.registry().running())
         - static_cast<int64_t>(before_.actors);
}

template <class T, class Handle, class... Ts>
caf::expected<T> course::ask(const Handle& whom, Ts... words) {
  return test::take<T>(
    compat::request(self_.ptr(), whom, test::hang_limit, std::move(words)...));
}

void course::play() {
  auto start = std::chrono::steady_clock::now();
  for (auto passed = 1s; passed <= how_.time; ++passed) {
    auto answers = book_.answered_in_all();
    std::this_thread::sleep_until(start + passed);
    take_sample();
    report_progress(passed, book_.answered_in_all() - answers);
  }
}

void course::take_sample() {
  auto now = soak::take_sample(system_);
  if (auto all = ask<std::vector<connection_status>>(stage_.manager,
                                                     status_atom_v))
    now.sessions = static_cast<double>(
      std::count_if(all->begin(), all->end(),
                    [](auto& x) { return x.state == connection_state::open; }));
  else
    blame("the manager does not tell how it is: " + describe(all.error()));
  samples_.push_back(now);
}

void course::report_progress(std::chrono::seconds passed, uint64_t answers) {
  static const bool terminal = isatty(STDOUT_FILENO) != 0;
  if (!terminal && passed.count() % 5 != 0 && passed != how_.time)
    return;
  auto& now = samples_.back();
  std::printf("%s%4" PRId64 " s: %5.1f MiB, %3.0f fds, %2.0f threads, %3.0f "
              "actors, %2.0f sessions, %4" PRIu64 " answers/s, %" PRIu64
              " events%s",
              terminal ? "\r" : "", static_cast<int64_t>(passed.count()),
              now.rss_mib, now.fds, now.threads, now.actors, now.sessions,
              answers, heard_.told_in_all(), terminal ? "   " : "\n");
  if (terminal && passed == how_.time)
    std::printf("\n");
  std::fflush(stdout);
}

// The callers before the chaos: what happens to them now has to end, too.
void course::settle() {
  for (auto [name, player] :
       {std::pair{"callers", crowd_}, std::pair{"operator", operator_},
        std::pair{"chaos", chaos_}})
    if (auto done = ask<void>(player, caf::close_atom_v); !done)
      blame(std::string{"the "} + name
            + " did not come to an end: " + to_string(done.error()));
  check_answers();
}

void course::check_answers() {
  for (size_t i = 0; i < ledger::questions.size(); ++i) {
    auto what = static_cast<question>(i);
    auto over = book_.answered_of(what) + book_.dropped_of(what);
    if (book_.asked_of(what) == over)
      continue;
    blame(std::to_string(book_.asked_of(what)) + " requests of kind '"
          + std::string{ledger::questions.at(i)} + "' were asked, but "
          + std::to_string(over) + " answered or dropped");
  }
  if (book_.count(question::execute, 0) == 0)
    blame("not a single command was executed");
}

void course::recover() {
  for (auto& text : soak::recover(self_, stage_))
    blame(std::move(text));
}

void course::end() {
  if (auto closed = ask<uint64_t>(stage_.manager, close_all_atom_v); !closed)
    blame("closing all failed: " + describe(closed.error()));
  else if (*closed != where_.size())
    blame("closing all closed " + std::to_string(*closed) + " connections of "
          + std::to_string(where_.size()));
  if (auto all = ask<counters_snapshot>(stage_.manager, counters_atom_v))
    counters_ = (*all)["ssh"];
  else
    blame("the manager does not tell its counters");
  if (auto done = ask<void>(stage_.manager, shutdown_atom_v, caf::timespan{0});
      !done)
    blame("the manager does not end: " + describe(done.error()));
  check_counters();
  check_lab();
  for (auto& listener : {listener_, slow_listener_})
    caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(factory_, caf::exit_reason::user_shutdown);
  if (!test::eventually([this] { return actors_left() == 0; }))
    blame(std::to_string(actors_left()) + " actors are left");
  after_ = soak::take_sample(system_);
  for (auto& text : growth(samples_))
    blame(std::move(text));
  auto sessions = median(samples_, &sample::sessions, third::last);
  auto most = static_cast<double>(where_.impatient().max_sessions);
  if (sessions > most)
    blame(std::to_string(sessions) + " sessions are up, where "
          + std::to_string(most) + " may be");
  if (auto text = heap_left(before_, after_); !text.empty())
    blame(std::move(text));
  for (auto& text : book_.complaints())
    blame(std::move(text));
}

void course::check_counters() {
  auto expect_same = [this](const char* what, uint64_t x, uint64_t y) {
    if (x != y)
      blame(std::string{what} + ": " + std::to_string(x) + " and "
            + std::to_string(y));
  };
  expect_same("created and closed differ", counters_.create_calls,
              counters_.close_calls);
  if (heard_.missed > 0)
    return;
  auto expect_heard = [&](event_kind what, uint64_t count) {
    test::eventually([&] { return heard_.count(what) >= count; }, 5s);
    expect_same(("counted and heard differ for " + to_string(what)).c_str(),
                count, heard_.count(what));
  };
  expect_heard(event_kind::opened, counters_.open_calls);
  expect_heard(event_kind::open_failed, counters_.open_failures);
  expect_heard(event_kind::lost, counters_.losses);
  expect_heard(event_kind::closed, counters_.close_calls);
}

void course::check_lab() {
  if (auto logins = lab_.count_all().logins_ok; logins < counters_.open_calls)
    blame(std::to_string(counters_.open_calls) + " sessions were opened by "
          + std::to_string(logins) + " logins");
  auto connections = [this] { return lab_.count_all().live; };
  if (test::eventually([&] { return connections() == 0; }, 10s))
    return;
  std::string where;
  for (size_t i = 0; i < where_.size(); ++i)
    if (auto live = lab_.count(i).live; live > 0)
      where += ' ' + where_.key(i).hostname + ':' + std::to_string(live);
  blame(std::to_string(connections()) + " connections are left:" + where);
}

void course::print() const {
  soak::print(book_);
  soak::print(heard_, heard_slowly_);
  soak::print(before_, samples_, after_);
  soak::print(counters_, lab_.count_all());
  std::fflush(stdout);
}

} // namespace tieline::soak
