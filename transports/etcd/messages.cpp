#include "tieline/transports/etcd/messages.hpp"

#include "tieline/messages/support/base64.hpp"
#include "tieline/messages/support/wipe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace tieline::etcd {

namespace {

using json = nlohmann::json;

// Of gRPC.
constexpr int canceled = 1;
constexpr int unknown = 2;
constexpr int invalid_argument = 3;
constexpr int deadline_exceeded = 4;
constexpr int permission_denied = 7;
constexpr int resource_exhausted = 8;
constexpr int internal = 13;
constexpr int unavailable = 14;
constexpr int unauthenticated = 16;

std::string print(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Returns a member; null if there is none.
const json& member(const json& x, const char* name) {
  static const json none;
  auto i = x.is_object() ? x.find(name) : x.end();
  return i == x.end() ? none : *i;
}

std::string text_of(const json& x) {
  return x.is_string() ? x.get_ref<const std::string&>() : std::string{};
}

/// A number of 64 bits is a text in JSON's mapping of gRPC, and zero is not
/// there.
std::optional<int64_t> number(const json& x) {
  if (x.is_null())
    return 0;
  if (x.is_number_integer())
    return x.get<int64_t>();
  auto text = text_of(x);
  int64_t result = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      result);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

bool read(const json& x, const char* name, int64_t& out) {
  auto got = number(member(x, name));
  if (got)
    out = *got;
  return got.has_value();
}

bool read_bytes(const json& x, const char* name, std::string& out) {
  const auto& text = member(x, name);
  if (text.is_null())
    return true;
  auto coded = text_of(text);
  out = from_base64(coded);
  // from_base64 is lenient with white space, and with bits that do not count.
  return text.is_string() && to_base64(out) == coded;
}

/// Every answer of etcd has a header.
json parse(const std::string& text) {
  auto result = json::parse(text, nullptr, false);
  if (!member(result, "header").is_object())
    return {};
  return result;
}

std::optional<stored_entry> read_entry(const json& x) {
  stored_entry result;
  if (read_bytes(x, "key", result.key) && read_bytes(x, "value", result.value)
      && read(x, "create_revision", result.create_revision)
      && read(x, "mod_revision", result.mod_revision)
      && read(x, "lease", result.lease) && !result.key.empty()
      && result.create_revision > 0)
    return result;
  return std::nullopt;
}

std::optional<std::vector<stored_entry>> read_entries(const json& x) {
  std::vector<stored_entry> result;
  const auto& found = member(x, "kvs");
  if (!found.is_null() && !found.is_array())
    return std::nullopt;
  for (const auto& each : found) {
    auto got = read_entry(each);
    if (!got)
      return std::nullopt;
    result.push_back(std::move(*got));
  }
  return result;
}

} // namespace

bool trouble::login_needed() const noexcept {
  return code == unauthenticated || code == invalid_argument;
}

bool trouble::denied() const noexcept {
  return code == permission_denied || login_needed();
}

bool trouble::of_member() const noexcept {
  switch (code) {
    case canceled:
    case unknown:
    case deadline_exceeded:
    case resource_exhausted:
    case internal:
    case unavailable:
      return true;
    default:
      return false;
  }
}

std::string grant(std::chrono::seconds ttl) {
  return print({{"TTL", std::to_string(ttl.count())}});
}

std::string by_id(int64_t lease) {
  return print({{"ID", std::to_string(lease)}});
}

std::string range(const std::string& key) {
  return print({{"key", to_base64(key)}});
}

std::string range_below(const std::string& prefix) {
  // The first key behind all that begin so.
  auto end = prefix;
  ++end.back();
  return print({{"key", to_base64(prefix)}, {"range_end", to_base64(end)}});
}

std::string transaction(const guarded_write& x) {
  auto name = to_base64(x.key);
  json condition{{"key", name}, {"result", "EQUAL"}};
  if (x.if_revision == 0)
    condition.update({{"target", "CREATE"}, {"create_revision", "0"}});
  else
    condition.update(
      {{"target", "MOD"}, {"mod_revision", std::to_string(x.if_revision)}});
  json result{{"compare", json::array({std::move(condition)})}};
  if (x.value) {
    json put{{"key", name},
             {"value", to_base64(*x.value)},
             {"lease", std::to_string(x.lease)}};
    result["success"] = json::array({{{"request_put", std::move(put)}}});
    result["failure"] = json::array({{{"request_range", {{"key", name}}}}});
  } else {
    result["success"]
      = json::array({{{"request_delete_range", {{"key", name}}}}});
  }
  return print(result);
}

std::string authenticate(const std::string& user, std::string_view password) {
  // By hand: the library would leave copies behind.
  std::string result = "{\"name\":" + print(user) + ",\"password\":\"";
  constexpr auto longest_escape = std::string_view{"\\u0000"}.size();
  result.reserve(result.size() + longest_escape * password.size() + 2);
  for (auto c : password) {
    constexpr auto digits = "0123456789abcdef";
    if (static_cast<unsigned char>(c) < 0x20) {
      result += "\\u00";
      result += digits[c >> 4];
      result += digits[c & 15];
    } else {
      if (c == '"' || c == '\\')
        result += '\\';
      result += c;
    }
  }
  return result += "\"}";
}

std::optional<stored_lease> read_lease(const std::string& text) {
  auto got = json::parse(text, nullptr, false);
  // That of a stream is wrapped.
  if (auto inner = member(got, "result"); !inner.is_null())
    got = std::move(inner);
  stored_lease result;
  int64_t ttl = 0;
  if (!member(got, "header").is_object() || !read(got, "ID", result.id)
      || !read(got, "TTL", ttl) || result.id == 0)
    return std::nullopt;
  // Beyond what can be asked for.
  constexpr int64_t most = int64_t{24} * 3600;
  result.ttl = std::chrono::seconds{std::clamp<int64_t>(ttl, 0, most)};
  return result;
}

std::optional<std::vector<stored_entry>> read_range(const std::string& text) {
  auto got = parse(text);
  if (got.is_null())
    return std::nullopt;
  return read_entries(got);
}

std::optional<write_outcome> read_transaction(const std::string& text) {
  auto got = parse(text);
  write_outcome result;
  const auto& succeeded = member(got, "succeeded");
  if (got.is_null() || !read(member(got, "header"), "revision", result.revision)
      || result.revision <= 0
      || !(succeeded.is_null() || succeeded.is_boolean()))
    return std::nullopt;
  result.succeeded = succeeded.is_boolean() && succeeded.get<bool>();
  if (result.succeeded)
    return result;
  const auto& responses = member(got, "responses");
  if (!responses.is_null() && !responses.is_array())
    return std::nullopt;
  for (const auto& x : responses) {
    auto found = read_entries(member(x, "response_range"));
    if (!found)
      return std::nullopt;
    if (!found->empty())
      result.found = std::move(found->front());
  }
  return result;
}

std::optional<secret> read_token(const std::string& text) {
  auto got = parse(text);
  auto found = got.is_object() ? got.find("token") : got.end();
  if (found == got.end() || !found->is_string())
    return std::nullopt;
  auto& token = found->get_ref<std::string&>();
  wiped_at_end guard{token};
  return token.empty() ? std::nullopt : std::optional{secret{token}};
}

bool is_answer(const std::string& text) {
  return !parse(text).is_null();
}

std::optional<trouble> read_trouble(const std::string& text) {
  auto got = json::parse(text, nullptr, false);
  const auto& error = member(got, "error");
  // That of a stream is wrapped.
  const auto& said = error.is_object() ? error : got;
  trouble result;
  int64_t code = 0;
  const auto* name
    = said.is_object() && said.contains("grpc_code") ? "grpc_code" : "code";
  if (!read(said, name, code))
    return std::nullopt;
  result.message = text_of(member(said, "message"));
  if (result.message.empty())
    result.message = text_of(error);
  if (result.message.empty() || code <= 0
      || code > std::numeric_limits<int>::max())
    return std::nullopt;
  result.code = static_cast<int>(code);
  return result;
}

} // namespace tieline::etcd
