#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/local_types.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/key_value_store.hpp"

#include <caf/init_global_meta_objects.hpp>

#include <mutex>

namespace tieline {

void init() {
  static std::once_flag once;
  std::call_once(once, [] {
    caf::core::init_global_meta_objects();
    caf::init_global_meta_objects<caf::id_block::tieline>();
    caf::init_global_meta_objects<caf::id_block::tieline_actors>();
    caf::init_global_meta_objects<caf::id_block::tieline_store>();
    caf::init_global_meta_objects<caf::id_block::tieline_local>();
  });
}

} // namespace tieline
