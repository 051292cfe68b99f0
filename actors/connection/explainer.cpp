#include "tieline/actors/connection/explainer.hpp"

#include "tieline/messages/caf_compat.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <utility>

namespace tieline {

explainer::explainer(full_connection_actor::pointer self, explanation known,
                     ticket about, bool pends, promise answer)
  : self_(self),
    result_(std::move(known)),
    about_(std::move(about)),
    pends_(pends),
    answer_(std::move(answer)) {
  // nop
}

void explainer::run(std::vector<connection_key> hops,
                    const caf::weak_actor_ptr& manager,
                    admission_actor admission) {
  hops_ = std::move(hops);
  manager_ = caf::actor_cast<operator_actor>(manager);
  admission_ = std::move(admission);
  ask_manager(0);
}

void explainer::ask_manager(size_t hop) {
  if (hop == hops_.size() || !manager_) {
    ask_admission();
    return;
  }
  compat::request(self_, manager_, caf::infinite, status_atom_v, hops_[hop])
    .then(
      [this, keep = shared_from_this(),
       hop](std::optional<connection_status>& found) {
        if (found)
          result_.hops.push_back(std::move(*found));
        ask_manager(hop + 1);
      },
      [this, keep = shared_from_this()](const caf::error&) {
        ask_admission();
      });
}

void explainer::ask_admission() {
  compat::request(self_, admission_, caf::infinite, explain_atom_v, about_)
    .then(
      [this, keep = shared_from_this()](const admission_status& got) {
        result_.admission = got;
        if (pends_ && result_.what == waits_for::nothing)
          result_.what = got.what;
        answer_.deliver(std::move(result_));
      },
      [this, keep = shared_from_this()](const caf::error&) {
        answer_.deliver(std::move(result_));
      });
}

} // namespace tieline
