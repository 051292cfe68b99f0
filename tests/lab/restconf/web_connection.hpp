#pragma once

#include "api.hpp"
#include "http.hpp"

#include "tieline/lab/faults/fault_set.hpp"
#include "tieline/lab/io/connection.hpp"
#include "tieline/lab/io/listener.hpp"
#include "tieline/lab/io/outbox.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tieline::lab::restconf {

/// The device that a connection belongs to, as the connection knows it.
struct web_context {
  restconf::api& api;
  netconf::management& managed;
  const fault_set& faults;
  std::string authority; ///< the server's `address:port`
};

/// One HTTP connection, the server's side, and its faults.
class web_connection final : public connection, public netconf::event_sink {
public:
  web_connection(web_context where, unique_fd socket);
  ~web_connection() override;

  bool advance(std::uint32_t events) override;
  std::uint32_t interest() const override;
  clock::time_point wake_at() const override;
  int fd() const override;
  void prepare(hang_up how) override;

  void on_event(const netconf::event_ptr& what) override;

private:
  bool has(fault what) const {
    return where_.faults.has(what);
  }
  bool read();
  bool write();
  void work();
  void serve(const request& what);
  void respond(const request& to, response what);
  void begin_stream(const answer::stream& how);
  void end_stream();
  void send_chunk(const std::string& text);

  web_context where_;
  unique_fd socket_;
  request_reader reader_;
  outbox output_;
  bool input_ended_ = false;
  bool closing_ = false;      // when all is sent
  bool resetting_ = false;    // now
  std::uint64_t endless_ = 0; // lines so far, for `http_endless_headers`
  std::optional<answer::stream> stream_; // of events that flow
};

} // namespace tieline::lab::restconf
