#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/local_types.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/key_value_store.hpp"

#include <caf/init_global_meta_objects.hpp>

#include <mutex>
#include <stdexcept>

namespace tieline {

namespace {

constexpr int reserved_ids = 200;

static_assert(static_cast<int>(caf::id_block::tieline_local::end)
                <= static_cast<int>(TIELINE_FIRST_TYPE_ID) + reserved_ids,
              "docs/guide.md and type_ids.hpp say how many ids are reserved");

/// Asks CAF itself, since a CAF_MAIN may have registered the types.
template <class Block>
bool is_registered() {
  return compat::is_registered(Block::begin);
}

} // namespace

template <>
void init_at<static_cast<uint16_t>(TIELINE_FIRST_TYPE_ID)>() {
  static std::once_flag once;
  std::call_once(once, [] {
    caf::core::init_global_meta_objects();
    caf::init_global_meta_objects<caf::id_block::tieline>();
    caf::init_global_meta_objects<caf::id_block::tieline_actors>();
    caf::init_global_meta_objects<caf::id_block::tieline_store>();
    caf::init_global_meta_objects<caf::id_block::tieline_local>();
  });
}

namespace detail {

void require_init() {
  if (!is_registered<caf::id_block::tieline>()
      || !is_registered<caf::id_block::tieline_actors>()
      || !is_registered<caf::id_block::tieline_store>()
      || !is_registered<caf::id_block::tieline_local>())
    throw std::logic_error("tieline's message types are not registered: call "
                           "tieline::init() before the actor system is "
                           "created");
}

} // namespace detail

} // namespace tieline
