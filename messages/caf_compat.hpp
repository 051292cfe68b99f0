#pragma once

/// @file
/// Every difference between CAF 0.18.7 and CAF 1.x that tieline's sources meet.
/// Nothing else in the project may ask which CAF it is built against.

#include <caf/action.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/attachable.hpp>
#include <caf/config.hpp>
#include <caf/detail/meta_object.hpp>
#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <caf/telemetry/metric_registry.hpp>
#include <caf/type_id.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#if CAF_MAJOR_VERSION >= 1
#  include <caf/anon_mail.hpp>
#endif

namespace tieline::compat {

// CAF_VERSION is no good for this: 1.1.0 defines it as an octal number.
#if CAF_MAJOR_VERSION >= 1

using string_view = std::string_view;
using execution_context = caf::scheduler;

inline bool is_registered(caf::type_id_t id) {
  return caf::detail::global_meta_object_or_null(id) != nullptr;
}

template <class Self, class Handle, class... Ts>
void send(Self* self, const Handle& to, Ts&&... xs) {
  self->mail(std::forward<Ts>(xs)...).send(to);
}

template <class Handle, class... Ts>
void anon_send(const Handle& to, Ts&&... xs) {
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
}

template <class Self, class Handle, class Timeout, class... Ts>
auto request(Self* self, const Handle& to, Timeout timeout, Ts&&... xs) {
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
}

template <class Self, class Handle, class... Ts>
auto delegate(Self* self, const Handle& to, Ts&&... xs) {
  return self->mail(std::forward<Ts>(xs)...).delegate(to);
}

inline void post(const caf::strong_actor_ptr& to, caf::action what) {
  to->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(),
                                        std::move(what)),
              nullptr);
}

template <class Handle, class... Ts>
void send_request(const caf::actor& from, uint64_t id, const Handle& to,
                  Ts&&... xs) {
  caf::actor_cast<caf::strong_actor_ptr>(to)->enqueue(
    caf::make_mailbox_element(caf::actor_cast<caf::strong_actor_ptr>(from),
                              caf::make_message_id(id),
                              std::forward<Ts>(xs)...),
    nullptr);
}

inline void respond(const caf::strong_actor_ptr& asker, caf::message_id request,
                    caf::message what) {
  asker->enqueue(caf::make_mailbox_element(nullptr, request.response_id(),
                                           std::move(what)),
                 nullptr);
}

template <class Config>
void no_config_file(Config& cfg) {
  // Without a path, CAF takes its default.
  cfg.config_file_path(std::string{});
}

template <class Config>
bool help_was_printed(const Config& cfg) {
  return cfg.helptext_printed();
}

template <class Behavior, class Self, class OnExit, class... Fs>
Behavior trap_exit(Self*, OnExit on_exit, Fs... handlers) {
  return {[on_exit](const caf::exit_msg& msg) {
            if (msg.reason)
              on_exit(msg.reason);
          },
          std::move(handlers)...};
}

#else

using string_view = caf::string_view;
using execution_context = caf::execution_unit;

/// Returns whether CAF knows the message type of this id.
inline bool is_registered(caf::type_id_t id) {
  return caf::detail::global_meta_object(id) != nullptr;
}

/// Sends a message with `self` as the sender.
template <class Self, class Handle, class... Ts>
void send(Self* self, const Handle& to, Ts&&... xs) {
  self->send(to, std::forward<Ts>(xs)...);
}

/// Sends a message without a sender.
template <class Handle, class... Ts>
void anon_send(const Handle& to, Ts&&... xs) {
  caf::anon_send(to, std::forward<Ts>(xs)...);
}

/// Sends a request; the result offers `then`, `await`, `receive` as CAF's does.
template <class Self, class Handle, class Timeout, class... Ts>
auto request(Self* self, const Handle& to, Timeout timeout, Ts&&... xs) {
  return self->request(to, timeout, std::forward<Ts>(xs)...);
}

/// Lets `to` answer the message that is being handled.
template <class Self, class Handle, class... Ts>
auto delegate(Self* self, const Handle& to, Ts&&... xs) {
  return self->delegate(to, std::forward<Ts>(xs)...);
}

/// Has an event-based actor run an action, in turn with its messages.
inline void post(const caf::strong_actor_ptr& to, caf::action what) {
  to->enqueue(nullptr, caf::make_message_id(),
              caf::make_message(std::move(what)), nullptr);
}

/// Sends a request in the name of a reply desk, which gets the answer with the
/// same id: any but zero.
template <class Handle, class... Ts>
void send_request(const caf::actor& from, uint64_t id, const Handle& to,
                  Ts&&... xs) {
  caf::actor_cast<caf::strong_actor_ptr>(to)->enqueue(
    caf::actor_cast<caf::strong_actor_ptr>(from), caf::make_message_id(id),
    caf::make_message(std::forward<Ts>(xs)...), nullptr);
}

/// Answers a request, from any thread. `request` is its id.
inline void respond(const caf::strong_actor_ptr& asker, caf::message_id request,
                    caf::message what) {
  asker->enqueue(nullptr, request.response_id(), std::move(what), nullptr);
}

/// Has a program read no file of settings that its command line does not name.
/// To be called in the constructor of the config.
template <class Config>
void no_config_file(Config& cfg) {
  cfg.config_file_path.clear();
}

/// Returns whether the command line asked for help, which was printed then.
template <class Config>
bool help_was_printed(const Config& cfg) {
  return cfg.cli_helptext_printed;
}

/// Returns a behavior of `handlers` that also calls `on_exit(reason)` instead
/// of ending when somebody asks the actor to end (`kill` excepted). As always,
/// the normal end of an actor that is linked to it does not.
template <class Behavior, class Self, class OnExit, class... Fs>
Behavior trap_exit(Self* self, OnExit on_exit, Fs... handlers) {
  self->set_exit_handler([on_exit](const caf::exit_msg& msg) {
    if (msg.reason)
      on_exit(msg.reason);
  });
  return {std::move(handlers)...};
}

#endif

/// Calls `on_down(reason)` in the context of `self` once `other` has ended.
/// Holds neither of the two alive.
template <class Self, class Handle, class F>
void monitor(Self* self, const Handle& other, F on_down) {
  // CAF 0.18 has one global down handler per actor only, and the callbacks of
  // CAF 1.x overtake what `other` has sent before. So attach to the other actor
  // and mail the callback home.
  auto home = caf::actor_cast<caf::actor_addr>(self->address());
  other->attach_functor([home, on_down](const caf::error& reason) {
    if (auto self = caf::actor_cast<caf::strong_actor_ptr>(home))
      post(self,
           caf::make_action([on_down, reason]() mutable { on_down(reason); }));
  });
}

/// The watching of an actor's end that can be given up: who watches many actors
/// that outlive it would else leave something with each of them.
class watch {
public:
  watch() = default;

  template <class Self, class F>
  watch(Self* self, const caf::actor& other, F on_down)
    : other_(other.address()) {
    auto made = new mail_home{self->address(), std::move(on_down)};
    mail_ = made;
    other->attach(caf::attachable_ptr{made});
  }

  /// Watches no more.
  void give_up() {
    if (auto other = caf::actor_cast<caf::actor>(other_))
      other->detach({mail_home::subtype, mail_});
  }

private:
  class mail_home : public caf::attachable {
  public:
    /// None of CAF's own.
    static constexpr size_t subtype = 0x7469656c;

    mail_home(caf::actor_addr home,
              std::function<void(const caf::error&)> on_down)
      : home_(std::move(home)),
        on_down_(std::move(on_down)) {
      // nop
    }

    void actor_exited(const caf::error& reason, execution_context*) override {
      if (auto self = caf::actor_cast<caf::strong_actor_ptr>(home_))
        post(self, caf::make_action([f = on_down_, reason] { f(reason); }));
    }

    bool matches(const token& what) override {
      return what.subtype == subtype && what.ptr == this;
    }

  private:
    caf::actor_addr home_;
    std::function<void(const caf::error&)> on_down_;
  };

  caf::actor_addr other_;
  /// Only to be compared.
  const void* mail_ = nullptr;
};

/// Spawns what stands as the sender of many requests. It hands each answer on
/// to `on_reply(id, message)`, in the thread of whoever answers, and has no
/// mailbox of its own.
template <class F>
caf::actor spawn_reply_desk(caf::actor_system& sys, F on_reply) {
  // Hidden: it ends with its last handle, so nobody has to wait for its end.
  caf::actor result = sys.spawn<caf::actor_companion, caf::hidden>();
  auto* desk = static_cast<caf::actor_companion*>(
    caf::actor_cast<caf::abstract_actor*>(result));
  desk->on_enqueue([on_reply](caf::mailbox_element_ptr what) {
    if (what->mid.is_response())
      on_reply(what->mid.request_id().integer_value(), what->payload);
  });
  return result;
}

} // namespace tieline::compat
