#include "fleet/ssh_config.hpp"

#include "fleet/command_line.hpp"

#include <tieline/transports/ssh/library_algorithms.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace fleet {

namespace {

using namespace tieline::ssh::config;

constexpr uint16_t netconf_port = 830;
constexpr std::string_view system_file = "/etc/ssh/ssh_config";

std::vector<std::string> chosen(const std::string& choice,
                                const surroundings& here) {
  if (choice == "none")
    return {};
  if (!choice.empty())
    return {choice};
  std::vector<std::string> result;
  for (auto path : {here.home + "/.ssh/config", std::string{system_file}})
    if (access(path.c_str(), F_OK) == 0)
      result.push_back(std::move(path));
  return result;
}

std::string source_of(const setting& x, size_t item, bool is_given) {
  if (x.is_from_file())
    return to_string(x.places[std::min(item, x.places.size() - 1)]);
  return is_given ? "inventory" : "default";
}

/// Returns the value of an extra, however it is written; null if there is none.
const std::string* extra(const host& x, const char* name) {
  auto found = x.params.extras.find(name);
  return found == x.params.extras.end() ? nullptr : &found->second;
}

} // namespace

ssh_config::ssh_config(const std::string& choice, const std::string& plugin)
  : paths_(chosen(choice, own_surroundings())),
    files_(paths_, own_surroundings()) {
  if (choice.find(',') != std::string::npos)
    throw usage_error{"-F: a comma in a path is not supported"};
  if (plugin == "netconf")
    port_ = netconf_port;
  files_.refresh();
  if (files_.wrong())
    throw usage_error{to_string(files_.wrong())};
}

std::string ssh_config::setting() const {
  std::string result;
  for (const auto& x : paths_)
    result += (result.empty() ? "" : ",") + x;
  return result;
}

std::vector<std::string> ssh_config::unsupported(bool all) const {
  std::vector<std::string> result;
  for (auto& line : unsupported_in(files_))
    if (all || line.compare(0, 5, "/etc/") != 0)
      result.push_back(std::move(line));
  return result;
}

evaluation ssh_config::operator()(const host& x) const {
  evaluation result;
  query asked{x.params.hostname, x.params.username,
              x.params.port ? x.params.port : port_};
  if (auto wrong = evaluate(files_.files(), asked, files_.here(),
                            tieline::ssh::library_algorithms(), result))
    throw usage_error{to_string(wrong)};
  return result;
}

void show_way(std::ostream& out, const host& x, const evaluation& says) {
  auto show = [&](keyword what, bool is_given) {
    const auto* found = says.find(what);
    if (found == nullptr)
      return;
    // Of these each item has a line of its own.
    auto is_list = found->places.size() > 1;
    for (size_t i = 0; i < (is_list ? found->values.size() : 1); ++i) {
      out << "  " << name_of(what);
      if (is_list)
        out << ' ' << found->values[i];
      else
        for (const auto& value : found->values)
          out << ' ' << value;
      out << " (" << source_of(*found, i, is_given) << ")\n";
    }
  };
  show(keyword::hostname, true);
  show(keyword::user, !x.params.username.empty());
  show(keyword::port, x.params.port.has_value());
  if (const auto* key = extra(x, "private_key_file"))
    out << "  IdentityFile " << *key << " (inventory)\n";
  else if (says.said(keyword::identity_file) != nullptr)
    show(keyword::identity_file, false);
  for (const auto& [what, setting] : says.settings)
    if (setting.is_from_file() && what != keyword::hostname
        && what != keyword::user && what != keyword::port
        && what != keyword::identity_file)
      show(what, false);
}

} // namespace fleet
