#include "report.hpp"

#include <cinttypes>
#include <cstdio>
#include <string>

namespace tieline::soak {

namespace {

const char* name_of(size_t outcome) {
  if (outcome == 0)
    return "ok";
  if (outcome + 1 == request_log::outcomes)
    return "not tieline's";
  return names_of<errc>::values[outcome].data();
}

template <class F>
void print_row(const char* name, F count) {
  uint64_t sum = 0;
  std::string row;
  for (size_t i = 0; i < request_log::request_kinds.size(); ++i) {
    auto x = count(static_cast<request_kind>(i));
    sum += x;
    auto cell = x == 0 ? std::string{"."} : std::to_string(x);
    row += std::string(cell.size() < 10 ? 10 - cell.size() : 1, ' ') + cell;
  }
  if (sum > 0)
    std::printf("  %-20s%s\n", name, row.c_str());
}

} // namespace

void print(const request_log& log) {
  std::printf("\nrequests by outcome ");
  for (auto& name : request_log::request_kinds)
    std::printf("%*s", name == request_log::request_kinds[0] ? 12 : 10,
                name.data());
  std::printf("\n");
  print_row("asked", [&](request_kind x) { return log.asked_of(x); });
  for (size_t i = 0; i < request_log::outcomes; ++i)
    print_row(name_of(i), [&](request_kind x) { return log.count(x, i); });
  print_row("(caller ended)",
            [&](request_kind x) { return log.dropped_of(x); });
}

void print(const event_log& prompt, const event_log& slow) {
  std::printf("\nevents                 told   told slow one\n");
  for (size_t i = 0; i < prompt.told.size(); ++i) {
    auto what = static_cast<event_kind>(i);
    std::printf("  %-16s %8" PRIu64 "  %14" PRIu64 "\n",
                names_of<event_kind>::values[i].data(), prompt.count(what),
                slow.count(what));
  }
  std::printf("  %-16s %8" PRIu64 "  %14" PRIu64 "\n", "(missed)",
              prompt.missed.load(), slow.missed.load());
}

void print(const sample& before, const std::vector<sample>& run,
           const sample& after) {
  std::printf("\nmedians     before    1st third    2nd third    "
              "last third    at the end\n");
  for (auto& x : limits)
    std::printf("  %-8s %7.1f %12.1f %12.1f %13.1f %13.1f\n", x.name,
                before.*x.value, median(run, x.value, third::first),
                median(run, x.value, third::second),
                median(run, x.value, third::last), after.*x.value);
}

void print(const connection_counters& ours, const lab::counters& theirs) {
  std::printf("\ncounters  created %" PRIu64 ", closed %" PRIu64
              ", opened %" PRIu64 ", failed to open %" PRIu64 ", lost %" PRIu64
              ", evicted %" PRIu64 "\n",
              ours.create_calls, ours.close_calls, ours.open_calls,
              ours.open_failures, ours.losses, ours.evictions);
  std::printf("lab       connections %" PRIu64 ", logins %" PRIu64
              ", rejected %" PRIu64 ", commands %" PRIu64
              ", connections left %" PRIu64 "\n",
              theirs.accepted, theirs.logins_ok, theirs.logins_rejected,
              theirs.execs, theirs.live);
}

} // namespace tieline::soak
