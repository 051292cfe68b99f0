// refused: does not take what is answered
#include "mistake.hpp"

void f(caf::event_based_actor* self, const connection_actor& there) {
  execute(self, there, "show version").then([](const std::string&) {}, failed);
}
