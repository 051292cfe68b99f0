#include "caller.hpp"

#include "random_source.hpp"
#include "tasks.hpp"
#include "tracked_requests.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tieline::soak {

namespace {

using maybe_connection = std::optional<connection_actor>;

constexpr size_t handles_kept = 3;

class caller_state {
public:
  static inline const char* name = "soak.caller";

  caller_state(participant_actor::pointer self, const soak_context& on,
               uint64_t seed)
    : self_(self),
      on_(on),
      random_(seed),
      requests_(self, on.log, [this] { work_later(); }) {
    // nop
  }

  participant_actor::behavior_type make_behavior() {
    work_later();
    return {
      [this](caf::close_atom) { return requests_.stop(); },
    };
  }

private:
  void work_later() {
    self_->run_delayed(random_.milliseconds(20, 400), [this] { work(); });
  }

  void work() {
    switch (random_.weighted({60, 15, 3, 8, 3, 3, 3, 2})) {
      case 0:
        open(any_device(), 0);
        break;
      case 1:
        use_kept();
        break;
      case 2:
        rush();
        break;
      case 3:
        look(on_.where.key(any_device()));
        break;
      case 4:
        close();
        break;
      case 5:
        open_many();
        break;
      case 6: // other params than all others have
        open(any_device(), random_.between(1, 3));
        break;
      default:
        open_wrongly(any_device());
        break;
    }
    if (random_.chance(0.02))
      self_->quit();
    else if (requests_.resting())
      work_later();
  }

  /// Half of the work is for a fifth of the devices.
  size_t any_device() {
    auto among = on_.where.size();
    if (random_.chance(0.5))
      among = among / 5 + 1;
    return random_.between(0, among - 1);
  }

  // -- opening ----------------------------------------------------------------

  /// Mostly what the settings say, sometimes too little.
  caf::timespan any_patience() {
    if (random_.chance(0.85))
      return caf::timespan{0};
    return random_.milliseconds(1, 200);
  }

  void open(size_t device, size_t variant) {
    ask_open(device, on_.where.params(device, variant), any_patience());
  }

  void open_wrongly(size_t device) {
    auto params = on_.where.params(device);
    if (random_.chance(0.7))
      params.password = secret{"wrong"};
    else
      params.extras["no_such_extra"] = "1";
    ask_open(device, std::move(params), any_patience());
  }

  void ask_open(size_t device, connection_params params,
                caf::timespan patience) {
    requests_.ask<maybe_connection>(
      request_kind::open, on_.manager,
      [this](const caf::expected<maybe_connection>& got) {
        if (!got)
          return;
        if (!*got) {
          on_.log.violation("an open was answered with no connection");
          return;
        }
        for (auto i = random_.between(0, 4); i > 0; --i)
          execute(**got, any_task(random_));
        keep(**got);
      },
      caf::open_atom_v, on_.where.key(device), std::move(params), patience);
  }

  void open_many() {
    std::vector<open_item> items;
    for (auto i = 0; i < 5; ++i) {
      auto device = any_device();
      items.push_back({on_.where.key(device), on_.where.params(device)});
    }
    requests_.ask<std::vector<open_outcome>>(
      request_kind::open, on_.manager,
      [this](const caf::expected<std::vector<open_outcome>>& got) {
        if (!got)
          return;
        for (auto& outcome : *got)
          if (outcome.connection)
            execute(*outcome.connection, quick_task(random_));
          else if (code_of(outcome.error) == errc::none)
            on_.log.violation("no connection: " + to_string(outcome.error));
      },
      caf::open_atom_v, std::move(items), any_patience());
  }

  // -- executing --------------------------------------------------------------

  void execute(const connection_actor& where, task what) {
    auto told = what.what.body;
    requests_.ask<reply>(
      request_kind::execute, where,
      [this, told,
       fits = std::move(what.fits)](const caf::expected<reply>& got) {
        // Some faults cost a command its exit status: a reply that says so is
        // no wrong one.
        if (got && got->attributes.count("exit_status") == 0 && !fits(*got))
          on_.log.violation("'" + told + "' was answered with status "
                            + std::to_string(got->status) + " and "
                            + std::to_string(got->output.size()) + " bytes: '"
                            + got->output.substr(0, 40) + "'");
      },
      execute_atom_v, std::move(what.what));
  }

  void keep(const connection_actor& x) {
    if (kept_.size() < handles_kept)
      kept_.push_back(x);
    else
      kept_.at(random_.between(0, handles_kept - 1)) = x;
  }

  /// It may have lost its session since, or may be closed.
  void use_kept() {
    if (!kept_.empty())
      execute(kept_.at(random_.between(0, kept_.size() - 1)),
              any_task(random_));
  }

  /// More at once than may wait.
  void rush() {
    if (kept_.empty())
      return;
    auto where = kept_.front();
    for (auto i = 0; i < 30; ++i)
      execute(where, quick_task(random_));
  }

  // -- the rest ---------------------------------------------------------------

  void look(const connection_key& key) {
    auto ignore = [](const auto&) {};
    switch (random_.between(0, 4)) {
      case 0:
        requests_.ask<std::optional<connection_status>>(request_kind::look,
                                                        on_.manager, ignore,
                                                        status_atom_v, key);
        break;
      case 1:
        requests_.ask<std::optional<explanation>>(request_kind::look,
                                                  on_.manager, ignore,
                                                  explain_atom_v, key);
        break;
      case 2:
        requests_.ask<counters_snapshot>(request_kind::look, on_.manager,
                                         ignore, counters_atom_v);
        break;
      case 3:
        requests_.ask<maybe_connection>(request_kind::look, on_.manager, ignore,
                                        caf::get_atom_v, key);
        break;
      default:
        requests_.ask<maybe_connection>(request_kind::look, on_.manager, ignore,
                                        get_or_create_atom_v, key);
        break;
    }
  }

  void close() {
    auto ignore = [](const caf::expected<bool>&) {};
    if (kept_.empty() || random_.chance(0.5))
      requests_.ask<bool>(request_kind::close, on_.manager, ignore,
                          caf::close_atom_v, on_.where.key(any_device()));
    else
      requests_.ask<bool>(request_kind::close, kept_.back(), ignore,
                          caf::close_atom_v);
  }

  participant_actor::pointer self_;
  const soak_context& on_;
  random_source random_;
  tracked_requests requests_;
  std::vector<connection_actor> kept_;
};

} // namespace

participant_actor spawn_caller(caf::actor_system& sys, const soak_context& on,
                               uint64_t seed) {
  return sys.spawn<participant_actor::stateful_impl<caller_state>>(
    std::cref(on), seed);
}

} // namespace tieline::soak
