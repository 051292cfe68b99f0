#include "ssh/ssh_manager.hpp"

#include <algorithm>

namespace tieline::test {

ssh_manager::ssh_manager(const settings& config)
  : manager_client("ssh", config) {
  // nop
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

std::vector<open_outcome> ssh_manager::open_all(std::vector<open_item> items,
                                                caf::timespan timeout) {
  return required(query<std::vector<open_outcome>>(caf::open_atom_v,
                                                   std::move(items), timeout));
}

connection_status ssh_manager::status() {
  return required(
           query<std::optional<connection_status>>(status_atom_v, key_of(0)))
    .value();
}

explanation ssh_manager::explain() {
  return required(query<std::optional<explanation>>(explain_atom_v, key_of(0)))
    .value();
}

connection_counters ssh_manager::counters() {
  return required(query<std::optional<connection_counters>>(counters_atom_v,
                                                            std::string{"ssh"}))
    .value_or(connection_counters{});
}

bool ssh_manager::becomes(connection_state expected) {
  return eventually([&] { return status().state == expected; });
}

event_log::event_log(ssh_manager& from) : event_recorder(from.client.system()) {
  required(from.query<void>(caf::subscribe_atom_v, handle(), selector{}));
}

size_t event_log::count(event_kind what) const {
  auto all = told();
  return static_cast<size_t>(std::count_if(
    all.begin(), all.end(), [&](auto& x) { return x.what == what; }));
}

std::vector<std::string> event_log::details(event_kind what) const {
  std::vector<std::string> result;
  for (auto& x : told())
    if (x.what == what)
      result.push_back(x.detail);
  return result;
}

std::string event_log::text() const {
  std::string result;
  for (auto& x : told())
    result += (result.empty() ? "" : " ") + to_string(x.what);
  return result;
}

} // namespace tieline::test
