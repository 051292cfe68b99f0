#pragma once

#include "support/fault_listener.hpp"
#include "support/leak_check.hpp"
#include "support/loopback_ports.hpp"
#include "support/text.hpp"
#include "support/transport_client.hpp"

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace tieline::test {

/// A peer that is at fault, and the error in which an open of it ends.
struct opening_fault {
  const char* name;
  fault_script script;
  std::string expected;
  /// What the plugin speaks to it, if it speaks several protocols.
  std::string scheme = {};
};

std::ostream& operator<<(std::ostream& out, const opening_fault& x);

/// Returns the faults that a peer of any protocol may have, and then `others`.
/// @param at the step of a session whose peer should speak
/// @param greeting what a good peer says at first, if it speaks first at all
/// @param scheme see @ref opening_fault
std::vector<opening_fault>
opening_faults(const std::string& at, const std::string& greeting,
               const std::string& scheme, std::vector<opening_fault> others);

/// Where nobody answers.
struct absence {
  const char* host;
  bool refuses;
  const char* expected;
};

constexpr absence absences[] = {
  {"127.0.0.1", true, "refused (connect)"},
  {"localhost", true, "refused (connect)"},
  {"192.0.2.1", false, "unreachable (connect)"},
  {"no-such-host.invalid", false, "resolve_failed (resolve)"},
};

std::ostream& operator<<(std::ostream& out, const absence& x);

/// Opens sessions with peers that are at fault.
class opening_checks {
public:
  using params_maker = std::function<connection_params(
    const std::string& host, uint16_t port, const std::string& scheme)>;

  /// @param params for a session that soon loses its patience
  /// @param last_timeout the extra that says when, once it is connected
  opening_checks(transport_client& client, params_maker params,
                 std::string last_timeout);

  /// Checks the error.
  void check_error(const opening_fault& fault);

  /// Checks that nothing is left behind.
  void check_leaks(const opening_fault& fault);

  /// Checks that an open that would take for ever ends when it is aborted.
  void check_abort(const opening_fault& fault);

  /// Checks the error if a peer closes or resets the connection at once,
  /// whenever that is seen.
  void check_loss_at_once();

  void check_absence(const absence& what);

  void check_full_backlog();

  /// Returns how an open ends, and what of it is left then.
  std::string outcome_of(const std::string& host, uint16_t port);

  refused_port refused;

private:
  transport_client& client_;
  params_maker params_;
  std::string last_timeout_;
};

} // namespace tieline::test
