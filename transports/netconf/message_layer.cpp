#include "tieline/transports/netconf/message_layer.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/numbers.hpp"
#include "tieline/transports/netconf/operations.hpp"
#include "tieline/transports/netconf/rpc.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tieline::netconf {

namespace {

/// Names of attributes may have underscores for dashes, but not the prefixes
/// that they declare.
caf::error spell(std::map<std::string, std::string>& attributes) {
  std::map<std::string, std::string> result;
  for (auto& [name, value] : attributes) {
    auto spelled = name.rfind("xmlns", 0) == 0 ? name : dashed(name);
    if (!result.emplace(spelled, std::move(value)).second)
      return error_at(errc::invalid_request, step::execute,
                      "attributes." + name + ": is there with dashes, too");
  }
  attributes = std::move(result);
  return {};
}

constexpr std::string_view subscribing = "create-subscription";

caf::error refused(std::string cause) {
  return error_at(errc::invalid_request, step::execute, std::move(cause));
}

} // namespace

message_layer::message_layer(capabilities ours, limits most)
  : ours_(std::move(ours)),
    limits_(most),
    reader_(most.message) {
  auto framed = frame(make_hello({ours_, std::nullopt}), framing_);
  if (framed)
    send(*framed);
  else
    error_ = framed.error();
}

std::string message_layer::take_output() {
  return std::exchange(output_, {});
}

void message_layer::send(std::string_view framed) {
  if (std::exchange(frame_begun_, false))
    framed.remove_prefix(1);
  output_ += framed;
}

void message_layer::begin_frame() {
  if (framing_ != framing::chunked || frame_begun_)
    return;
  output_ += '\n';
  frame_begun_ = true;
}

caf::expected<uint64_t> message_layer::submit(request what) {
  if (!peer_ || error_)
    return error_at(errc::not_open, step::execute, "the session is not open");
  if (auto error = spell(what.attributes))
    return error;
  if (auto error = check_session(what))
    return error;
  auto id = last_id_ + 1;
  auto made = make_rpc(what, peer_->can, std::to_string(id));
  if (!made)
    return made.error();
  if (auto error = check_subscription(what, made->operation))
    return error;
  auto framed = frame(made->text, framing_);
  if (!framed)
    return framed.error();
  send(*framed);
  last_id_ = id;
  // What was given as XML is answered as it is.
  auto operation = made->raw && made->operation != subscribing
                     ? std::string{}
                     : std::move(made->operation);
  asked_.push_back(
    {id, std::move(operation), what.output_limit, what.sink.has_value()});
  return id;
}

caf::error message_layer::check_session(request& what) const {
  auto found = what.attributes.find("on-session");
  if (found == what.attributes.end())
    return {};
  auto wanted = to_number(found->second, 1, UINT32_MAX);
  if (!wanted)
    return refused("attributes.on-session: is not a session's id");
  if (wanted != peer_->session_id)
    return error_at(errc::canceled, step::execute,
                    "attributes.on-session: session " + found->second
                      + " is over, this is "
                      + (peer_->session_id ? std::to_string(*peer_->session_id)
                                           : std::string{"one without an id"}));
  what.attributes.erase(found);
  return {};
}

caf::error message_layer::check_subscription(const request& what,
                                             std::string_view operation) const {
  auto subscribes = operation == subscribing;
  if (subscribes && !what.sink)
    return refused("sink: create-subscription needs one for its events");
  auto asked_for = std::any_of(asked_.begin(), asked_.end(), [](const auto& x) {
    return x.operation == subscribing;
  });
  if (!subscription_ && !asked_for)
    return {};
  if (subscribes)
    return refused("the session has a subscription already");
  if (operation == "close-session" || peer_->can.has(capability::interleave))
    return {};
  return error_at(errc::unsupported, step::execute,
                  std::string{operation} + ": beside a subscription needs "
                    + std::string{capability::interleave}
                    + ", which the peer does not have");
}

uint64_t message_layer::submit_close() {
  auto id = submit(close_session());
  return id ? *id : 0;
}

void message_layer::forget(uint64_t id) {
  for (auto& x : asked_)
    if (x.id == id)
      x.forgotten = true;
  // The peer cannot be told (RFC 5277, 2.1.1): what it still sends is dropped.
  if (subscription_ && subscription_->id == id)
    subscription_->forgotten = true;
}

bool message_layer::has_orphan() const {
  auto is_orphan = [](const question& x) {
    return x.forgotten && x.operation == subscribing;
  };
  return (subscription_ && is_orphan(*subscription_))
         || std::any_of(asked_.begin(), asked_.end(), is_orphan);
}

caf::expected<std::optional<message_layer::event_kind>> message_layer::next() {
  while (due_.empty() && !error_) {
    auto message = reader_.next();
    if (message && !*message)
      return std::optional<event_kind>{};
    auto wrong = !message ? message.error()
                 : peer_  ? read(std::move(**message))
                          : greet(**message);
    if (wrong)
      fail(std::move(wrong));
  }
  if (due_.empty())
    return error_;
  std::optional<event_kind> result{std::move(due_.front())};
  due_.pop_front();
  return result;
}

caf::error message_layer::greet(std::string_view text) {
  auto theirs = read_hello(text, side::server);
  if (!theirs)
    return theirs.error();
  // What is no server may send back what it gets.
  if (!theirs->session_id && xml::trim(text) == make_hello({ours_, {}}))
    return error_at(errc::protocol_error, step::hello,
                    "bad hello: our own comes back, with no session-id");
  auto chosen = choose_framing(ours_, theirs->can);
  if (!chosen)
    return chosen.error();
  peer_ = std::move(*theirs);
  framing_ = *chosen;
  reader_.use(framing_);
  due_.emplace_back(opened{});
  return {};
}

caf::error message_layer::read(std::string text) {
  // Behind an old end some send another one.
  if (xml::trim(text).empty())
    return {};
  reading how;
  how.depth = limits_.depth;
  how.lenient = limits_.lenient;
  auto got = read_message(std::move(text), how);
  if (auto* reply = std::get_if<rpc_reply>(&got))
    return answer(std::move(*reply));
  if (auto* broken = std::get_if<broken_message>(&got))
    return answer(std::move(*broken));
  auto& event = std::get<netconf::event>(got);
  tell(std::move(event.text), event.is_last);
  return {};
}

std::deque<message_layer::question>::iterator
message_layer::find(const std::optional<std::string>& message_id) {
  if (message_id) {
    auto id = to_number(*message_id, 1, UINT64_MAX);
    return std::find_if(asked_.begin(), asked_.end(),
                        [&](const auto& x) { return x.id == id; });
  }
  // Answers come in order (RFC 6241, 4.5).
  return asked_.begin();
}

caf::error
message_layer::unasked(const std::optional<std::string>& message_id) const {
  constexpr size_t longest_id = 20;
  return error_at(errc::protocol_error, step::session,
                  message_id ? "an answer to message "
                                 + message_id->substr(0, longest_id)
                                 + ", which was not asked"
                             : std::string{"an answer without a message-id"});
}

caf::error message_layer::answer(broken_message what) {
  switch (what.what) {
    case broken_message::kind::other:
      return std::move(what.reason);
    case broken_message::kind::notification:
      tell(std::move(what.text), what.is_last, failure_of(what.reason).cause);
      return {};
    case broken_message::kind::reply:
      break;
  }
  auto pos = find(what.message_id);
  if (pos == asked_.end())
    return unasked(what.message_id);
  // The others go on: its frame has told where the next message begins.
  if (!pos->forgotten)
    due_.emplace_back(
      answered{pos->id, error_at(errc::protocol_error, step::execute,
                                 failure_of(what.reason).cause)});
  asked_.erase(pos);
  return {};
}

caf::error message_layer::answer(rpc_reply what) {
  auto pos = find(what.message_id);
  if (pos == asked_.end())
    return unasked(what.message_id);
  auto asked = std::move(*pos);
  asked_.erase(pos);
  auto result = to_reply(std::move(what), asked.operation);
  if (result && asked.operation == subscribing) {
    subscription_ = std::move(asked);
    subscription_->attributes = std::move(result->attributes);
    return {};
  }
  if (asked.forgotten)
    return {};
  if (result && asked.output_limit > 0
      && result->output.size() > asked.output_limit)
    result
      = error_at(errc::output_limit, step::execute,
                 "more than " + std::to_string(asked.output_limit) + " bytes");
  if (result)
    result->attributes.merge(empty_reply().attributes);
  due_.emplace_back(answered{asked.id, std::move(result)});
  return {};
}

void message_layer::tell(std::string text, bool is_last, std::string problem) {
  // The first ones may overtake the answer to who has asked for them.
  auto asked = std::find_if(asked_.begin(), asked_.end(), [](const auto& x) {
    return x.operation == subscribing;
  });
  const question* to = subscription_           ? &*subscription_
                       : asked != asked_.end() ? &*asked
                                               : nullptr;
  auto wanted = to != nullptr && !to->forgotten;
  if (wanted)
    due_.emplace_back(told{to->id, std::move(text), std::move(problem)});
  if (!is_last || !subscription_)
    return;
  if (wanted) {
    auto result = empty_reply();
    // Warnings that came when it began.
    result.attributes.merge(subscription_->attributes);
    due_.emplace_back(answered{to->id, std::move(result)});
  }
  subscription_.reset();
}

void message_layer::fail(caf::error reason) {
  // The one whose answer was too large is to know it.
  if (code_of(reason) == errc::output_limit && !asked_.empty()) {
    if (!asked_.front().forgotten)
      due_.emplace_back(answered{asked_.front().id, reason});
    asked_.pop_front();
  }
  error_ = std::move(reason);
}

reply message_layer::empty_reply() const {
  reply result;
  if (peer_->session_id)
    result.attributes["session-id"] = std::to_string(*peer_->session_id);
  return result;
}

std::string message_layer::describe_end() const {
  if (!peer_)
    return "the peer has ended the stream before its hello";
  if (reader_.in_message())
    return "the peer has ended the stream in the middle of a message";
  return "the peer has ended the session";
}

} // namespace tieline::netconf
