#include "tieline/messages/options/option_table.hpp"
#include "tieline/transports/ssh/auth_plan.hpp"
#include "tieline/transports/ssh/proxy_jump.hpp"
#include "tieline/transports/ssh/ssh.hpp"

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr text_rule paths{"paths, with commas between them"};

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};
constexpr limits<caf::timespan> off_or_up_to_an_hour{1ms, 1h, true};

constexpr text_rule methods{
  "publickey, keyboard-interactive, password, separated by commas",
  [](const std::string& x) { return ssh::parse_methods(x).has_value(); }};

constexpr text_rule jumps{
  "none, or [user@]host[:port] with commas between them",
  [](const std::string& x) {
    return x.empty() || x == "none" || ssh::proxy_chain{{}}.prepend(x).empty();
  }};

} // namespace

template struct configurable<ssh_options>;

const option_table<ssh_options>& ssh_options::table() {
  static const option_table<ssh_options> result{
    "tieline.ssh",
    {
      {"connect-timeout", &ssh_options::connect_timeout, up_to_an_hour,
       "resolving and connecting"},
      {"key-exchange-timeout", &ssh_options::key_exchange_timeout,
       up_to_an_hour, "banner and key exchange"},
      {"auth-timeout", &ssh_options::auth_timeout, up_to_an_hour,
       "logging in, all methods together"},
      {"channel-timeout", &ssh_options::channel_timeout, up_to_an_hour,
       "opening a channel and starting its command"},
      {"host-key-policy", &ssh_options::host_key_policy,
       "what to do with a host's key", said_by::this_process},
      {"known-hosts", &ssh_options::known_hosts, paths,
       "the host keys that are known; new ones go to the first file",
       said_by::this_process},
      {"global-known-hosts", &ssh_options::global_known_hosts, paths,
       "the host keys that the system knows", said_by::this_process},
      {"private-key-file", &ssh_options::private_key_file, a_path,
       "a key to log in with; empty: none", said_by::this_process},
      {"certificate-file", &ssh_options::certificate_file, a_path,
       "the certificate of the private key; empty: the key's file name with "
       "-cert.pub behind it, if there is such a file",
       said_by::this_process},
      {"auth-methods", &ssh_options::auth_methods, methods,
       "the only ways to log in, in this order; empty: all"},
      {"legacy", &ssh_options::legacy,
       "also take the algorithms of old devices, which can be broken"},
      {"agent-socket", &ssh_options::agent_socket, text_rule{"a path, or env"},
       "an agent to log in with; env: that of SSH_AUTH_SOCK; empty: none",
       said_by::this_process},
      {"config-file", &ssh_options::config_file, paths,
       "files of ssh_config(5) that apply to hosts; empty: none",
       said_by::this_process},
      {"config-exec", &ssh_options::config_exec,
       "whether Match exec in these files runs commands",
       said_by::this_process},
      {"proxy-jump", &ssh_options::proxy_jump, jumps,
       "jump hosts, nearest first, with commas between them; none: none, "
       "whatever files say; empty: as files say"},
      {"max-channels", &ssh_options::max_channels, limits<uint64_t>{1, 1000},
       "commands at once on one session"},
      {"stdin-eof", &ssh_options::stdin_eof,
       "when the end of a command's input is sent; late: without input after a "
       "second without output"},
      {"keepalive-interval", &ssh_options::keepalive_interval,
       off_or_up_to_an_hour,
       "silence after which the server is asked for a sign of life; 0s: never"},
      {"keepalive-count", &ssh_options::keepalive_count,
       limits<uint64_t>{1, 100},
       "intervals without an answer after which the session is lost"},
    },
    nullptr,
    {{"private_key", "the text of a private key"},
     {"passphrase", "of the private key or its file"}}};
  return result;
}

} // namespace tieline
