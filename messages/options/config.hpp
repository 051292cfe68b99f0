#pragma once

#include "tieline/messages/type_ids.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_option.hpp>
#include <caf/config_option_set.hpp>
#include <caf/error.hpp>

#include <string>
#include <vector>

namespace tieline {

/// Returns whether an option stands for `true` when it is given without a
/// value.
bool is_flag(const caf::config_option& option);

/// Returns arguments of a command line such that CAF's parser takes them: it
/// refuses an empty value, as in `--tieline.node.address=`, whatever the option
/// is.
/// @param known options of tieline's tables among them
std::vector<std::string> spelled_out(std::vector<std::string> args,
                                     const caf::config_option_set& known);

namespace detail {

/// A base that comes before CAF's config, which may use the types.
struct type_registration {
  type_registration() {
    init();
  }
};

} // namespace detail

/// A config of CAF whose constructor calls @ref init, and whose command line
/// takes for tieline's options all that a file takes: `--name=` is an empty
/// text or list, and a flag may be given as
/// `--name`, `--name=true` or `--name=false`. With CAF's own class an empty
/// text is `--name='""'`, and a flag needs its value.
class config : private detail::type_registration,
               public caf::actor_system_config {
public:
  using super = caf::actor_system_config;

  caf::error parse(int argc, char** argv);

  caf::error parse(std::vector<std::string> args);

  caf::error parse(std::vector<std::string> args, std::istream& file);
};

} // namespace tieline
