#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/messages/support/pruning.hpp"
#include "tieline/transports/ssh/carrier.hpp"
#include "tieline/transports/ssh/helpers.hpp"
#include "tieline/transports/ssh/profile.hpp"
#include "tieline/transports/ssh/session.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline {

namespace {

class ssh_factory_state {
public:
  static inline const char* name = "tieline.ssh_factory";

  ssh_factory_state(ssh_factory_actor::pointer self, ssh_options options,
                    std::shared_ptr<ssh::helpers> shared)
    : self_(self),
      options_(std::move(options)),
      helpers_(std::move(shared)) {
    // nop
  }

  ssh_factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, const connection_key& key)
        -> std::optional<transport_actor> { return make(key); },
      [this](traits_atom) { return helpers_->traits; },
      [this](share_atom, const connection_key& key,
             const connection_params& params) { return share(key, params); },
    };
  }

private:
  using promise = caf::typed_response_promise<std::optional<transport_actor>>;

  transport_actor make(const connection_key& key) {
    auto result = ssh::spawn_session(self_->home_system(), key, options_,
                                     helpers_);
    pruning_.run(made_, [](const auto& x) { return !x.second.lock(); });
    made_.emplace(key.hostname, caf::actor_cast<caf::weak_actor_ptr>(result));
    return result;
  }

  caf::result<std::optional<transport_actor>>
  share(const connection_key& key, const connection_params& params) {
    std::vector<carrier_actor> candidates;
    auto [begin, end] = made_.equal_range(key.hostname);
    for (auto i = begin; i != end; ++i)
      if (auto here = i->second.lock())
        candidates.push_back(caf::actor_cast<carrier_actor>(here));
    auto result = self_->make_response_promise<promise>();
    ask_last(std::move(candidates), params, result);
    return result;
  }

  void ask_last(std::vector<carrier_actor> candidates,
                const connection_params& params, promise result) {
    if (candidates.empty()) {
      result.deliver(std::optional<transport_actor>{});
      return;
    }
    auto last = std::move(candidates.back());
    candidates.pop_back();
    auto go_on = [this, candidates = std::move(candidates), params,
                  result]() mutable {
      ask_last(std::move(candidates), params, result);
    };
    compat::request(self_, last, caf::infinite, share_atom_v, params)
      .then(
        [last, result, go_on](bool same) mutable {
          if (same)
            result.deliver(std::optional<transport_actor>{last});
          else
            go_on();
        },
        [go_on](const caf::error&) mutable { go_on(); });
  }

  ssh_factory_actor::pointer self_;
  ssh_options options_;
  std::shared_ptr<ssh::helpers> helpers_;
  /// Sessions by host name; some have ended.
  std::multimap<std::string, caf::weak_actor_ptr> made_;
  pruning pruning_;
};

} // namespace

factory_actor spawn_ssh_factory(caf::actor_system& sys,
                                std::optional<ssh_options> options,
                                std::optional<credentials> known) {
  auto how = options_of(sys, std::move(options));
  static std::once_flag once;
  std::call_once(once, [] { ssh_init(); });
  auto traits = ssh_options::table().traits(how);
  // Files of ssh_config(5) may say anything of a host.
  const std::string files = "config-file";
  for (auto& x : traits.extras)
    if (x.name != files)
      x.overruled_by = files;
  traits.ports = {{ssh::well_known_port, files, ""}};
  traits.tells_steps = true;
  using impl = ssh_factory_actor::stateful_impl<ssh_factory_state>;
  return sys.spawn<impl>(std::move(how),
                         std::make_shared<ssh::helpers>(sys, std::move(traits),
                                                        std::move(known)));
}

} // namespace tieline
