#include "tieline/messages/internal/forwarded_stream.hpp"

#include <unistd.h>

#include <utility>

namespace tieline {

forwarded_stream::~forwarded_stream() {
  if (auto fd = take(); fd >= 0)
    close(fd);
}

void forwarded_stream::end(caf::error why) {
  std::atomic_store(&why_, std::make_shared<const caf::error>(std::move(why)));
}

caf::error forwarded_stream::lost() const {
  auto why = std::atomic_load(&why_);
  return why ? *why : caf::error{};
}

} // namespace tieline
