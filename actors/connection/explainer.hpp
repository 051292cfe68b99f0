#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <vector>

namespace tieline {

/// Completes what a connection knows of itself by what others know, and
/// delivers it: the states of its jump hosts, and what the admission says. What
/// cannot be had is left out.
class explainer : public std::enable_shared_from_this<explainer> {
public:
  using promise = caf::typed_response_promise<explanation>;

  /// @param about what the connection holds of the admission, or would ask for
  /// @param pends whether it may be the admission that it waits for
  explainer(full_connection_actor::pointer self, explanation known,
            ticket about, bool pends, promise answer);

  /// @param hops nearest first
  /// @param manager knows them
  void run(std::vector<connection_key> hops, const caf::weak_actor_ptr& manager,
           admission_actor admission);

private:
  void ask_manager(size_t hop);

  void ask_admission();

  full_connection_actor::pointer self_;
  explanation result_;
  ticket about_;
  bool pends_;
  promise answer_;
  std::vector<connection_key> hops_;
  operator_actor manager_;
  admission_actor admission_;
};

} // namespace tieline
