#include "tieline/transports/ssh/config/parser.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/ssh/config/algorithms.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>
#include <utility>

namespace tieline::ssh::config {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// How the arguments of a keyword are read.
enum class form : uint8_t {
  /// One that is not empty.
  text,
  /// One, with `${NAME}` or `$NAME` in it.
  agent,
  port,
  number,
  time,
  flag,
  strictness,
  family,
  /// Any number of names of files; `none` stands alone.
  files,
  key_exchanges,
  signatures,
  ciphers,
  macs,
  /// The rest of the line, as it is.
  command,
  jump,
  /// Any number, none of them empty.
  patterns,
  criteria,
  /// Whatever it is, it is not looked at.
  any,
};

/// What becomes of a keyword.
enum class standing : uint8_t {
  supported,
  /// A flag that is only worth a word if it is `yes`.
  unsupported_flag,
  unsupported,
  /// OpenSSH does nothing with it, or it is about how the ssh program talks to
  /// whoever sits before it.
  pointless,
};

struct row {
  std::string_view name;
  form how;
  standing state;
  keyword what = keyword::unknown;
};

constexpr auto yes = standing::supported;
constexpr auto no_flag = standing::unsupported_flag;
constexpr auto no = standing::unsupported;
constexpr auto moot = standing::pointless;

// In the order of ssh_config(5), aliases and old names last.
constexpr row rows[] = {
  {"Host", form::patterns, yes, keyword::host},
  {"Match", form::criteria, yes, keyword::match},
  {"AddKeysToAgent", form::any, no_flag},
  {"AddressFamily", form::family, yes, keyword::address_family},
  {"BatchMode", form::flag, moot},
  {"BindAddress", form::text, yes, keyword::bind_address},
  {"BindInterface", form::text, no},
  {"CanonicalDomains", form::any, no},
  {"CanonicalizeFallbackLocal", form::flag, no_flag},
  {"CanonicalizeHostname", form::any, no_flag},
  {"CanonicalizeMaxDots", form::number, no},
  {"CanonicalizePermittedCNAMEs", form::any, no},
  {"CASignatureAlgorithms", form::signatures, no},
  {"CertificateFile", form::text, yes, keyword::certificate_file},
  {"ChannelTimeout", form::any, no},
  {"CheckHostIP", form::flag, no_flag},
  {"Ciphers", form::ciphers, yes, keyword::ciphers},
  {"ClearAllForwardings", form::flag, moot},
  {"Compression", form::flag, no_flag},
  {"ConnectionAttempts", form::number, no},
  {"ConnectTimeout", form::time, yes, keyword::connect_timeout},
  {"ControlMaster", form::any, no_flag},
  {"ControlPath", form::text, no},
  {"ControlPersist", form::any, no_flag},
  {"DynamicForward", form::any, no},
  {"EnableEscapeCommandline", form::flag, moot},
  {"EnableSSHKeysign", form::flag, no_flag},
  {"EscapeChar", form::any, moot},
  {"ExitOnForwardFailure", form::flag, no_flag},
  {"FingerprintHash", form::text, moot},
  {"ForkAfterAuthentication", form::flag, moot},
  {"ForwardAgent", form::any, no_flag},
  {"ForwardX11", form::flag, no_flag},
  {"ForwardX11Timeout", form::time, no},
  {"ForwardX11Trusted", form::flag, no_flag},
  {"GatewayPorts", form::flag, no_flag},
  {"GlobalKnownHostsFile", form::files, yes, keyword::global_known_hosts_file},
  {"GSSAPIAuthentication", form::flag, no_flag},
  {"GSSAPIClientIdentity", form::text, no},
  {"GSSAPIDelegateCredentials", form::flag, no_flag},
  {"GSSAPIKexAlgorithms", form::any, no},
  {"GSSAPIKeyExchange", form::flag, no_flag},
  {"GSSAPIRenewalForcesRekey", form::flag, no_flag},
  {"GSSAPIServerIdentity", form::text, no},
  {"GSSAPITrustDns", form::flag, no_flag},
  {"HashKnownHosts", form::flag, no_flag},
  {"HostbasedAcceptedAlgorithms", form::signatures, no},
  {"HostbasedAuthentication", form::flag, no_flag},
  {"HostKeyAlgorithms", form::signatures, yes, keyword::host_key_algorithms},
  {"HostKeyAlias", form::text, yes, keyword::host_key_alias},
  {"HostName", form::text, yes, keyword::hostname},
  {"IdentitiesOnly", form::flag, yes, keyword::identities_only},
  {"IdentityAgent", form::agent, yes, keyword::identity_agent},
  {"IdentityFile", form::text, yes, keyword::identity_file},
  {"IgnoreUnknown", form::text, yes, keyword::ignore_unknown},
  {"Include", form::patterns, yes, keyword::include},
  {"IPQoS", form::any, no},
  {"KbdInteractiveAuthentication", form::flag, no},
  {"KbdInteractiveDevices", form::text, no},
  {"KexAlgorithms", form::key_exchanges, yes, keyword::kex_algorithms},
  {"KnownHostsCommand", form::command, no},
  {"LocalCommand", form::command, no},
  {"LocalForward", form::any, no},
  {"LogLevel", form::text, moot},
  {"LogVerbose", form::any, moot},
  {"MACs", form::macs, yes, keyword::macs},
  {"NoHostAuthenticationForLocalhost", form::flag, no_flag},
  {"NumberOfPasswordPrompts", form::number, moot},
  {"ObscureKeystrokeTiming", form::any, no_flag},
  {"PasswordAuthentication", form::flag, no},
  {"PermitLocalCommand", form::flag, no_flag},
  {"PermitRemoteOpen", form::any, no},
  {"PKCS11Provider", form::text, no},
  {"Port", form::port, yes, keyword::port},
  {"PreferredAuthentications", form::text, yes,
   keyword::preferred_authentications},
  {"ProxyCommand", form::command, yes, keyword::proxy_command},
  {"ProxyJump", form::jump, yes, keyword::proxy_jump},
  {"ProxyUseFdpass", form::flag, no_flag},
  {"PubkeyAcceptedAlgorithms", form::signatures, yes,
   keyword::pubkey_accepted_algorithms},
  {"PubkeyAuthentication", form::any, no},
  {"RefuseConnection", form::text, no},
  {"RekeyLimit", form::any, no},
  {"RemoteCommand", form::command, no},
  {"RemoteForward", form::any, no},
  {"RequestTTY", form::any, no_flag},
  {"RequiredRSASize", form::number, no},
  {"RevokedHostKeys", form::text, no},
  {"SecurityKeyProvider", form::text, no},
  {"SendEnv", form::any, no},
  {"ServerAliveCountMax", form::number, yes, keyword::server_alive_count_max},
  {"ServerAliveInterval", form::time, yes, keyword::server_alive_interval},
  {"SessionType", form::text, no},
  {"SetEnv", form::any, no},
  {"StdinNull", form::flag, moot},
  {"StreamLocalBindMask", form::text, no},
  {"StreamLocalBindUnlink", form::flag, no_flag},
  {"StrictHostKeyChecking", form::strictness, yes,
   keyword::strict_host_key_checking},
  {"SyslogFacility", form::text, moot},
  {"Tag", form::text, yes, keyword::tag},
  {"TCPKeepAlive", form::flag, no_flag},
  {"Tunnel", form::any, no_flag},
  {"TunnelDevice", form::text, no},
  {"UpdateHostKeys", form::any, no_flag},
  {"User", form::text, yes, keyword::user},
  {"UserKnownHostsFile", form::files, yes, keyword::user_known_hosts_file},
  {"VerifyHostKeyDNS", form::any, no_flag},
  {"VersionAddendum", form::any, no},
  {"VisualHostKey", form::flag, moot},
  {"WarnWeakCrypto", form::any, moot},
  {"XAuthLocation", form::text, no},
  // Other names of the same.
  {"ChallengeResponseAuthentication", form::flag, no},
  {"DSAAuthentication", form::any, no},
  {"HostbasedKeyTypes", form::signatures, no},
  {"IdentityFile2", form::text, yes, keyword::identity_file},
  {"KeepAlive", form::flag, no_flag},
  {"PubkeyAcceptedKeyTypes", form::signatures, yes,
   keyword::pubkey_accepted_algorithms},
  {"SKeyAuthentication", form::flag, no},
  {"SmartcardDevice", form::text, no},
  {"TISAuthentication", form::flag, no},
  // Things of the past.
  {"AFSTokenPassing", form::any, moot},
  {"Cipher", form::any, moot},
  {"CompressionLevel", form::any, moot},
  {"FallBackToRsh", form::any, moot},
  {"GlobalKnownHostsFile2", form::any, moot},
  {"KerberosAuthentication", form::any, moot},
  {"KerberosTgtPassing", form::any, moot},
  {"Protocol", form::any, moot},
  {"RhostsAuthentication", form::any, moot},
  {"RhostsRSAAuthentication", form::any, moot},
  {"RSAAuthentication", form::any, moot},
  {"UsePrivilegedPort", form::any, moot},
  {"UserKnownHostsFile2", form::any, moot},
  {"UseRoaming", form::any, moot},
  {"UseRsh", form::any, moot},
};

bool same(std::string_view x, std::string_view y) {
  return x.size() == y.size()
         && std::equal(x.begin(), x.end(), y.begin(), [](char a, char b) {
              return std::tolower(static_cast<unsigned char>(a))
                     == std::tolower(static_cast<unsigned char>(b));
            });
}

const row* find_row(std::string_view name) {
  const auto* found
    = std::find_if(std::begin(rows), std::end(rows),
                   [name](const row& x) { return same(x.name, name); });
  return found == std::end(rows) ? nullptr : found;
}

void skip(std::string_view& text, std::string_view what) {
  text.remove_prefix(std::min(text.find_first_not_of(what), text.size()));
}

/// Takes the keyword off a line, and what separates it from its arguments: one
/// `=` at most. Nothing: a quote has no end.
std::optional<std::string> take_keyword(std::string_view& line) {
  auto end = std::min(line.find_first_of(" \t\r\n\"="), line.size());
  std::string result{line.substr(0, end)};
  line.remove_prefix(end);
  if (!line.empty() && line.front() == '"') {
    line.remove_prefix(1);
    auto quote = line.find('"');
    if (quote == std::string_view::npos)
      return std::nullopt;
    result += line.substr(0, quote);
    line.remove_prefix(quote + 1);
    skip(line, blanks);
    return result;
  }
  skip(line, blanks);
  if (!line.empty() && line.front() == '=') {
    line.remove_prefix(1);
    skip(line, blanks);
  }
  return result;
}

/// Splits arguments as a shell does, roughly. A `#` at the beginning of one
/// begins a comment. Returns whether all quotes have their ends.
bool split(std::string_view text, std::vector<std::string>& into) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || text[i] == '\t')
      continue;
    if (text[i] == '#')
      return true;
    char quote = 0;
    auto& word = into.emplace_back();
    for (; i < text.size(); ++i) {
      auto c = text[i];
      auto next = i + 1 < text.size() ? text[i + 1] : '\0';
      if (c == '\\'
          && (next == '\'' || next == '"' || next == '\\'
              || (quote == 0 && next == ' '))) {
        word += next;
        ++i;
      } else if (quote == 0 && (c == ' ' || c == '\t')) {
        break;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    }
    if (quote != 0)
      return false;
  }
  return true;
}

/// Reads a number that fits an int, as strtonum(3) does.
std::optional<int> to_number(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  auto value = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || *end != '\0' || errno == ERANGE || value < 0
      || value > INT_MAX)
    return std::nullopt;
  return static_cast<int>(value);
}

std::optional<int> to_port(const std::string& text) {
  if (auto number = to_number(text); number)
    return *number >= 1 && *number <= 65535 ? number : std::nullopt;
  servent entry{};
  servent* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getservbyname_r(text.c_str(), "tcp", &entry, buffer.data(), buffer.size(),
                      &found)
        != 0
      || found == nullptr)
    return std::nullopt;
  return ntohs(static_cast<uint16_t>(found->s_port));
}

/// Reads whole seconds: `90`, `1m30s`, `2h`.
std::optional<int> to_seconds(const std::string& text) {
  long long total = 0;
  const auto* p = text.c_str();
  if (*p == '\0')
    return std::nullopt;
  while (*p != '\0') {
    char* end = nullptr;
    errno = 0;
    auto value = std::strtoll(p, &end, 10);
    if (end == p || errno == ERANGE || value < 0)
      return std::nullopt;
    long long unit = 1;
    switch (std::tolower(static_cast<unsigned char>(*end))) {
      case '\0':
      case 's':
        break;
      case 'm':
        unit = 60;
        break;
      case 'h':
        unit = 3600;
        break;
      case 'd':
        unit = 86'400;
        break;
      case 'w':
        unit = 604'800;
        break;
      default:
        return std::nullopt;
    }
    if (value > INT_MAX / unit)
      return std::nullopt;
    total += value * unit;
    if (total > INT_MAX)
      return std::nullopt;
    p = *end == '\0' ? end : end + 1;
  }
  return static_cast<int>(total);
}

/// One of some words, each with what it stands for.
struct choice {
  std::string_view word;
  std::string_view meaning;
};

constexpr choice flags[]
  = {{"true", "yes"}, {"false", "no"}, {"yes", "yes"}, {"no", "no"}};

constexpr choice strictnesses[] = {
  {"true", "yes"},
  {"false", "no"},
  {"yes", "yes"},
  {"no", "no"},
  {"ask", "ask"},
  {"off", "no"},
  {"accept-new", "accept-new"},
};

constexpr choice families[]
  = {{"inet", "inet"}, {"inet6", "inet6"}, {"any", "any"}};

template <size_t N>
std::string
choose(const choice (&from)[N], const std::string& text, std::string& into) {
  const auto* found
    = std::find_if(std::begin(from), std::end(from),
                   [&text](const choice& x) { return same(x.word, text); });
  if (found != std::end(from)) {
    into = found->meaning;
    return {};
  }
  std::string result = "must be ";
  for (const auto& x : from) {
    if (&x != from)
      result += &x == std::end(from) - 1 ? " or " : ", ";
    result += x.word;
  }
  return result + ", not " + in_quotes(text);
}

/// Returns whether a hop is `[user@]host[:port]` or `ssh://` and that.
bool is_hop(std::string hop) {
  constexpr std::string_view scheme = "ssh://";
  auto is_uri = hop.compare(0, scheme.size(), scheme) == 0;
  if (is_uri)
    hop.erase(0, scheme.size());
  if (auto at = is_uri ? hop.find('@') : hop.rfind('@');
      at != std::string::npos) {
    if (at == 0)
      return false;
    hop.erase(0, at + 1);
  }
  auto end = hop.find_first_of(":/");
  if (!hop.empty() && hop.front() == '[') {
    end = hop.find(']');
    if (end == std::string::npos || end == 1)
      return false;
    ++end;
    if (end < hop.size() && hop[end] != ':' && hop[end] != '/')
      return false;
    if (end == hop.size())
      return true;
  }
  if (end == 0 || hop.empty())
    return false;
  if (end == std::string::npos)
    return true;
  auto rest = hop.substr(end + 1);
  if (is_uri && !rest.empty() && rest.back() == '/')
    rest.pop_back();
  return rest.empty() || to_port(rest).has_value();
}

bool is_jump(std::string_view value) {
  if (same(value, "none"))
    return true;
  for (;;) {
    auto comma = value.find(',');
    if (!is_hop(std::string{value.substr(0, comma)}))
      return false;
    if (comma == std::string_view::npos)
      return true;
    value.remove_prefix(comma + 1);
  }
}

bool is_variable_name(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

/// Reads the lines of one file.
class reader {
public:
  explicit reader(file& into) : file_(into) {
    // nop
  }

  /// Reads the next line; returns what is wrong with it.
  std::string read(std::string_view text) {
    ++line_;
    if (text.size() > max_line)
      return "the line is longer than " + std::to_string(max_line) + " bytes";
    if (text.find('\0') != std::string_view::npos)
      return "the line has a NUL byte";
    // A form feed may stand at the end only.
    auto last = text.find_last_not_of(" \t\r\n\f");
    text = last == std::string_view::npos ? std::string_view{}
                                          : text.substr(0, last + 1);
    skip(text, blanks);
    if (text.empty() || text.front() == '#')
      return {};
    auto name = take_keyword(text);
    // A line may begin with `=`.
    if (name && name->empty())
      name = take_keyword(text);
    if (!name)
      return "a quote has no end";
    if (name->empty() || name->front() == '#')
      return {};
    if (text.empty())
      return *name + ": an argument is missing";
    statement next{keyword::unknown, line_, *name, {}, {}, {}};
    if (!split(text, next.values))
      return *name + ": a quote has no end";
    const auto* known = find_row(*name);
    if (known == nullptr) {
      file_.statements.push_back(std::move(next));
      return {};
    }
    next.what = known->what;
    if (auto wrong = read_values(*known, text, next); !wrong.empty())
      return *name + ": " + wrong;
    if (known->state != standing::supported) {
      note(*known, next);
      return {};
    }
    for (const auto& x : next.criteria)
      if (x.what == criterion::kind::exec)
        note(std::string{match_exec}, line_);
      else if (x.what == criterion::kind::unsupported)
        note("Match " + x.argument, line_);
    file_.statements.push_back(std::move(next));
    return {};
  }

  size_t line() const noexcept {
    return line_;
  }

private:
  static std::string read_values(const row& known, std::string_view text,
                                 statement& into) {
    auto& values = into.values;
    switch (known.how) {
      case form::any:
        return {};
      case form::patterns:
        return check_not_empty(values);
      case form::files:
        return check_files(values);
      case form::criteria:
        return read_criteria(values, into.criteria);
      case form::command:
        skip(text, " \t\r\n=");
        values = {std::string{text}};
        return {};
      case form::jump: {
        skip(text, " \t\r\n=");
        auto end = text.substr(0, text.find('#')).find_last_not_of(blanks);
        text = end == std::string_view::npos ? std::string_view{}
                                             : text.substr(0, end + 1);
        if (!is_jump(text))
          return "must be none or [user@]host[:port] with commas between "
                 "them, not "
                 + in_quotes(text);
        values = {std::string{text}};
        return {};
      }
      default:
        break;
    }
    if (values.empty() || values.front().empty())
      return "an argument is missing";
    auto wrong = read_value(known.how, values.front());
    if (wrong.empty() && values.size() > 1)
      return "has more arguments than one";
    return wrong;
  }

  static std::string read_value(form how, std::string& value) {
    auto must_be = [&value](const char* what) {
      return "must be " + std::string{what} + ", not " + in_quotes(value);
    };
    auto take = [&](std::optional<int> got, const char* what) {
      if (!got)
        return must_be(what);
      value = std::to_string(*got);
      return std::string{};
    };
    auto check_list = [&](algorithm_kind kind, const char* what) {
      return is_algorithm_list(kind, value) ? std::string{} : must_be(what);
    };
    switch (how) {
      case form::port:
        return take(to_port(value), "a port, 1 to 65535");
      case form::number:
        return take(to_number(value), "a number, 0 to 2147483647");
      case form::time:
        return value == "none"
                 ? std::string{}
                 : take(to_seconds(value), "a time, as 90 or 1m30s");
      case form::flag:
        return choose(flags, value, value);
      case form::strictness:
        return choose(strictnesses, value, value);
      case form::family:
        return choose(families, value, value);
      case form::key_exchanges:
        return check_list(algorithm_kind::key_exchange,
                          "key exchange methods that OpenSSH knows");
      case form::signatures:
        return check_list(algorithm_kind::signature,
                          "key algorithms that OpenSSH knows");
      case form::ciphers:
        return check_list(algorithm_kind::cipher, "ciphers that OpenSSH knows");
      case form::macs:
        return check_list(algorithm_kind::mac, "MACs that OpenSSH knows");
      case form::agent:
        if (value.front() == '$' && value.compare(0, 2, "${") != 0
            && !is_variable_name(std::string_view{value}.substr(1)))
          return must_be("a path, or $NAME");
        return {};
      default:
        return {};
    }
  }

  static std::string check_not_empty(const std::vector<std::string>& values) {
    for (const auto& x : values)
      if (x.empty())
        return "an argument is empty";
    return {};
  }

  static std::string check_files(const std::vector<std::string>& values) {
    for (const auto& x : values)
      if (same(x, "none") && values.size() > 1)
        return "none must be alone";
    return check_not_empty(values);
  }

  static std::string read_criteria(std::vector<std::string>& words,
                                   std::vector<criterion>& into) {
    using kind = criterion::kind;
    struct named {
      std::string_view name;
      kind what;
    };
    constexpr named known[] = {
      {"host", kind::host},
      {"originalhost", kind::original_host},
      {"user", kind::user},
      {"localuser", kind::local_user},
      {"tagged", kind::tagged},
      {"exec", kind::exec},
      {"localnetwork", kind::unsupported},
      {"version", kind::unsupported},
      {"command", kind::unsupported},
      {"sessiontype", kind::unsupported},
    };
    for (size_t i = 0; i < words.size(); ++i) {
      auto name = words[i];
      criterion next{kind::all, false, {}, false};
      if (!name.empty() && name.front() == '!') {
        next.negated = true;
        name.erase(0, 1);
      }
      if (same(name, "all")) {
        if (into.size() > 1 || i + 1 < words.size())
          return "all cannot be combined with other conditions";
        into.push_back(next);
        return {};
      }
      if (same(name, "canonical") || same(name, "final")) {
        next.what = kind::final;
        next.asks_for_final = same(name, "final");
        into.push_back(next);
        continue;
      }
      // `host=x`, which OpenSSH 9 also takes with blanks around the sign.
      std::optional<std::string> argument;
      if (auto sign = name.find('='); sign != std::string::npos) {
        argument = name.substr(sign + 1);
        name.resize(sign);
      } else if (i + 1 < words.size() && words[i + 1].substr(0, 1) == "=") {
        argument = words[++i].substr(1);
      }
      const auto* found
        = std::find_if(std::begin(known), std::end(known),
                       [&name](const named& x) { return same(x.name, name); });
      if (found == std::end(known))
        return "the condition " + in_quotes(name) + " is unknown";
      auto may_be_empty = found->what == kind::tagged || same(name, "command");
      if ((!argument || (argument->empty() && !may_be_empty))
          && i + 1 < words.size())
        argument = words[++i];
      if (!argument || (argument->empty() && !may_be_empty))
        return "the condition " + std::string{found->name}
               + " needs an argument";
      next.what = found->what;
      next.argument = found->what == kind::unsupported
                        ? std::string{found->name}
                        : *argument;
      into.push_back(std::move(next));
    }
    return into.empty() ? "a condition is missing" : "";
  }

  void note(const row& known, const statement& what) {
    if (known.state == standing::pointless)
      return;
    if (known.state == standing::unsupported_flag && what.values.size() == 1)
      for (const auto* off : {"no", "false", "none"})
        if (same(what.values.front(), off))
          return;
    note(std::string{known.name}, what.line);
  }

  void note(std::string name, size_t line) {
    auto& all = file_.unsupported;
    if (std::none_of(all.begin(), all.end(),
                     [&name](const auto& x) { return x.name == name; }))
      all.push_back({std::move(name), line});
  }

  file& file_;
  size_t line_ = 0;
};

} // namespace

std::string to_string(const place& x) {
  return x.line == 0 ? x.file : x.file + ':' + std::to_string(x.line);
}

std::string to_string(const problem& x) {
  auto where = to_string(x.where);
  return where.empty() ? x.what : where + ": " + x.what;
}

std::string_view name_of(keyword what) noexcept {
  if (what == keyword::unknown)
    return "unknown";
  const auto* found
    = std::find_if(std::begin(rows), std::end(rows),
                   [what](const row& x) { return x.what == what; });
  return found == std::end(rows) ? std::string_view{} : found->name;
}

problem parse(std::string_view text, file& into) {
  reader lines{into};
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto wrong = lines.read(line); !wrong.empty())
      return {{into.path, lines.line()}, wrong};
  }
  return {};
}

} // namespace tieline::ssh::config
