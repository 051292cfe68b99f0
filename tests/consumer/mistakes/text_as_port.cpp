// refused: a port is a number
#include "mistake.hpp"

void f(connection_params& params) {
  params.port = "22";
}
