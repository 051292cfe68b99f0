#include "tieline/transports/ssh/auth_plan.hpp"

#include <libssh/libssh.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr std::array<auth_method, 6> order{{
  auth_method::none,
  auth_method::memory_key,
  auth_method::key_file,
  auth_method::agent,
  auth_method::keyboard_interactive,
  auth_method::password,
}};

constexpr std::array<std::pair<int, std::string_view>, 5> wire_names{{
  {SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
  {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
  {SSH_AUTH_METHOD_PASSWORD, "password"},
  {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
  {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"},
}};

bool contains(const std::vector<auth_method>& xs, auth_method x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

std::string_view to_string(auth_method method) noexcept {
  switch (method) {
    case auth_method::none:
      return "none";
    case auth_method::memory_key:
      return "publickey (private_key)";
    case auth_method::key_file:
      return "publickey (private_key_file)";
    case auth_method::agent:
      return "publickey (agent)";
    case auth_method::keyboard_interactive:
      return "keyboard-interactive";
    case auth_method::password:
      return "password";
  }
  return "?";
}

std::optional<auth_method> auth_plan::next() const {
  if (tried_.empty())
    return auth_method::none;
  for (auto method : order)
    if (contains(available_, method) && !contains(tried_, method)
        && offered(method))
      return method;
  return std::nullopt;
}

void auth_plan::failed(auth_method method, int offered) {
  tried_.push_back(method);
  offered_ = offered;
}

void auth_plan::password_refused() {
  available_.erase(std::remove(available_.begin(), available_.end(),
                               auth_method::password),
                   available_.end());
}

std::string auth_plan::report() const {
  std::string result = "tried ";
  for (auto method : tried_) {
    if (method != tried_.front())
      result += ", ";
    result += to_string(method);
  }
  if (tried_.empty())
    result += "nothing";
  result += "; the server offers ";
  auto any = false;
  for (auto [bit, name] : wire_names)
    if ((offered_ & bit) != 0) {
      if (std::exchange(any, true))
        result += ", ";
      result += name;
    }
  if (!any)
    result += "nothing";
  return result;
}

bool auth_plan::offered(auth_method method) const {
  switch (method) {
    case auth_method::none:
      return false;
    case auth_method::memory_key:
    case auth_method::key_file:
    case auth_method::agent:
      return (offered_ & SSH_AUTH_METHOD_PUBLICKEY) != 0;
    case auth_method::keyboard_interactive:
      return (offered_ & SSH_AUTH_METHOD_INTERACTIVE) != 0;
    case auth_method::password:
      return (offered_ & SSH_AUTH_METHOD_PASSWORD) != 0;
  }
  return false;
}

bool asks_for_password(std::string_view prompt, bool hidden, int prompts,
                       int round) {
  if (!hidden)
    return false;
  if (prompts == 1 && round == 0)
    return true;
  std::string lower{prompt};
  for (auto& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.find("password") != std::string::npos;
}

} // namespace tieline::ssh
