#include "fleet/ssh_config.hpp"

#include "fleet/command_line.hpp"

#include <tieline/messages/failure.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace fleet {

namespace {

using tieline::ssh_config_value;

constexpr uint16_t netconf_port = 830;

std::vector<std::string> chosen(const std::string& choice) {
  if (choice == "none")
    return {};
  if (choice.find(',') != std::string::npos)
    throw usage_error{"-F: a comma in a path is not supported"};
  if (!choice.empty())
    return {choice};
  std::vector<std::string> result;
  if (const auto* home = std::getenv("HOME"))
    result.push_back(std::string{home} + "/.ssh/config");
  result.emplace_back("/etc/ssh/ssh_config");
  result.erase(std::remove_if(result.begin(), result.end(),
                              [](const auto& x) {
                                return access(x.c_str(), F_OK) != 0;
                              }),
               result.end());
  return result;
}

std::string joined(const std::vector<std::string>& xs, const char* by) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : by) + x;
  return result;
}

/// Returns what `keyword` is; empty if it is nothing.
std::string value_of(const std::vector<ssh_config_value>& all,
                     const char* keyword) {
  for (const auto& x : all)
    if (x.keyword == keyword)
      return joined(x.values, " ");
  return {};
}

void show(std::ostream& out, const ssh_config_value& x, bool is_given) {
  if (x.line > 0 || !is_given)
    out << "  " << to_string(x) << '\n';
  else
    out << "  " << x.keyword << ' ' << joined(x.values, " ")
        << " (inventory)\n";
}

} // namespace

ssh_config::ssh_config(const std::string& choice, const std::string& plugin)
  : paths_(chosen(choice)),
    files_(paths_) {
  if (plugin == "netconf")
    port_ = netconf_port;
  if (auto wrong = files_.wrong(); !wrong.empty())
    throw usage_error{wrong};
}

std::string ssh_config::setting() const {
  return joined(paths_, ",");
}

std::vector<std::string> ssh_config::unsupported(bool all) const {
  std::vector<std::string> result;
  for (auto& line : files_.unsupported())
    if (all || line.compare(0, 5, "/etc/") != 0)
      result.push_back(std::move(line));
  return result;
}

caf::expected<std::vector<ssh_config_value>>
ssh_config::look_up(const host& x) const {
  const auto& params = x.params;
  return files_.look_up(params.hostname, params.username,
                        params.port ? std::optional{*params.port} : port_);
}

std::vector<std::string> ssh_config::configured(const host& x) const {
  std::vector<std::string> result;
  if (auto says = look_up(x))
    for (const auto& value : *says)
      if (value.line > 0)
        result.push_back(to_string(value));
  return result;
}

void ssh_config::show_way(std::ostream& out, const host& x) const {
  const auto& params = x.params;
  auto says = look_up(x);
  if (!says)
    throw usage_error{tieline::describe(says.error())};
  auto extra = [&](const char* name) {
    auto found = params.extras.find(name);
    return found == params.extras.end() ? std::string{} : found->second;
  };
  out << value_of(*says, "User");
  if (auto credential = extra("credential"); !credential.empty())
    out << '(' << credential << ')';
  out << '@' << value_of(*says, "HostName") << ':' << value_of(*says, "Port");
  for (auto i = params.via.rbegin(); i != params.via.rend(); ++i)
    out << " via " << i->key.hostname;
  for (auto& group : x.groups)
    out << ' ' << group;
  out << '\n';
  auto key = extra("private_key_file");
  auto is_first = [](const ssh_config_value& value) {
    return value.keyword == "HostName" || value.keyword == "User"
           || value.keyword == "Port";
  };
  for (auto& value : *says) {
    if (value.keyword == "HostName")
      show(out, value, true);
    else if (value.keyword == "User")
      show(out, value, !params.username.empty());
    else if (value.keyword == "Port")
      show(out, value, params.port.has_value());
  }
  if (!key.empty())
    show(out, {"IdentityFile", {key}, {}, 0}, true);
  for (auto& value : *says)
    if (!is_first(value) && value.line > 0
        && (params.via.empty() || value.keyword != "ProxyJump")
        && (key.empty() || value.keyword != "IdentityFile"))
      show(out, value, false);
}

} // namespace fleet
