// accepted: it is the body of the request
#include "mistake.hpp"

void f(caf::event_based_actor* self, const connection_actor& there) {
  execute(self, there, "show version").then([](const reply&) {}, failed);
}
