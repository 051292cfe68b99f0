// refused: the time is a duration
#include "mistake.hpp"

void f(caf::event_based_actor* self, const manager_actor& manager) {
  open(self, manager, r1, connection_params{}, 0)
    .then([](const connection_actor&) {}, failed);
}
