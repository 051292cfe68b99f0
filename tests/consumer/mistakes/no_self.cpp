// refused: the first argument is the actor that asks
#include "mistake.hpp"

void f(const manager_actor& manager, const listener_actor& listener) {
  subscribe(manager, listener).then([] {}, failed);
}
