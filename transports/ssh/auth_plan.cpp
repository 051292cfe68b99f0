#include "tieline/transports/ssh/auth_plan.hpp"

#include <libssh/libssh.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tieline::ssh {

namespace {

const std::vector<auth_method> keys{
  auth_method::memory_key,
  auth_method::key_file,
  auth_method::agent,
};

const std::vector<auth_method> default_order{
  auth_method::memory_key, auth_method::key_file,
  auth_method::agent,      auth_method::keyboard_interactive,
  auth_method::password,   auth_method::more_agent_keys,
};

constexpr std::array<std::pair<int, std::string_view>, 5> wire_names{{
  {SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
  {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
  {SSH_AUTH_METHOD_PASSWORD, "password"},
  {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
  {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"},
}};

bool has_method(const std::vector<auth_method>& xs, auth_method x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

void remove(std::vector<auth_method>& xs, auth_method x) {
  xs.erase(std::remove(xs.begin(), xs.end(), x), xs.end());
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
    case auth_method::more_agent_keys:
      return "publickey (agent, further keys)";
    case auth_method::keyboard_interactive:
      return "keyboard-interactive";
    case auth_method::password:
      return "password";
  }
  return "?";
}

std::optional<std::vector<std::string>> parse_methods(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    auto end = std::min(text.find_first_of(", "), text.size());
    std::string name{text.substr(0, end)};
    text.remove_prefix(std::min(end + 1, text.size()));
    if (name.empty())
      continue;
    if (name != "publickey" && name != "keyboard-interactive"
        && name != "password")
      return std::nullopt;
    result.push_back(std::move(name));
  }
  return result;
}

auth_plan::auth_plan(std::vector<auth_method> available,
                     const std::vector<std::string>& methods)
  : available_(std::move(available)),
    ordered_(!methods.empty()) {
  for (const auto& name : methods)
    if (name == "publickey")
      order_.insert(order_.end(), keys.begin(), keys.end());
    else if (name == "keyboard-interactive")
      order_.push_back(auth_method::keyboard_interactive);
    else if (name == "password")
      order_.push_back(auth_method::password);
  if (ordered_)
    order_.push_back(auth_method::more_agent_keys);
  else
    order_ = default_order;
}

void auth_plan::prefer(auth_method method) {
  if (ordered_ || !has_method(order_, method))
    return;
  remove(order_, method);
  order_.insert(order_.begin(), method);
}

std::optional<auth_method> auth_plan::next() const {
  if (done_.empty())
    return auth_method::none;
  for (auto method : order_)
    if (has_method(available_, method) && !has_method(done_, method)
        && offered(method))
      return method;
  return std::nullopt;
}

bool auth_plan::password_left() const {
  for (auto method : {auth_method::keyboard_interactive, auth_method::password})
    if (has_method(available_, method) && has_method(order_, method)
        && !has_method(done_, method) && offered(method))
      return true;
  return false;
}

void auth_plan::failed(auth_method method, int offered) {
  tried_.push_back(method);
  skipped(method, offered);
}

void auth_plan::skipped(auth_method method, int offered) {
  done_.push_back(method);
  offered_ = offered;
}

void auth_plan::allow(auth_method method) {
  if (!has_method(available_, method))
    available_.push_back(method);
}

void auth_plan::password_refused() {
  if (ordered_)
    return;
  remove(available_, auth_method::password);
  remove(available_, auth_method::keyboard_interactive);
}

void auth_plan::note(std::string what) {
  if (std::find(notes_.begin(), notes_.end(), what) == notes_.end())
    notes_.push_back(std::move(what));
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
  for (const auto& x : notes_)
    result += "; " + x;
  return result;
}

bool auth_plan::offered(auth_method method) const {
  switch (method) {
    case auth_method::none:
      return false;
    case auth_method::memory_key:
    case auth_method::key_file:
    case auth_method::agent:
    case auth_method::more_agent_keys:
      return (offered_ & SSH_AUTH_METHOD_PUBLICKEY) != 0;
    case auth_method::keyboard_interactive:
      return (offered_ & SSH_AUTH_METHOD_INTERACTIVE) != 0;
    case auth_method::password:
      return (offered_ & SSH_AUTH_METHOD_PASSWORD) != 0;
  }
  return false;
}

} // namespace tieline::ssh
