#pragma once

#include "framing.hpp"
#include "management.hpp"
#include "session_context.hpp"

#include "tieline/lab/io/conversation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::lab::netconf {

/// One NETCONF session, the server's side: bytes in, bytes out, and the faults
/// of both. Carried by whoever has a stream of bytes.
class dialog final : public conversation,
                     public event_sink,
                     public session_handle,
                     public session_context {
public:
  /// Says hello.
  dialog(management& device, const fault_set& faults, std::string user);
  /// Ends the session: gives up its locks and such.
  ~dialog() override;

  void take(std::string_view bytes) override;
  bool wants_input() const noexcept override;
  void work(clock::time_point now) override;
  clock::time_point wake_at(clock::time_point now) const override;

  session_id id() const noexcept override {
    return id_;
  }
  bool subscribed() const noexcept override {
    return subscribed_;
  }
  void close() noexcept override {
    over_ = true;
  }
  void subscribe(subscription_order how) override;

  void on_event(const event_ptr& what) override;
  void kill() override;
  const std::string& user() const override {
    return user_;
  }

private:
  void say_hello();
  void read_hello(const std::string& message);
  void read_rpc(const std::string& message, clock::time_point now);
  std::string perform_rpc(pugi::xml_node rpc);
  bool hides_refusal(pugi::xml_node operation) const;
  std::string framed(std::string_view text) const;
  void reply(pugi::xml_node rpc, std::string body, clock::time_point now);
  void send_reply(std::string framed, clock::time_point now);
  void begin_subscription();
  void send_notification(std::string_view content);
  void end_subscription();
  void end_events();
  void flood();

  management& device_;
  const std::string user_;
  session_id id_;
  message_reader reader_;
  framing framing_ = framing::end_of_message;
  bool greeted_ = false;                // by the client
  std::optional<std::string> withheld_; // for `netconf_out_of_order`
  bool subscribed_ = false;
  bool begun_ = false; // what is subscribed
  subscription_order subscription_;
  std::uint64_t flood_left_ = 0;
  std::uint64_t flooded_ = 0;
  std::uint64_t replied_ = 0;
  std::uint64_t told_ = 0; // events of this subscription
};

} // namespace tieline::lab::netconf
