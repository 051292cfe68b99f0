#include "soak_run.hpp"

#include "fault_injector.hpp"
#include "operator.hpp"
#include "random_source.hpp"
#include "recovery.hpp"
#include "report.hpp"
#include "support/transport_client.hpp"
#include "workload.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_registry.hpp>
#include <caf/after.hpp>

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace tieline::soak {

using namespace std::chrono_literals;

// The same number of workers on all machines, so that figures compare.
soak_run::config::config() {
  init();
  set("caf.scheduler.policy", "sharing");
  set("caf.scheduler.max-threads", 4);
}

soak_run::soak_run(const options& how, lab_process& lab, const inventory& where)
  : how_(how),
    lab_(lab),
    where_(where),
    system_(config_),
    self_(system_),
    before_(soak::take_sample(system_)),
    factory_(spawn_ssh_factory(system_, where.ssh())),
    context_{lab_, where_, log_, spawn_manager(system_, where.impatient())},
    listener_(spawn_listener(system_, heard_, 0s)),
    slow_listener_(spawn_listener(system_, heard_slowly_, 5s)) {
  if (!ask<bool>(context_.manager, set_factory_atom_v, std::string{"ssh"},
                 factory_))
    violation("the manager takes no factory");
  for (auto& listener : {listener_, slow_listener_})
    if (!ask<void>(context_.manager, caf::subscribe_atom_v, listener,
                   selector{}))
      violation("the manager takes no listener");
  random_source d{how.seed};
  fault_injector_ = spawn_fault_injector(system_, context_, d.seed());
  operator_ = spawn_operator(system_, context_, d.seed());
  workload_ = spawn_workload(system_, context_, how.callers, d.seed());
}

soak_run::~soak_run() {
  for (auto& participant : {workload_, operator_, fault_injector_})
    caf::anon_send_exit(participant, caf::exit_reason::kill);
  for (auto& listener : {listener_, slow_listener_})
    caf::anon_send_exit(listener, caf::exit_reason::kill);
  caf::anon_send_exit(context_.manager, caf::exit_reason::kill);
  caf::anon_send_exit(factory_, caf::exit_reason::kill);
  // They use what is destroyed next.
  test::eventually([this] { return actors_left() == 0; });
}

int64_t soak_run::actors_left() {
  return static_cast<int64_t>(system_.registry().running())
         - static_cast<int64_t>(before_.actors);
}

template <class T, class Handle, class... Ts>
caf::expected<T> soak_run::ask(const Handle& whom, Ts... words) {
  return test::take<T>(
    compat::request(self_.ptr(), whom, test::hang_limit, std::move(words)...));
}

void soak_run::wait_until(std::chrono::steady_clock::time_point when) {
  auto left = when - std::chrono::steady_clock::now();
  self_->receive(caf::after(std::max<caf::timespan>(left, 0s)) >> [] {});
}

void soak_run::play() {
  auto start = std::chrono::steady_clock::now();
  for (auto passed = 1s; passed <= how_.time; ++passed) {
    auto answers = log_.answered_in_all();
    wait_until(start + passed);
    take_sample();
    report_progress(passed, log_.answered_in_all() - answers);
  }
}

void soak_run::take_sample() {
  auto now = soak::take_sample(system_);
  if (auto all = ask<std::vector<connection_status>>(context_.manager,
                                                     status_atom_v))
    now.sessions = static_cast<double>(
      std::count_if(all->begin(), all->end(),
                    [](auto& x) { return x.state == connection_state::open; }));
  else
    violation("the manager does not tell how it is: " + describe(all.error()));
  samples_.push_back(now);
}

void soak_run::report_progress(std::chrono::seconds passed, uint64_t answers) {
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

// The callers before the fault injector: what happens to them now has to end,
// too.
void soak_run::settle() {
  for (auto [name, participant] :
       {std::pair{"callers", workload_}, std::pair{"operator", operator_},
        std::pair{"fault injector", fault_injector_}})
    if (auto done = ask<void>(participant, caf::close_atom_v); !done)
      violation(std::string{"the "} + name
                + " did not come to an end: " + to_string(done.error()));
  check_answers();
}

void soak_run::check_answers() {
  for (size_t i = 0; i < request_log::request_kinds.size(); ++i) {
    auto what = static_cast<request_kind>(i);
    auto over = log_.answered_of(what) + log_.dropped_of(what);
    if (log_.asked_of(what) == over)
      continue;
    violation(std::to_string(log_.asked_of(what)) + " requests of kind '"
              + std::string{request_log::request_kinds.at(i)}
              + "' were asked, but " + std::to_string(over)
              + " answered or dropped");
  }
  if (log_.count(request_kind::execute, 0) == 0)
    violation("not a single command was executed");
}

void soak_run::recover() {
  for (auto& text : soak::recover(self_, context_))
    violation(std::move(text));
}

void soak_run::end() {
  if (auto closed = ask<uint64_t>(context_.manager, close_all_atom_v); !closed)
    violation("closing all failed: " + describe(closed.error()));
  else if (*closed != where_.size())
    violation("closing all closed " + std::to_string(*closed)
              + " connections of " + std::to_string(where_.size()));
  if (auto all = ask<counters_snapshot>(context_.manager, counters_atom_v))
    counters_ = (*all)["ssh"];
  else
    violation("the manager does not tell its counters");
  if (auto done = ask<void>(context_.manager, shutdown_atom_v,
                            caf::timespan{0});
      !done)
    violation("the manager does not end: " + describe(done.error()));
  check_counters();
  check_lab();
  for (auto& listener : {listener_, slow_listener_})
    caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(factory_, caf::exit_reason::user_shutdown);
  if (!test::eventually([this] { return actors_left() == 0; }))
    violation(std::to_string(actors_left()) + " actors are left");
  after_ = soak::take_sample(system_);
  for (auto& text : growth(samples_))
    violation(std::move(text));
  auto sessions = median(samples_, &sample::sessions, third::last);
  auto most = static_cast<double>(where_.impatient().max_sessions);
  if (sessions > most)
    violation(std::to_string(sessions) + " sessions are up, where "
              + std::to_string(most) + " may be");
  if (auto text = heap_left(before_, after_); !text.empty())
    violation(std::move(text));
  for (auto& text : log_.violations())
    violation(std::move(text));
}

void soak_run::check_counters() {
  auto expect_same = [this](const char* what, uint64_t x, uint64_t y) {
    if (x != y)
      violation(std::string{what} + ": " + std::to_string(x) + " and "
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

void soak_run::check_lab() {
  if (auto logins = lab_.count_all().logins_ok; logins < counters_.open_calls)
    violation(std::to_string(counters_.open_calls) + " sessions were opened by "
              + std::to_string(logins) + " logins");
  auto connections = [this] { return lab_.count_all().live; };
  if (test::eventually([&] { return connections() == 0; }, 10s))
    return;
  std::string where;
  for (size_t i = 0; i < where_.size(); ++i)
    if (auto live = lab_.count(i).live; live > 0)
      where += ' ' + where_.key(i).hostname + ':' + std::to_string(live);
  violation(std::to_string(connections()) + " connections are left:" + where);
}

void soak_run::print() const {
  soak::print(log_);
  soak::print(heard_, heard_slowly_);
  soak::print(before_, samples_, after_);
  soak::print(counters_, lab_.count_all());
  std::fflush(stdout);
}

} // namespace tieline::soak
