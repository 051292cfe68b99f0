#include "tieline/actors/settings.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/config_option_adder.hpp>
#include <caf/config_value.hpp>

#include <set>

namespace tieline {

namespace {

using namespace std::chrono_literals;

caf::error invalid(const std::string& name, std::string why) {
  return make_error(errc::invalid_setting,
                    {{}, step::none, "tieline." + name + ": " + why});
}

/// Reads settings one by one and keeps the first error.
class reader {
public:
  explicit reader(const caf::settings& group) : group_(group) {
    // nop
  }

  template <class T>
  void read(const std::string& name, T& into, T least, T most) {
    known_.insert(name);
    auto i = group_.find(name);
    if (i == group_.end() || error_)
      return;
    auto value = caf::get_as<T>(i->second);
    if (!value)
      error_ = invalid(name, "not a valid value: " + to_string(i->second));
    else if (*value < least || *value > most)
      error_ = invalid(name, "out of range: " + caf::deep_to_string(*value)
                               + " is not in " + caf::deep_to_string(least)
                               + " to " + caf::deep_to_string(most));
    else
      into = *value;
  }

  caf::error finish() {
    for (auto& [name, value] : group_) {
      // A group below ours belongs to a plugin, which checks it itself.
      auto is_group = caf::holds_alternative<caf::settings>(value);
      if (!error_ && !is_group && known_.count(std::string{name}) == 0)
        error_ = invalid(std::string{name}, "no such setting");
    }
    return std::move(error_);
  }

private:
  const caf::settings& group_;
  std::set<std::string> known_;
  caf::error error_;
};

} // namespace

caf::expected<settings> settings::load(const caf::settings& config) {
  settings result;
  auto i = config.find("tieline");
  if (i == config.end())
    return result;
  auto group = caf::get_as<caf::settings>(i->second);
  if (!group)
    return invalid("", "not a group of settings");
  reader in{*group};
  in.read<caf::timespan>("open-timeout", result.open_timeout, 1ms, 1h);
  in.read<caf::timespan>("execute-timeout", result.execute_timeout, 1ms, 24h);
  in.read<caf::timespan>("close-timeout", result.close_timeout, 1ms, 10min);
  in.read<caf::timespan>("shutdown-timeout", result.shutdown_timeout, 1ms, 1h);
  in.read<uint64_t>("output-limit", result.output_limit, 1, 1ULL << 40);
  if (auto error = in.finish())
    return error;
  return result;
}

void settings::add_options(caf::config_option_set& options) {
  caf::config_option_adder{options, "tieline"}
    .add<caf::timespan>("open-timeout",
                        "how long a caller waits for a session to open (30s)")
    .add<caf::timespan>("execute-timeout", "how long a request may take (30s)")
    .add<caf::timespan>("close-timeout",
                        "how long closing waits before it drops (5s)")
    .add<caf::timespan>("shutdown-timeout",
                        "how long the manager may take to end (30s)")
    .add<uint64_t>("output-limit",
                   "most bytes a request may bring back (64 MiB)");
}

} // namespace tieline
