#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/ssh/config/evaluator.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace tieline::ssh {

/// Returns the files of ssh_config(5) that apply to a connection; none if there
/// are no such or the extras are wrong.
std::vector<std::string> config_files_of(const connection_params& params,
                                         const ssh_options& defaults,
                                         bool& exec);

/// Returns the params as a profile: extras laid over what config files say, and
/// that over `defaults`.
/// @param says null if there are no such files
caf::expected<profile> make_profile(const connection_key& key,
                                    const connection_params& params,
                                    const ssh_options& defaults,
                                    const config::evaluation* says = nullptr);

} // namespace tieline::ssh
