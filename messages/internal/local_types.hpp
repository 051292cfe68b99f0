#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/internal/forwarded_stream.hpp"
#include "tieline/messages/key_value_store.hpp"
#include "tieline/messages/plugin_traits.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

// What is sent within one process only: CAF refuses to send it to another.

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tieline::shared_traits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tieline::shared_stream)

namespace tieline {

/// What streams to other hosts go through: a jump host.
using forwarder_actor = caf::typed_actor<
  // Connects the stream to a host and port, as the jump host reaches them.
  // Answers when it is connected. After an error the stream is of no use.
  caf::result<void>(caf::forward_atom, std::string, uint16_t, shared_stream)>;

} // namespace tieline

CAF_BEGIN_TYPE_ID_BLOCK(tieline_local, caf::id_block::tieline_store::end)

  CAF_ADD_TYPE_ID(tieline_local, (tieline::shared_traits))
  CAF_ADD_TYPE_ID(tieline_local, (tieline::shared_stream))
  CAF_ADD_TYPE_ID(tieline_local, (tieline::forwarder_actor))
  CAF_ADD_TYPE_ID(tieline_local, (std::vector<tieline::hop>))

  CAF_ADD_ATOM(tieline_local, tieline, jump_atom)

CAF_END_TYPE_ID_BLOCK(tieline_local)
