// accepted: the settings hold
#include "mistake.hpp"

void f(caf::event_based_actor* self, const manager_actor& manager) {
  open(self, manager, r1, connection_params{})
    .then([](const connection_actor&) {}, failed);
}
