// accepted: any duration is a time
#include "mistake.hpp"

void f(caf::event_based_actor* self, const manager_actor& manager) {
  open(self, manager, r1, connection_params{}, std::chrono::seconds{5})
    .then([](const connection_actor&) {}, failed);
}
