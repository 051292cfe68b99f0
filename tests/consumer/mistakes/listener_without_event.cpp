// refused: the function takes a const lifecycle_event&
#include "mistake.hpp"

void f(caf::actor_system& sys, const manager_actor& manager) {
  spawn_listener(sys, manager, [] {});
}
