#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/http/helpers.hpp"
#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/http/transfer.hpp"
#include "tieline/transports/io/resolver.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tieline::http {

/// Finds out all that a session needs to know before it asks its host: reads
/// the credential that its params name, then its certificates, and looks its
/// host's name up. Lives in the session's actor and calls back there.
class preparation {
public:
  /// Gets an empty error, or why the session cannot open.
  using callback = std::function<void(const caf::error&)>;

  /// @param note is told of each new deadline
  /// @param on_step is told of each step as it begins
  preparation(connection_key key, http_options defaults,
              std::shared_ptr<helpers> shared, caf::actor_addr owner,
              std::function<void(io::clock::time_point)> note,
              std::function<void(step)> on_step);

  /// Calls `done` once, unless it is stopped before.
  void start(const connection_params& params, callback done);

  /// Ends with a timeout if that is due.
  void expire(io::clock::time_point now);

  void stop();

  io::clock::time_point deadline() const noexcept {
    return deadline_;
  }

  /// What was found out.
  const std::shared_ptr<common>& result() const noexcept {
    return result_;
  }

  /// Returns the mark of the credential that the params name; empty: none.
  const std::string& mark() const noexcept {
    return mark_;
  }

private:
  void begin(const connection_params& params,
             std::optional<connection_params> named);

  void load_tls();

  void look_up();

  void resolved(const io::resolution& found);

  void one_done();

  void fail(errc code, step at, std::string cause);

  void finish(const caf::error& reason);

  void begin(step what);

  void set_deadline(caf::timespan from_now);

  connection_key key_;
  http_options defaults_;
  std::shared_ptr<helpers> helpers_;
  caf::actor_addr owner_;
  std::function<void(io::clock::time_point)> note_;
  std::function<void(step)> on_step_;
  callback done_;
  std::shared_ptr<common> result_;
  std::string mark_;
  /// How many of its needs are not there yet, and what a timeout names.
  int waiting_for_ = 0;
  step at_ = step::open;
  io::clock::time_point deadline_ = io::never;
};

} // namespace tieline::http
