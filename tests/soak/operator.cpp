#include "operator.hpp"

#include "listeners.hpp"
#include "random_source.hpp"
#include "tracked_requests.hpp"

namespace tieline::soak {

namespace {

class operator_state {
public:
  static inline const char* name = "soak.operator";

  operator_state(participant_actor::pointer self, const soak_context& on,
                 uint64_t seed)
    : self_(self),
      on_(on),
      random_(seed),
      requests_(self, on.log, [] {}) {
    // nop
  }

  participant_actor::behavior_type make_behavior() {
    act_later();
    return {
      [this](caf::close_atom) { return requests_.stop(); },
    };
  }

private:
  void act_later() {
    self_->run_delayed(random_.milliseconds(20, 200), [this] {
      if (requests_.stopping())
        return;
      act();
      act_later();
    });
  }

  void act() {
    switch (random_.weighted({12, 8, 15, 20, 15, 2, 15, 1})) {
      case 0:
        hold(operation::pause);
        break;
      case 1:
        hold(operation::drain);
        break;
      case 2:
        give(operation::reconnect, some());
        break;
      case 3:
        give(operation::kill, some());
        break;
      case 4:
        give(operation::expect_disconnect, some(),
             random_.milliseconds(1, 2000));
        break;
      case 5:
        requests_.ask<uint64_t>(
          request_kind::order, on_.manager, [](const auto&) {},
          clear_credential_atom_v,
          inventory::user_of(random_.between(0, inventory::users - 1)));
        break;
      case 6:
        subscribe();
        break;
      default:
        requests_.ask<uint64_t>(
          request_kind::close, on_.manager, [](const auto&) {},
          close_all_atom_v);
        break;
    }
  }

  void hold(operation what) {
    auto whom = some();
    give(what, whom);
    self_->run_delayed(random_.milliseconds(10, 1500), [this, whom] {
      if (!requests_.stopping())
        give(operation::resume, whom);
    });
  }

  void give(operation what, const selector& whom,
            caf::timespan window = caf::timespan{0}) {
    requests_.ask<uint64_t>(
      request_kind::order, on_.manager, [](const auto&) {}, operate_atom_v,
      what, whom, window);
  }

  /// One device, about ten, or (seldom) all.
  selector some() {
    auto host
      = on_.where.key(random_.between(0, on_.where.size() - 1)).hostname;
    auto size = host.size();
    switch (random_.weighted({70, 15, 14, 1})) {
      case 0:
        return {host, "ssh"};
      case 1:
        return {host.replace(size - 1, 1, "?"), "*"};
      case 2:
        return {host.replace(size - 2, 1, "?"), "ssh"};
      default:
        return {};
    }
  }

  /// Some end by themselves, some because nobody holds them.
  void subscribe() {
    auto listener = spawn_fleeting_listener(self_->system(),
                                            random_.between(1, 50));
    requests_.ask<void>(
      request_kind::order, on_.manager, [](const auto&) {},
      caf::subscribe_atom_v, listener, some());
  }

  participant_actor::pointer self_;
  const soak_context& on_;
  random_source random_;
  tracked_requests requests_;
};

} // namespace

participant_actor spawn_operator(caf::actor_system& sys, const soak_context& on,
                                 uint64_t seed) {
  return sys.spawn<participant_actor::stateful_impl<operator_state>>(
    std::cref(on), seed);
}

} // namespace tieline::soak
