#pragma once

#include "tieline/messages/key_value_store.hpp"
#include "tieline/messages/plugin_traits.hpp"

// What is sent within one process only: CAF refuses to send it to another.

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tieline::shared_traits)

CAF_BEGIN_TYPE_ID_BLOCK(tieline_local, caf::id_block::tieline_store::end)

  CAF_ADD_TYPE_ID(tieline_local, (tieline::shared_traits))

CAF_END_TYPE_ID_BLOCK(tieline_local)
