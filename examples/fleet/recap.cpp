#include "fleet/recap.hpp"

#include "fleet/text.hpp"

#include <tieline/messages/support/printable.hpp>
#include <tieline/messages/support/text.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace fleet {

using tieline::counted;

std::string to_text(const recap& x, bool verbose) {
  auto& all = x.tally;
  std::string result = x.interrupted ? "recap (interrupted): " : "recap: ";
  result += counted(all.hosts, "host") + ", " + std::to_string(all.ok) + " ok, "
            + std::to_string(all.failed) + " failed, "
            + std::to_string(all.unreachable) + " unreachable";
  if (all.no_status > 0)
    result += ", " + std::to_string(all.no_status) + " without exit status";
  if (all.canceled() > 0)
    result += ", " + std::to_string(all.canceled()) + " not done";
  result += ", " + seconds(x.elapsed) + '\n';
  std::vector<std::pair<std::string, size_t>> causes{all.causes.begin(),
                                                     all.causes.end()};
  std::stable_sort(causes.begin(), causes.end(), [](auto& lhs, auto& rhs) {
    return lhs.second > rhs.second;
  });
  for (auto& [cause, count] : causes)
    result += "  " + std::to_string(count) + "x " + tieline::printable(cause)
              + '\n';
  if (verbose)
    result += "  " + counted(x.threads, "thread") + " at peak with "
              + counted(x.hosts_at_once, "host") + " at once, cpu "
              + seconds(x.cpu) + '\n';
  return result;
}

} // namespace fleet
