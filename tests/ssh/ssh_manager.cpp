#include "ssh/ssh_manager.hpp"

#include <tieline/actors/manager.hpp>

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <mutex>

namespace tieline::test {

using namespace std::chrono_literals;

settings brisk() {
  settings result;
  result.backoff = 20ms;
  result.backoff_max = 200ms;
  result.breaker_delay = 300ms;
  result.breaker_delay_max = 300ms;
  return result;
}

ssh_manager::ssh_manager(const settings& config)
  : manager(spawn_manager(client.system(), config)) {
  required(ask<bool>(set_factory_atom_v, std::string{"ssh"}, client.factory()));
}

ssh_manager::~ssh_manager() {
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  client.self()->wait_for(manager);
}

connection_key ssh_manager::key_of(int number) {
  return {"host-" + std::to_string(number), "ssh"};
}

std::vector<open_item> ssh_manager::items(int count,
                                          const connection_params& params) {
  std::vector<open_item> result;
  for (int i = 0; i < count; ++i)
    result.push_back({key_of(i), params});
  return result;
}

caf::expected<connection_actor>
ssh_manager::open(const connection_params& params, caf::timespan timeout) {
  auto opened
    = take<std::optional<connection_actor>>(start_open(params, timeout));
  if (!opened)
    return std::move(opened.error());
  return opened->value();
}

std::vector<open_outcome> ssh_manager::open_all(std::vector<open_item> items,
                                                caf::timespan timeout) {
  return required(ask<std::vector<open_outcome>>(caf::open_atom_v,
                                                 std::move(items), timeout));
}

caf::expected<reply> ssh_manager::execute(const connection_actor& connection,
                                          const std::string& line) {
  return take<reply>(start(connection, line));
}

connection_status ssh_manager::status() {
  return required(
           ask<std::optional<connection_status>>(status_atom_v, key_of(0)))
    .value();
}

explanation ssh_manager::explain() {
  return required(ask<std::optional<explanation>>(explain_atom_v, key_of(0)))
    .value();
}

connection_counters ssh_manager::counters() {
  return required(ask<std::optional<connection_counters>>(counters_atom_v,
                                                          std::string{"ssh"}))
    .value_or(connection_counters{});
}

bool ssh_manager::becomes(connection_state expected) {
  return eventually([&] { return status().state == expected; });
}

// Written by an actor, read by a test.
struct event_log::book {
  std::mutex mutex;
  std::vector<lifecycle_event> events;
};

event_log::event_log(ssh_manager& from) : book_(std::make_shared<book>()) {
  listener_ = from.client.system().spawn(
    [book = book_](listener_actor::pointer) -> listener_actor::behavior_type {
      return {[book](lifecycle_event& x) {
        std::lock_guard guard{book->mutex};
        book->events.push_back(std::move(x));
      }};
    });
  required(from.ask<void>(caf::subscribe_atom_v, listener_, selector{}));
}

event_log::~event_log() {
  caf::anon_send_exit(listener_, caf::exit_reason::user_shutdown);
}

size_t event_log::count(event_kind what) const {
  std::lock_guard guard{book_->mutex};
  return static_cast<size_t>(
    std::count_if(book_->events.begin(), book_->events.end(),
                  [what](auto& x) { return x.what == what; }));
}

std::string event_log::told() const {
  std::lock_guard guard{book_->mutex};
  std::string result;
  for (auto& x : book_->events)
    result += (result.empty() ? "" : " ") + to_string(x.what);
  return result;
}

} // namespace tieline::test
