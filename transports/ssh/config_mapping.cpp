#include "tieline/transports/ssh/config_mapping.hpp"

#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/ssh/auth_plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace tieline::ssh {

namespace {

using config::keyword;
using std::chrono::seconds;

// As far as the options go.
constexpr seconds longest{3600};

/// Returns the value of a variable of the environment; empty if it is not set.
std::string variable(const std::string& name) {
  // Unsafe only beside a setenv, and we have none.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const auto* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

std::string joined(const std::vector<std::string>& xs) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : ",") + x;
  return result;
}

class mapping {
public:
  mapping(const config::evaluation& says, bool has_secret, profile& into)
    : says_(says),
      has_secret_(has_secret),
      into_(into) {
    // nop
  }

  std::string run() {
    // Not another way to the host than the one that was asked for.
    auto is_given = !into_.via.empty() || !into_.proxy_jump.empty();
    if (auto why = refuse(keyword::proxy_command,
                          "commands as a way to a host");
        !why.empty() && !is_given)
      return why;
    if (const auto* jump = says_.said(keyword::proxy_jump);
        jump != nullptr && !is_given) {
      into_.proxy_jump = jump->value();
      into_.proxy_jump_place
        = to_string(config::problem{jump->places.front(), "ProxyJump: "});
    }
    into_.host = says_.find(keyword::hostname)->value();
    into_.user = says_.find(keyword::user)->value();
    into_.port
      = static_cast<uint16_t>(std::stoi(says_.find(keyword::port)->value()));
    take_times();
    take_host_keys();
    take_identities();
    take_agent();
    take_methods();
    take_algorithms();
    if (const auto* family = says_.said(keyword::address_family))
      into_.address_family = family->value();
    if (const auto* address = says_.said(keyword::bind_address))
      bind_to(*address);
    return wrong_;
  }

private:
  std::string refuse(keyword what, const char* thing) const {
    const auto* found = says_.said(what);
    if (found == nullptr)
      return {};
    return to_string(config::problem{
      found->places.front(), std::string{name_of(what)} + ' ' + found->value()
                               + ": " + thing
                               + " are not supported, and the host is not "
                                 "connected to in any other way"});
  }

  /// Sets an option unless the factory was told otherwise.
  template <class Value>
  void set(Value ssh_options::*option, Value value) {
    static const ssh_options built_in{};
    if (into_.options.*option == built_in.*option)
      into_.options.*option = std::move(value);
  }

  static caf::timespan time_of(const std::string& value) {
    return std::min<caf::timespan>(seconds{std::stoll(value)}, longest);
  }

  void take_times() {
    // OpenSSH counts to the end of the key exchange. Zero is no limit there.
    if (const auto* x = says_.said(keyword::connect_timeout);
        x != nullptr && x->value() != "0") {
      set(&ssh_options::connect_timeout, time_of(x->value()));
      set(&ssh_options::key_exchange_timeout, time_of(x->value()));
    }
    if (const auto* x = says_.said(keyword::server_alive_interval))
      set(&ssh_options::keepalive_interval, time_of(x->value()));
    if (const auto* x = says_.said(keyword::server_alive_count_max))
      set(&ssh_options::keepalive_count,
          std::clamp<uint64_t>(std::stoull(x->value()), 1, 100));
  }

  void take_host_keys() {
    if (const auto* x = says_.said(keyword::strict_host_key_checking))
      // There is nobody to ask.
      set(&ssh_options::host_key_policy,
          x->value() == "no"           ? host_key_policy::off
          : x->value() == "accept-new" ? host_key_policy::accept_new
                                       : host_key_policy::strict);
    if (const auto* x = says_.said(keyword::user_known_hosts_file))
      set(&ssh_options::known_hosts,
          files_of(*x, keyword::user_known_hosts_file));
    if (const auto* x = says_.said(keyword::global_known_hosts_file))
      set(&ssh_options::global_known_hosts,
          files_of(*x, keyword::global_known_hosts_file));
    if (const auto* x = says_.said(keyword::host_key_alias))
      into_.host_key_alias = x->value();
  }

  std::string files_of(const config::setting& x, keyword what) {
    for (const auto& path : x.values)
      if (path.find(',') != std::string::npos)
        wrong_ = to_string(config::problem{
          x.places.front(),
          std::string{name_of(what)} + ": a comma in a path is not supported"});
    // Takes all keys and has none.
    return x.values.empty() ? "/dev/null" : joined(x.values);
  }

  void bind_to(const config::setting& x) {
    into_.bind_address = io::parse_address(x.value(), 0);
    if (!into_.bind_address)
      wrong_ = to_string(config::problem{
        x.places.front(), "BindAddress: only an address is supported, not "
                            + in_quotes(x.value())});
  }

  void take_identities() {
    into_.identities_only = says_.find(keyword::identities_only)->value()
                            == "yes";
    const auto* certificates = says_.said(keyword::certificate_file);
    if (certificates != nullptr)
      into_.certificates = certificates->values;
    const auto* keys = says_.find(keyword::identity_file);
    if (has_secret_ && !keys->is_from_file())
      return;
    for (const auto& path : keys->values)
      if (path != "none")
        into_.identities.push_back({path, !keys->is_from_file()});
  }

  void take_agent() {
    const auto* x = says_.find(keyword::identity_agent);
    std::string path;
    if (x == nullptr) {
      if (has_secret_ || variable("SSH_AUTH_SOCK").empty())
        return;
      path = "env";
    } else if (x->value() == "SSH_AUTH_SOCK") {
      path = "env";
    } else if (x->value().front() == '$') {
      path = variable(x->value().substr(1));
    } else if (x->value() != "none") {
      path = x->value();
    }
    set(&ssh_options::agent_socket, std::move(path));
  }

  // Those that are not here are nothing to log in by.
  void take_methods() {
    const auto* x = says_.said(keyword::preferred_authentications);
    if (x == nullptr)
      return;
    std::string methods;
    for (const auto& value : x->values)
      for (std::string_view rest{value}; !rest.empty();) {
        auto name = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (auto known = parse_methods(name); known && !known->empty())
          methods += (methods.empty() ? "" : ",") + known->front();
      }
    set(&ssh_options::auth_methods, std::move(methods));
  }

  void take_algorithms() {
    auto take = [this](keyword what, std::string& list) {
      if (const auto* x = says_.said(what))
        list = joined(x->values);
    };
    take(keyword::kex_algorithms, into_.algorithms.key_exchange);
    take(keyword::host_key_algorithms, into_.algorithms.host_keys);
    take(keyword::ciphers, into_.algorithms.ciphers);
    take(keyword::macs, into_.algorithms.macs);
    take(keyword::pubkey_accepted_algorithms, into_.algorithms.user_keys);
  }

  const config::evaluation& says_;
  bool has_secret_;
  profile& into_;
  std::string wrong_;
};

} // namespace

std::string apply_config(const config::evaluation& says, bool has_secret,
                         profile& into) {
  return mapping{says, has_secret, into}.run();
}

} // namespace tieline::ssh
