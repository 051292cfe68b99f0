#include "tieline/transports/ssh/config/evaluator.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/ssh/config/patterns.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tieline::ssh::config {

namespace {

constexpr size_t max_keys = 100;
constexpr size_t max_known_hosts_files = 32;
// Files that include others twice double what there is to do.
constexpr size_t max_files = 10'000;

/// Returns an address of the family in the one way to write it, and any name in
/// lower case, as OpenSSH does.
std::string canonical_host(const std::string& host, const std::string& family) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  in_addr v4{};
  in6_addr v6{};
  if (family != "inet6" && host.find_first_of(" \t\r\n") == std::string::npos
      && inet_aton(host.c_str(), &v4) != 0)
    return inet_ntop(AF_INET, &v4, text.data(), text.size());
  // Capitals alone are left as they are.
  if (family != "inet" && inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    inet_ntop(AF_INET6, &v6, text.data(), text.size());
    return lower_case(host) == text.data() ? host : text.data();
  }
  auto may_be_address = host.find_first_of("%:") != std::string::npos
                        || host.find_first_not_of("0123456789.")
                             == std::string::npos;
  return may_be_address ? host : lower_case(host);
}

std::string expand_tilde(const std::string& path, const surroundings& here,
                         std::string& into) {
  if (path.empty() || path.front() != '~') {
    into = path;
    return {};
  }
  auto slash = std::min(path.find('/'), path.size());
  auto user = path.substr(1, slash - 1);
  auto rest
    = path.substr(std::min(path.find_first_not_of('/', slash), path.size()));
  std::optional<std::string> home = here.home;
  if (!user.empty())
    home = here.home_of ? here.home_of(user) : std::nullopt;
  if (!home)
    return "there is no user " + in_quotes(user);
  into = *home;
  if (into.empty() || into.back() != '/')
    into += '/';
  into += rest;
  return {};
}

/// Goes through the lines of all files for one host.
class walk {
public:
  walk(const query& asked, const surroundings& here, evaluation& into)
    : asked_(asked),
      here_(here),
      out_(into.settings),
      host_(asked.host) {
    if (!asked.user.empty())
      out_[keyword::user] = {{asked.user}, {}};
    if (asked.port)
      out_[keyword::port] = {{std::to_string(*asked.port)}, {}};
  }

  problem run(const std::vector<std::shared_ptr<const file>>& files) {
    for (const auto& x : files)
      if (auto wrong = read_top(*x))
        return wrong;
    const auto* given = find(keyword::hostname);
    if (given != nullptr) {
      std::string name;
      if (auto why = expand(given->value(), {{'h', host_}}, nullptr, name);
          !why.empty())
        return at(*given, keyword::hostname, why);
      host_ = name;
    }
    const auto* family = find(keyword::address_family);
    host_ = canonical_host(host_, family == nullptr ? "any" : family->value());
    if (wants_final_) {
      final_ = true;
      for (const auto& x : files)
        if (auto wrong = read_top(*x))
          return wrong;
    }
    return {};
  }

  const std::string& host() const noexcept {
    return host_;
  }

private:
  static problem at(const setting& where, keyword what,
                    const std::string& why) {
    return {where.places.empty() ? place{} : where.places.front(),
            std::string{name_of(what)} + ": " + why};
  }

  const setting* find(keyword what) const {
    auto found = out_.find(what);
    return found == out_.end() ? nullptr : &found->second;
  }

  problem read_top(const file& from) {
    auto active = true;
    return read(from, active, false);
  }

  /// @param active whether the lines that follow apply
  /// @param never whether no block of the file can apply
  problem read(const file& from, bool active, bool never) {
    if (++files_ > max_files)
      return {{from.path, 0},
              "more than " + std::to_string(max_files) + " files are included"};
    for (const auto& line : from.statements) {
      place here{from.path, line.line};
      std::string why;
      switch (line.what) {
        case keyword::host:
          active = !never && matches_host(line.values);
          break;
        case keyword::match:
          why = matches(line.criteria, active);
          active = active && !never;
          break;
        case keyword::include:
          for (const auto& x : line.included)
            if (auto wrong = read(*x, active, !active || never))
              return wrong;
          break;
        case keyword::unknown:
          if (!is_ignored(line.name))
            return {here, "OpenSSH has no keyword " + in_quotes(line.name)};
          break;
        default:
          if (active)
            why = set(from, line, here);
          break;
      }
      if (!why.empty())
        return {here, line.name + ": " + why};
    }
    return {};
  }

  bool is_ignored(const std::string& name) const {
    const auto* patterns = find(keyword::ignore_unknown);
    return patterns != nullptr
           && match_list(lower_case(patterns->value()), lower_case(name))
                == list_verdict::match;
  }

  bool matches_host(const std::vector<std::string>& patterns) const {
    auto result = false;
    for (std::string_view pattern : patterns) {
      auto negated = pattern.front() == '!';
      if (negated)
        pattern.remove_prefix(1);
      if (!matches_pattern(pattern, host_))
        continue;
      if (negated)
        return false;
      result = true;
    }
    return result;
  }

  /// Returns what is wrong.
  std::string matches(const std::vector<criterion>& criteria, bool& result) {
    std::string host = host_;
    if (const auto* given = find(keyword::hostname);
        given != nullptr && !final_)
      if (auto why = expand(given->value(), {{'h', host_}}, nullptr, host);
          !why.empty())
        return "HostName: " + why;
    result = true;
    for (const auto& x : criteria) {
      wants_final_ = wants_final_ || (!final_ && x.asks_for_final);
      if (x.what == criterion::kind::exec && (!result || !here_.exec)) {
        // Not even its negation is known.
        result = false;
        continue;
      }
      if (x.what == criterion::kind::unsupported) {
        result = false;
        continue;
      }
      auto met = false;
      if (auto why = meets(x, host, met); !why.empty())
        return why;
      if (met == x.negated)
        result = false;
    }
    return {};
  }

  std::string meets(const criterion& x, const std::string& host, bool& met) {
    auto in = [](const std::string& patterns, const std::string& text) {
      return match_list(patterns, text) == list_verdict::match;
    };
    switch (x.what) {
      case criterion::kind::all:
        met = true;
        break;
      case criterion::kind::final:
        met = final_;
        break;
      case criterion::kind::host:
        met = in(lower_case(x.argument), lower_case(host));
        break;
      case criterion::kind::original_host:
        met = in(lower_case(x.argument), lower_case(asked_.host));
        break;
      case criterion::kind::user:
        met = in(x.argument, user());
        break;
      case criterion::kind::local_user:
        met = in(x.argument, here_.user);
        break;
      case criterion::kind::tagged: {
        const auto* tag = find(keyword::tag);
        met = tag == nullptr ? x.argument.empty()
                             : in(x.argument, tag->value());
        break;
      }
      case criterion::kind::exec: {
        std::string command;
        if (auto why = expand(x.argument, tokens(host), nullptr, command);
            !why.empty())
          return why;
        met = here_.exec(command);
        break;
      }
      case criterion::kind::unsupported:
        break;
    }
    return {};
  }

  std::string user() const {
    const auto* given = find(keyword::user);
    return given == nullptr ? here_.user : given->value();
  }

  token_map tokens(const std::string& host) const {
    const auto* port = find(keyword::port);
    const auto* alias = find(keyword::host_key_alias);
    return {
      {'L', here_.machine.substr(0, here_.machine.find('.'))},
      {'d', here_.home},
      {'h', host},
      {'i', std::to_string(here_.user_id)},
      {'k', alias == nullptr ? host : alias->value()},
      {'l', here_.machine},
      {'n', asked_.host},
      {'p', port == nullptr ? "22" : port->value()},
      {'r', user()},
      {'u', here_.user},
    };
  }

  std::string set(const file& from, const statement& line, const place& here) {
    auto& values = line.values;
    switch (line.what) {
      case keyword::identity_file:
      case keyword::certificate_file:
        return append(from, line, here);
      case keyword::user_known_hosts_file:
      case keyword::global_known_hosts_file:
        if (values.size() > max_known_hosts_files)
          return "more than " + std::to_string(max_known_hosts_files)
                 + " files";
        if (!values.empty())
          out_.emplace(line.what, setting{values, {here}});
        return {};
      case keyword::connect_timeout:
      case keyword::server_alive_interval:
        // For OpenSSH it is then as if nobody had said anything.
        if (values.front() == "none")
          return {};
        break;
      case keyword::proxy_jump:
        // OpenSSH takes the first of both.
        if (find(keyword::proxy_command) != nullptr)
          return {};
        break;
      case keyword::proxy_command:
        if (const auto* jump = find(keyword::proxy_jump);
            jump != nullptr && lower_case(jump->value()) != "none")
          return {};
        break;
      default:
        break;
    }
    out_.emplace(line.what, setting{values, {here}});
    return {};
  }

  std::string append(const file& from, const statement& line,
                     const place& here) {
    auto& all = out_[line.what];
    auto& seen = seen_[line.what];
    std::pair<bool, std::string> item{from.of_user, line.values.front()};
    if (std::find(seen.begin(), seen.end(), item) != seen.end())
      return {};
    if (all.values.size() >= max_keys)
      return "more than " + std::to_string(max_keys) + " files";
    all.values.push_back(item.second);
    all.places.push_back(here);
    seen.push_back(std::move(item));
    return {};
  }

  const query& asked_;
  const surroundings& here_;
  std::map<keyword, setting>& out_;
  std::map<keyword, std::vector<std::pair<bool, std::string>>> seen_;
  std::string host_;
  size_t files_ = 0;
  bool wants_final_ = false;
  bool final_ = false;
};

/// Completes what the files say as OpenSSH does before it connects.
class completion {
public:
  completion(const query& asked, const surroundings& here,
             const algorithm_lists& algorithms, std::string host,
             evaluation& into)
    : asked_(asked),
      here_(here),
      algorithms_(algorithms),
      host_(std::move(host)),
      into_(into),
      out_(into.settings) {
    // nop
  }

  problem run() {
    out_.erase(keyword::ignore_unknown);
    out_.erase(keyword::tag);
    // The place is kept: it tells where the name comes from.
    out_[keyword::hostname].values = {host_};
    fill(keyword::user, {here_.user});
    fill(keyword::port, {"22"});
    fill(keyword::address_family, {"any"});
    fill(keyword::identities_only, {"no"});
    fill(keyword::strict_host_key_checking, {"ask"});
    fill(keyword::server_alive_interval, {"0"});
    fill(keyword::server_alive_count_max, {"3"});
    fill(keyword::connect_timeout, {"none"});
    fill(keyword::identity_file,
         {"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk",
          "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk"});
    fill(keyword::user_known_hosts_file,
         {"~/.ssh/known_hosts", "~/.ssh/known_hosts2"});
    fill(keyword::global_known_hosts_file,
         {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
    if (auto alias = out_.find(keyword::host_key_alias); alias != out_.end())
      alias->second.values = {lower_case(alias->second.value())};
    for (auto what :
         {keyword::user_known_hosts_file, keyword::global_known_hosts_file})
      if (auto& values = out_[what].values;
          lower_case(values.front()) == "none")
        values.clear();
    // The other paths may have the user's name in them.
    if (auto wrong = expand_user())
      return wrong;
    auto tokens = known_tokens();
    tokens.emplace('r', out_[keyword::user].value());
    for (auto what : {keyword::user_known_hosts_file, keyword::identity_file,
                      keyword::certificate_file, keyword::identity_agent})
      if (auto wrong = expand_paths(what, tokens))
        return wrong;
    if (auto wrong = settle_proxy())
      return wrong;
    return settle_algorithms();
  }

private:
  void fill(keyword what, std::vector<std::string> values) {
    out_.emplace(what, setting{std::move(values), {}});
  }

  static problem at(const setting& where, size_t item, keyword what,
                    const std::string& why) {
    place from;
    if (!where.places.empty())
      from = where.places[std::min(item, where.places.size() - 1)];
    return {from, std::string{name_of(what)} + ": " + why};
  }

  token_map known_tokens() const {
    auto alias = out_.find(keyword::host_key_alias);
    return {
      {'L', here_.machine.substr(0, here_.machine.find('.'))},
      {'d', here_.home},
      {'h', host_},
      {'i', std::to_string(here_.user_id)},
      {'k', alias == out_.end() ? asked_.host : alias->second.value()},
      {'l', here_.machine},
      {'n', asked_.host},
      {'p', out_.at(keyword::port).value()},
      {'u', here_.user},
    };
  }

  problem expand_user() {
    auto& user = out_[keyword::user];
    if (!user.is_from_file())
      return {};
    std::string name;
    if (auto why = expand(user.value(), known_tokens(), &here_, name);
        !why.empty())
      return at(user, 0, keyword::user, why);
    user.values = {name};
    return {};
  }

  problem expand_paths(keyword what, const token_map& tokens) {
    auto found = out_.find(what);
    if (found == out_.end())
      return {};
    auto& values = found->second.values;
    for (size_t i = 0; i < values.size(); ++i) {
      // What OpenSSH takes for other things than paths.
      if (values[i] == "none"
          || (what == keyword::identity_agent
              && (values[i] == "SSH_AUTH_SOCK"
                  || (values[i].front() == '$'
                      && values[i].compare(0, 2, "${") != 0))))
        continue;
      std::string path;
      std::string result;
      auto why = expand_tilde(values[i], here_, path);
      if (why.empty())
        why = expand(path, tokens, &here_, result);
      if (!why.empty())
        return at(found->second, i, what, why);
      values[i] = result;
    }
    return {};
  }

  problem settle_proxy() {
    for (auto what : {keyword::proxy_jump, keyword::proxy_command})
      if (auto found = out_.find(what);
          found != out_.end() && lower_case(found->second.value()) == "none")
        out_.erase(found);
    return {};
  }

  problem settle_algorithms() {
    struct kind {
      keyword what;
      const algorithm_list& of;
    };
    const kind kinds[] = {
      {keyword::kex_algorithms, algorithms_.key_exchange},
      {keyword::host_key_algorithms, algorithms_.host_keys},
      {keyword::ciphers, algorithms_.ciphers},
      {keyword::macs, algorithms_.macs},
      {keyword::pubkey_accepted_algorithms, algorithms_.user_keys},
    };
    for (const auto& x : kinds) {
      auto found = out_.find(x.what);
      if (found == out_.end()) {
        fill(x.what, x.of.defaults);
        continue;
      }
      auto& here = found->second;
      auto given = here.value();
      for (const auto& name : missing_in(given, x.of))
        into_.missing_algorithms.push_back(at(here, 0, x.what, name));
      here.values = assemble(given, x.of);
      if (here.values.empty())
        return at(here, 0, x.what,
                  "nothing is left of " + in_quotes(given)
                    + " that is available here");
    }
    return {};
  }

  const query& asked_;
  const surroundings& here_;
  const algorithm_lists& algorithms_;
  std::string host_;
  evaluation& into_;
  std::map<keyword, setting>& out_;
};

} // namespace

std::string expand(std::string_view text, const token_map& tokens,
                   const surroundings* variables, std::string& into) {
  into.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (variables != nullptr && text.substr(i, 2) == "${") {
      auto end = text.find('}', i);
      if (end == std::string_view::npos || end == i + 2)
        return "${ needs a name and a }";
      std::string name{text.substr(i + 2, end - i - 2)};
      auto value = variables->variable ? variables->variable(name)
                                       : std::nullopt;
      if (!value)
        return "the variable " + in_quotes(name) + " is not set";
      into += *value;
      i = end;
    } else if (text[i] != '%') {
      into += text[i];
    } else if (++i == text.size()) {
      return "a % at the end; a percent sign is %%";
    } else if (text[i] == '%') {
      into += '%';
    } else if (auto found = tokens.find(text[i]); found != tokens.end()) {
      into += found->second;
    } else {
      return "the token " + in_quotes("%" + std::string{text[i]})
             + " is not supported here";
    }
  }
  return {};
}

const setting* evaluation::find(keyword what) const {
  auto found = settings.find(what);
  return found == settings.end() ? nullptr : &found->second;
}

const setting* evaluation::said(keyword what) const {
  const auto* found = find(what);
  return found != nullptr && found->is_from_file() ? found : nullptr;
}

problem evaluate(const std::vector<std::shared_ptr<const file>>& files,
                 const query& asked, const surroundings& here,
                 const algorithm_lists& algorithms, evaluation& into) {
  into = {};
  walk lines{asked, here, into};
  if (auto wrong = lines.run(files))
    return wrong;
  return completion{asked, here, algorithms, lines.host(), into}.run();
}

} // namespace tieline::ssh::config
