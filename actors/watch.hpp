#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

#include <functional>
#include <utility>

#if CAF_MAJOR_VERSION >= 1
#  include <caf/disposable.hpp>
#else
#  include <caf/attachable.hpp>
#endif

namespace tieline {

/// The watching of an actor's end that can be given up: who watches many actors
/// that outlive it would else leave something with each of them.
class watch {
public:
  watch() = default;

#if CAF_MAJOR_VERSION >= 1

  /// Calls `on_down` in the context of `self` once `other` has ended. Holds
  /// neither of the two alive.
  template <class Self, class F>
  watch(Self* self, const caf::actor& other, F on_down)
    : monitor_(self->monitor(other, std::move(on_down))) {
    // nop
  }

  /// Watches no more.
  void give_up() {
    monitor_.dispose();
  }

private:
  caf::disposable monitor_;

#else

  /// Calls `on_down` in the context of `self` once `other` has ended. Holds
  /// neither of the two alive.
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

    void actor_exited(const caf::error& reason, caf::execution_unit*) override {
      if (auto self = caf::actor_cast<caf::strong_actor_ptr>(home_))
        compat::post(self,
                     caf::make_action([f = on_down_, reason] { f(reason); }));
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

#endif
};

} // namespace tieline
