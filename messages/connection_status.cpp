#include "tieline/messages/connection_status.hpp"

#include "tieline/messages/failure.hpp"

namespace tieline {

namespace {

template <class Key>
void add_all(std::map<Key, uint64_t>& to, const std::map<Key, uint64_t>& from) {
  for (const auto& [key, count] : from)
    to[key] += count;
}

} // namespace

void connection_summary::add(const connection_status& x) {
  ++total;
  ++states[x.state];
  if (x.held != hold::none)
    ++held[x.held];
  if (!x.last_error.empty())
    ++errors[code_of(x.last_error)];
  queued += x.queued;
  in_flight += x.in_flight;
}

void connection_summary::add(const connection_summary& x) {
  total += x.total;
  add_all(states, x.states);
  add_all(held, x.held);
  add_all(errors, x.errors);
  queued += x.queued;
  in_flight += x.in_flight;
}

} // namespace tieline
