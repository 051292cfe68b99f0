#include "tieline/transports/io/sink_writer.hpp"

#include <utility>

namespace tieline::io {

void sink_writer::put(chunk what) {
  // An empty one counts, too.
  auto size = what.output.size() + what.error_output.size() + 1;
  if (lost_)
    return;
  unanswered_ += size;
  send_(std::move(what), size);
}

void sink_writer::taken(size_t size) {
  if (lost_)
    return;
  unanswered_ -= size;
  on_change_();
}

void sink_writer::lose() {
  if (std::exchange(lost_, true))
    return;
  unanswered_ = 0;
  on_change_();
}

} // namespace tieline::io
