#include "tieline/actors/node/dialer.hpp"

#include "tieline/actors/node/reachable.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace tieline {

namespace {

/// Looks for an address once, which may block, and ends.
caf::behavior look(caf::event_based_actor* self,
                   const std::shared_ptr<interrupt>& stop) {
  return {
    [self, stop](probe_atom, const std::string& host, uint16_t port,
                 caf::timespan patience) -> caf::result<std::string> {
      self->quit();
      std::string address;
      auto wrong = find_reachable(host, port, patience, *stop, address);
      if (wrong.empty())
        return address;
      return make_error(errc::unreachable, {{}, step::connect, wrong});
    },
  };
}

class dialer_state {
public:
  static inline const char* name = "tieline.dialer";

  dialer_state(dialer_actor::pointer self, caf::io::middleman_actor middleman,
               caf::timespan patience)
    : self_(self),
      middleman_(std::move(middleman)),
      patience_(patience) {
    // nop
  }

  dialer_state(const dialer_state&) = delete;

  dialer_state& operator=(const dialer_state&) = delete;

  /// Nobody waits for the threads that are still looking.
  ~dialer_state() {
    stop_->fire();
  }

  dialer_actor::behavior_type make_behavior() {
    return {
      [this](caf::connect_atom, const std::string& host, uint16_t port) {
        return connect({host, port});
      },
    };
  }

private:
  using place = std::pair<std::string, uint16_t>;
  using promise_type
    = caf::typed_response_promise<caf::node_id, caf::strong_actor_ptr,
                                  std::set<std::string>>;
  using result_type
    = caf::result<caf::node_id, caf::strong_actor_ptr, std::set<std::string>>;

  result_type connect(const place& where) {
    auto promise = self_->make_response_promise<promise_type>();
    auto& waiting = waiting_[where];
    waiting.push_back(promise);
    if (waiting.size() > 1)
      return promise;
    auto looker = self_->system().spawn<caf::detached>(look, stop_);
    compat::request(self_, looker, caf::infinite, probe_atom_v, where.first,
                    where.second, patience_)
      .then(
        [this, where](const std::string& address) {
          for (auto& x : take(where))
            x.delegate(middleman_, caf::connect_atom_v, address, where.second);
        },
        [this, where](const caf::error& reason) {
          for (auto& x : take(where))
            x.deliver(reason);
        });
    return promise;
  }

  std::vector<promise_type> take(const place& where) {
    auto gone = waiting_.extract(where);
    return gone.empty() ? std::vector<promise_type>{}
                        : std::move(gone.mapped());
  }

  dialer_actor::pointer self_;
  caf::io::middleman_actor middleman_;
  caf::timespan patience_;
  std::map<place, std::vector<promise_type>> waiting_;
  std::shared_ptr<interrupt> stop_ = std::make_shared<interrupt>();
};

} // namespace

dialer_actor spawn_dialer(caf::actor_system& sys,
                          caf::io::middleman_actor middleman,
                          caf::timespan patience) {
  using impl = dialer_actor::stateful_impl<dialer_state>;
  return sys.spawn<impl>(std::move(middleman), patience);
}

} // namespace tieline
