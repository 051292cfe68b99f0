// refused: with a std::vector<open_item>
#include "mistake.hpp"

void f(caf::event_based_actor* self, const manager_actor& manager) {
  open(self, manager, std::vector<connection_key>{r1})
    .then([](const std::vector<open_outcome>&) {}, failed);
}
