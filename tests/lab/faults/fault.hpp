#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tieline::lab {

/// What can go wrong with a device. Faults can be combined; those that come
/// earlier in a connection's life win.
enum class fault {
  refuse,             ///< the port is closed: connection refused
  black_hole,         ///< the backlog is full: SYNs are dropped
  freeze,             ///< no reads, writes or accepts, as SIGSTOP would do
  close_at_once,      ///< accepts and closes
  reset_at_once,      ///< accepts and resets (RST)
  hang_before_banner, ///< accepts and says nothing
  garbage_banner,     ///< 10 kB without a newline instead of a banner
  wrong_host_key,     ///< presents another key than the one it announces
  reject_logins,      ///< denies every login
  slow_login,         ///< amount: milliseconds before a login is answered
  introduce,          ///< a round without prompts, then "Kennwort:"
  ask_code,           ///< after the right password, a code is asked for
  expired_password,   ///< after the right password, a new one is asked for
  sha1_signatures,    ///< takes RSA keys with signatures by SHA-1 only
  odd_keepalive,      ///< meets keepalives with what is no answer to them
  refuse_channels,    ///< refuses to open channels, keeps the session
  drop_on_exec,       ///< closes the connection when exec arrives
  hang_in_exec,       ///< never answers an exec request
  slow_command,       ///< amount: milliseconds before a command's output
  drop_after_bytes,   ///< amount: bytes of output in a session, then closes
  drop_on_eof,        ///< closes the connection when input ends before output
  close_on_exec,      ///< closes the channel instead of answering a request
  no_exit_status,     ///< closes channels without an exit status
  half_close,         ///< ends the output, then leaves the channel as it is
  one_command,        ///< closes the connection with its first channel; amount
                      ///< 1: by a reset
  flood_ignore,       ///< sends SSH_MSG_IGNORE without end after the login
  flood_opens,        ///< asks for channels without end after the login
  flood_requests,     ///< sends channel requests without end to a command

  // Of a NETCONF session.
  netconf_no_hello,      ///< says nothing, but does what it is told
  netconf_no_base,       ///< its hello has neither base:1.0 nor base:1.1
  netconf_silence,       ///< answers nothing after the hello
  netconf_wrong_id,      ///< replies with another message-id
  netconf_no_id,         ///< replies without message-id
  netconf_out_of_order,  ///< swaps each two replies: one waits for the next
  netconf_bad_xml,       ///< a reply that is no well-formed XML
  netconf_xml_bomb,      ///< a reply with a DTD and 3 GB of entities
  netconf_bad_chunk,     ///< a chunk of a size that RFC 6242 does not allow
  netconf_truncate,      ///< half a reply, then the end of the channel
  netconf_huge_reply,    ///< amount: bytes of text in each reply
  netconf_dribble,       ///< amount: milliseconds between two bytes of a reply
  netconf_slow_reply,    ///< amount: milliseconds before each reply
  netconf_close,         ///< does what it is told, then closes without a reply
  netconf_flood,         ///< amount: notifications at each new subscription
  netconf_invalid,       ///< no configuration is valid, so none is committed
  netconf_hidden_error,  ///< refuses deep inside of a reply; amount: all (0),
                         ///< lock (1), edit-config (2), validate (3), commit
                         ///< (4), its confirmation (5), cancel-commit (6)
  netconf_warnings,      ///< a warning with each reply; amount 1: inside of it
  netconf_old_hello,     ///< names its capabilities as Junos once did
  netconf_no_session_id, ///< its hello has no session-id
  netconf_latin_1,       ///< amount: which reply of a session has such a byte
  netconf_line_feeds,    ///< a line feed too many behind each message
  netconf_timeless,      ///< amount: which event of a subscription has no time

  // Of a shell.
  cli_slow_prompt,   ///< amount: milliseconds before the first prompt
  cli_slow_bytes,    ///< amount: milliseconds between two bytes
  cli_banner,        ///< a banner that ends like a prompt, a pause, the prompt
  cli_login,         ///< asks for user and password in the shell, too
  cli_log,           ///< a line of the log behind the prompt of a command
  cli_log_in_prompt, ///< a line of the log in the middle of that prompt
  cli_pager,         ///< pages, whatever it was told
  cli_redraw,        ///< scrolls long lines sideways
  cli_no_echo,       ///< does not echo what is typed
  cli_carriage,      ///< carriage returns and colours everywhere
  cli_types_ahead,   ///< echoes at once, even while a command runs
  cli_deaf,          ///< does not listen to interrupts
  cli_close,         ///< ends the shell at the first command

  // Of a RESTCONF server; all but the refusals do what they are told.
  http_silence,         ///< answers no request
  http_reset,           ///< resets the connection instead of answering
  http_close,           ///< closes the connection instead of answering
  http_slow,            ///< amount: milliseconds before each answer
  http_half_body,       ///< half of the body, then the end
  http_wrong_length,    ///< amount: the Content-Length that it claims
  http_bad_chunk,       ///< a chunk whose size is no number
  http_slow_headers,    ///< amount: milliseconds between two bytes of the head
  http_endless_headers, ///< headers as long as somebody reads
  http_unauthorized,    ///< 401, whoever asks
  http_login,           ///< 302 to /login, whatever is asked for
  http_no_head,         ///< never answers HEAD
  http_refuse_head,     ///< 401 to each HEAD
  http_gzip,            ///< compresses, asked or not; amount 1: and cuts it off
  http_hidden_error,    ///< an error of RESTCONF with the status 200
};

/// How many faults there are.
constexpr std::size_t fault_count = 79;

/// Returns the fault's name as the lab program spells it: `slow-login`.
std::string_view to_string(fault what);

/// Returns the fault of that name, or nothing.
std::optional<fault> fault_from(std::string_view name);

/// A fault and how much of it.
struct measured_fault {
  fault what;
  std::uint64_t amount; ///< milliseconds or bytes; 0 if none is given
};

/// Reads `NAME[=AMOUNT]`.
/// @throws std::invalid_argument with the names of all faults: it is none
measured_fault measured_fault_from(std::string_view text);

} // namespace tieline::lab
