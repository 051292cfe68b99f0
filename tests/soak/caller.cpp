#include "caller.hpp"

#include "asker.hpp"
#include "dice.hpp"
#include "tasks.hpp"

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

  caller_state(player_actor::pointer self, const stage& on, uint64_t seed)
    : self_(self),
      on_(on),
      dice_(seed),
      asks_(self, on.book, [this] { work_later(); }) {
    // nop
  }

  player_actor::behavior_type make_behavior() {
    work_later();
    return {
      [this](caf::close_atom) { return asks_.stop(); },
    };
  }

private:
  void work_later() {
    self_->run_delayed(dice_.milliseconds(20, 400), [this] { work(); });
  }

  void work() {
    switch (dice_.weighted({60, 15, 3, 8, 3, 3, 3, 2})) {
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
        open(any_device(), dice_.between(1, 3));
        break;
      default:
        open_wrongly(any_device());
        break;
    }
    if (dice_.chance(0.02))
      self_->quit();
    else if (asks_.resting())
      work_later();
  }

  /// Half of the work is for a fifth of the devices.
  size_t any_device() {
    auto among = on_.where.size();
    if (dice_.chance(0.5))
      among = among / 5 + 1;
    return dice_.between(0, among - 1);
  }

  // -- opening ----------------------------------------------------------------

  /// Mostly what the settings say, sometimes too little.
  caf::timespan any_patience() {
    if (dice_.chance(0.85))
      return caf::timespan{0};
    return dice_.milliseconds(1, 200);
  }

  void open(size_t device, size_t variant) {
    ask_open(device, on_.where.params(device, variant), any_patience());
  }

  void open_wrongly(size_t device) {
    auto params = on_.where.params(device);
    if (dice_.chance(0.7))
      params.password = secret{"wrong"};
    else
      params.extras["no_such_extra"] = "1";
    ask_open(device, std::move(params), any_patience());
  }

  void ask_open(size_t device, connection_params params,
                caf::timespan patience) {
    asks_.ask<maybe_connection>(
      question::open, on_.manager,
      [this](const caf::expected<maybe_connection>& got) {
        if (!got)
          return;
        if (!*got) {
          on_.book.blame("an open was answered with no connection");
          return;
        }
        for (auto i = dice_.between(0, 4); i > 0; --i)
          execute(**got, any_task(dice_));
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
    asks_.ask<std::vector<open_outcome>>(
      question::open, on_.manager,
      [this](const caf::expected<std::vector<open_outcome>>& got) {
        if (!got)
          return;
        for (auto& outcome : *got)
          if (outcome.connection)
            execute(*outcome.connection, quick_task(dice_));
          else if (code_of(outcome.error) == errc::none)
            on_.book.blame("no connection: " + to_string(outcome.error));
      },
      caf::open_atom_v, std::move(items), any_patience());
  }

  // -- executing --------------------------------------------------------------

  void execute(const connection_actor& where, task what) {
    auto told = what.what.body;
    asks_.ask<reply>(
      question::execute, where,
      [this, told,
       fits = std::move(what.fits)](const caf::expected<reply>& got) {
        if (got && !fits(*got))
          on_.book.blame("'" + told + "' was answered with status "
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
      kept_.at(dice_.between(0, handles_kept - 1)) = x;
  }

  /// It may have lost its session since, or may be closed.
  void use_kept() {
    if (!kept_.empty())
      execute(kept_.at(dice_.between(0, kept_.size() - 1)), any_task(dice_));
  }

  /// More at once than may wait.
  void rush() {
    if (kept_.empty())
      return;
    auto where = kept_.front();
    for (auto i = 0; i < 30; ++i)
      execute(where, quick_task(dice_));
  }

  // -- the rest ---------------------------------------------------------------

  void look(const connection_key& key) {
    auto ignore = [](const auto&) {};
    switch (dice_.between(0, 4)) {
      case 0:
        asks_.ask<std::optional<connection_status>>(question::look, on_.manager,
                                                    ignore, status_atom_v, key);
        break;
      case 1:
        asks_.ask<std::optional<explanation>>(question::look, on_.manager,
                                              ignore, explain_atom_v, key);
        break;
      case 2:
        asks_.ask<counters_snapshot>(question::look, on_.manager, ignore,
                                     counters_atom_v);
        break;
      case 3:
        asks_.ask<maybe_connection>(question::look, on_.manager, ignore,
                                    caf::get_atom_v, key);
        break;
      default:
        asks_.ask<maybe_connection>(question::look, on_.manager, ignore,
                                    get_or_create_atom_v, key);
        break;
    }
  }

  void close() {
    auto ignore = [](const caf::expected<bool>&) {};
    if (kept_.empty() || dice_.chance(0.5))
      asks_.ask<bool>(question::close, on_.manager, ignore, caf::close_atom_v,
                      on_.where.key(any_device()));
    else
      asks_.ask<bool>(question::close, kept_.back(), ignore, caf::close_atom_v);
  }

  player_actor::pointer self_;
  const stage& on_;
  dice dice_;
  asker asks_;
  std::vector<connection_actor> kept_;
};

} // namespace

player_actor spawn_caller(caf::actor_system& sys, const stage& on,
                          uint64_t seed) {
  return sys.spawn<player_actor::stateful_impl<caller_state>>(std::cref(on),
                                                              seed);
}

} // namespace tieline::soak
