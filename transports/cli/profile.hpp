#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/cli/platform_library.hpp"
#include "tieline/transports/cli/shell_session.hpp"

#include <caf/expected.hpp>

namespace tieline::cli {

/// What a session needs to know.
struct profile {
  cli_options options;
  /// For its SSH session, which checks them.
  connection_params ssh;
  shell_profile shell;
};

/// Returns the params as a profile, extras laid over `defaults`.
caf::expected<profile>
make_profile(const connection_key& key, connection_params params,
             const cli_options& defaults, const platform_library& platforms);

/// Returns what a request asks of a shell.
/// @returns an `errc::invalid_request` that says what is wrong with it
caf::expected<shell_request> make_shell_request(const connection_key& key,
                                                const request& from,
                                                const shell_profile& where);

/// Returns the reply to a request.
reply make_reply(shell_result from);

} // namespace tieline::cli
