#pragma once

#include "event_log.hpp"
#include "options.hpp"

#include <pugixml.hpp>

#include <memory>
#include <optional>

namespace tieline::lab::netconf {

/// What create-subscription asks for (RFC 5277 section 2.1.1).
struct subscription_order {
  std::shared_ptr<const pugi::xml_document> filter = {}; ///< null: none
  std::optional<wall_clock::time_point> start = {};
  std::optional<wall_clock::time_point> stop = {};
};

/// The session that an operation is a part of, as the operation knows it.
class session_context {
public:
  virtual session_id id() const noexcept = 0;
  virtual bool subscribed() const noexcept = 0;

  /// Ends the session when all is sent.
  virtual void close() noexcept = 0;
  /// Sends events after the reply, those of the past first.
  virtual void subscribe(subscription_order how) = 0;

protected:
  ~session_context() = default;
};

} // namespace tieline::lab::netconf
