#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/configurable.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline {

/// The options of sessions in the shells of devices. Each is a setting
/// `tieline.cli.<name>` of a CAF config, with dashes for underscores, and all
/// but `platforms` can be set for one connection as `extras["<name>"]`.
struct cli_options : configurable<cli_options> {
  /// Folders with files of platforms, in the schema of scrapli_definitions. A
  /// platform of an earlier folder is used instead of one of a later folder or
  /// one of tieline's own.
  std::vector<std::string> platforms;
  /// How long a shell may take from its start until it is ready for requests.
  /// 1 ms to 1 h.
  caf::timespan ready_timeout = std::chrono::seconds{30};
  /// How long a prompt has to stand still at the end of the output to be taken
  /// for one. 0 to 10 s.
  caf::timespan settle_time = std::chrono::milliseconds{10};
  /// How long a device may take to come back to its prompt after a request was
  /// given up. Then the session is lost. 1 ms to 1 h.
  caf::timespan resync_timeout = std::chrono::seconds{5};
  /// How often an idle session sends a return, for devices that end idle
  /// shells. 1 s to 1 d; zero: never.
  caf::timespan idle_return_interval{0};
  /// The size of the terminal: 40 to 10000 columns and 10 to 10000 rows.
  uint64_t columns = 511;
  uint64_t rows = 255;
  /// Whether the shell runs on an SSH session of the plugin ssh, if one is open
  /// with the same params. Else it has its own.
  bool share_session = true;

  static const option_table<cli_options>& table();
};

extern template struct configurable<cli_options>;

/// Spawns a factory of sessions in the shells of network devices, over SSH.
///
/// Opening: the session logs in like one of the plugin ssh and also takes its
/// extras and secrets. `platform` of the params names the platform: one of a
/// file, or one of cisco_iosxe, cisco_iosxr, cisco_nxos, arista_eos,
/// juniper_junos, nokia_srl, huawei_vrp, mikrotik_routeros, paloalto_panos and
/// linux, or an alias, as cisco_ios. Further secrets of the params answer
/// questions that ask for a secret by name, as `enable`. Then it starts a shell
/// and brings it to the mode that the platform says. A device that does not let
/// it into that mode is `errc::operation_failed`, a login in the shell that is
/// refused `errc::auth_failed`.
///
/// Executing: the body is one command, or several lines. Attributes:
/// `mode` names the mode to run them in; the default is that of the platform.
/// `answers` has one question for each line: a regular expression, `=`, and
/// the text to answer, or `__lookup::NAME` for the secret NAME; the last `=` of
/// the line counts. With `stop-on-failure` `false`, lines behind one that
/// failed are sent, too. `expect` is a regular expression that ends each line
/// instead of a prompt. With `raw` `true`, echoes and prompts stay in the
/// output. The reply has the output of all lines, without echoes and prompts.
/// Its status is 1 if the device said that a line failed. The attributes are
/// `mode`, `prompt` and `output-sizes` (see @ref cli_outputs_of) and, after a
/// failure, `failed-command`, `failed-line` (what the device said) and
/// `failed-indicator`.
///
/// With `config`, the lines are configuration. They run in the mode that the
/// platform says, and the first that fails stops it. `commit` puts them into
/// effect, `check` undoes them at the end, `confirm` has no lines and makes
/// last what was committed for a time. With `diff` `true` the attribute `diff`
/// of the reply is what is different. `commit-confirmed` is how many seconds
/// later the device goes back by itself unless that is confirmed. The attribute
/// `config` of the reply, and the detail `config` of an error, say what has
/// become of it: `unchanged`, `committed`, `to be confirmed`, `confirmed`,
/// `checked`; `aborted` after a failure, or `not committed` if it could not be
/// undone; where there is no commit, `applied` or `applied in part`; `unknown`
/// if the answer to the commit was not seen.
///
/// A request that times out or is given up never leaves output behind for the
/// next: the device is interrupted, and the session goes on when it is certain
/// where that request's output has ended; else it is lost.
///
/// The factory ends on an exit message or with its last handle. Its sessions
/// live on. It reads the files of platforms when it is spawned.
/// @param ssh the result of spawn_ssh_factory, whose sessions are shared
/// @param options those of the system's config unless they are given
/// @throws std::invalid_argument if an option is wrong.
factory_actor spawn_cli_factory(caf::actor_system& sys, factory_actor ssh,
                                std::optional<cli_options> options = {});

/// Returns whether this is a platform, or an alias of one, that tieline ships
/// and that is a network device: whose commands run in its shell.
bool is_network_platform(const std::string& name);

/// Returns the output of each line of a request, from its reply.
std::vector<std::string> cli_outputs_of(const reply& from);

} // namespace tieline
