#include "tieline/transports/http/restconf.hpp"

#include "tieline/messages/support/printable.hpp"

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <array>
#include <cstring>
#include <utility>

namespace tieline::restconf {

namespace {

using json = nlohmann::json;

// Longer ones are no error messages or links; they are not read.
constexpr size_t max_document = size_t{1} << 20;

constexpr std::array<const char*, 5> error_fields{"error-type", "error-tag",
                                                  "error-app-tag", "error-path",
                                                  "error-message"};

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

// Percent-encodes all that RFC 3986 does not call unreserved, but `also`.
std::string encoded(std::string_view text, std::string_view also = {}) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (auto c : text) {
    if (is_unreserved(c) || also.find(c) != std::string_view::npos) {
      result += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += digits[byte >> 4U];
    result += digits[byte & 15U];
  }
  return result;
}

void add(std::string& to, const char* name, const std::string& value) {
  if (!value.empty())
    to += (to.empty() ? "?" : "&") + std::string{name} + '=' + encoded(value);
}

std::string to_string(const query& x) {
  std::string result;
  add(result, "content", x.content);
  if (x.depth)
    add(result, "depth",
        *x.depth == 0 ? "unbounded" : std::to_string(*x.depth));
  add(result, "fields", x.fields);
  add(result, "with-defaults", x.with_defaults);
  add(result, "insert", x.insert);
  add(result, "point", x.point);
  return result;
}

// Without the prefix of an XML name, or the module of a JSON name.
std::string_view local(std::string_view name) {
  auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// Returns the first element of that local name among the children.
pugi::xml_node child_of(const pugi::xml_node& parent, std::string_view name) {
  for (auto x : parent.children())
    if (local(x.name()) == name)
      return x;
  return {};
}

// Returns the member of that local name; null if there is none.
const json* member_of(const json& parent, std::string_view name) {
  if (parent.is_object())
    for (const auto& [key, value] : parent.items())
      if (local(key) == name)
        return &value;
  return nullptr;
}

struct told_errors {
  std::map<std::string, std::string> first;
  size_t count = 0;
};

/// Errors may be wrapped so deep in what a server says.
constexpr int deepest = 8;

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void add_error(told_errors& to, const json& error) {
  if (!error.is_object() || to.count++ > 0)
    return;
  for (const auto* name : error_fields) {
    const auto* value = member_of(error, name);
    if (value != nullptr && !value->is_structured() && !value->is_null())
      to.first.emplace(name, text_of(*value));
  }
}

/// Adds one error or a list of them.
void add_errors(told_errors& to, const json& x) {
  if (x.is_array())
    for (const auto& each : x)
      add_error(to, each);
  else
    add_error(to, x);
}

/// Adds what `errors` holds: `error` with an error or a list of them, or just
/// these.
void add_all(told_errors& to, const json& errors) {
  if (const auto* inner = member_of(errors, "error"))
    add_errors(to, *inner);
  else if (errors.is_array())
    for (const auto& each : errors)
      add_all(to, each);
  else if (member_of(errors, "error-tag") != nullptr
           || member_of(errors, "error-message") != nullptr)
    add_error(to, errors);
}

/// Looks for errors wherever they may be.
void find_errors(told_errors& to, const json& x, int depth) {
  if (depth == 0 || !x.is_structured())
    return;
  if (x.is_object())
    for (const auto& [key, value] : x.items())
      if (local(key) == "errors" || local(key) == "error")
        add_all(to, value);
  if (x.is_object() && to.count == 0 && member_of(x, "error-tag") != nullptr)
    add_error(to, x);
  if (to.count == 0)
    for (const auto& value : x)
      find_errors(to, value, depth - 1);
}

void add_error(told_errors& to, const pugi::xml_node& error) {
  if (to.count++ > 0)
    return;
  for (const auto* name : error_fields)
    if (auto value = child_of(error, name))
      to.first.emplace(name, value.text().get());
}

void find_errors(told_errors& to, const pugi::xml_node& x, int depth) {
  for (auto child : x.children()) {
    auto name = local(child.name());
    if (name == "error" || name == "rpc-error"
        || (name == "errors" && !child_of(child, "error-tag").empty()))
      add_error(to, child);
    else if (depth > 0)
      find_errors(to, child, depth - 1);
  }
}

/// Whose status is good may hold data that is called errors, too: it counts
/// what a module of RESTCONF says (RFC 8040, 3.9; RFC 8072, 2.3).
enum class scope { anywhere, restconf_only };

/// Returns whether what a good answer consists of tells of errors.
bool is_verdict(std::string_view name) {
  return name == "errors" || name == "ietf-restconf:errors"
         || name == "ietf-yang-patch:yang-patch-status";
}

told_errors read_json_errors(const std::string& text, scope where) {
  told_errors result;
  auto whole = json::parse(text, nullptr, false);
  if (where == scope::anywhere) {
    find_errors(result, whole, deepest);
  } else if (whole.is_object()) {
    for (const auto& [key, value] : whole.items())
      if (is_verdict(key))
        find_errors(result, json{{local(key), value}}, deepest);
  }
  return result;
}

bool is_verdict(const pugi::xml_node& x) {
  std::string_view name = x.name();
  auto declaration = std::string{"xmlns"};
  if (auto colon = name.find(':'); colon != std::string_view::npos)
    declaration += ':' + std::string{name.substr(0, colon)};
  std::string_view uri = x.attribute(declaration.c_str()).value();
  name = local(name);
  return (name == "errors"
          && (uri.empty()
              || uri == "urn:ietf:params:xml:ns:yang:ietf-restconf"))
         || (name == "yang-patch-status"
             && uri == "urn:ietf:params:xml:ns:yang:ietf-yang-patch");
}

told_errors read_xml_errors(const std::string& text, scope where) {
  told_errors result;
  pugi::xml_document whole;
  if (!whole.load_buffer(text.data(), text.size()))
    return result;
  if (where == scope::anywhere || is_verdict(whole.document_element()))
    find_errors(result, whole, deepest);
  return result;
}

/// Some servers do not say what it is, or say something else.
bool is_xml(const reply& x) {
  auto begin = x.output.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return begin != std::string::npos && x.output[begin] == '<';
}

caf::error malformed(const char* what) {
  return make_error(errc::protocol_error, {{}, step::execute, what});
}

// Returns the one string that the document consists of.
std::optional<std::string> read_leaf(const reply& from, std::string_view name) {
  if (from.output.size() > max_document)
    return std::nullopt;
  if (is_xml(from)) {
    pugi::xml_document whole;
    if (!whole.load_buffer(from.output.data(), from.output.size()))
      return std::nullopt;
    auto leaf = child_of(whole, name);
    if (!leaf)
      return std::nullopt;
    return std::string{leaf.text().get()};
  }
  auto whole = json::parse(from.output, nullptr, false);
  const auto* leaf = member_of(whole, name);
  if (leaf == nullptr || !leaf->is_string())
    return std::nullopt;
  return leaf->get<std::string>();
}

// Returns the path of a URL, or of what is a path already; empty if it is
// neither.
std::string path_in(std::string_view url) {
  if (auto scheme = url.find("://"); scheme != std::string_view::npos) {
    auto slash = url.find('/', scheme + 3);
    url = slash == std::string_view::npos ? "/" : url.substr(slash);
  }
  if (url.empty() || url.front() != '/')
    return {};
  return std::string{url};
}

} // namespace

std::string path_of(const std::vector<node>& nodes) {
  std::string result;
  for (const auto& x : nodes) {
    result += '/' + encoded(x.name, ":");
    auto separator = '=';
    for (const auto& key : x.keys)
      result += std::exchange(separator, ',') + encoded(key);
  }
  return result;
}

api::api(std::string root, format how)
  : root_(std::move(root)),
    type_(how == format::json ? "application/yang-data+json"
                              : "application/yang-data+xml"),
    format_name_(how == format::json ? "json" : "xml") {
  while (!root_.empty() && root_.back() == '/')
    root_.pop_back();
}

request api::get(const std::string& where, const query& with) const {
  return make("GET", root_ + "/data" + where + to_string(with));
}

request api::head(const std::string& where) const {
  return make("HEAD", root_ + "/data" + where);
}

request api::post(const std::string& where, std::string data,
                  const query& with) const {
  return make("POST", root_ + "/data" + where + to_string(with),
              std::move(data));
}

request api::put(const std::string& where, std::string data,
                 const query& with) const {
  return make("PUT", root_ + "/data" + where + to_string(with),
              std::move(data));
}

request api::patch(const std::string& where, std::string data) const {
  return make("PATCH", root_ + "/data" + where, std::move(data));
}

request api::remove(const std::string& where) const {
  return make("DELETE", root_ + "/data" + where);
}

request api::operation(const std::string& name, std::string input) const {
  return make("POST", root_ + "/operations/" + encoded(name, ":"),
              std::move(input));
}

request api::action(const std::string& where, std::string input) const {
  return make("POST", root_ + "/data" + where, std::move(input));
}

request api::operations() const {
  return make("GET", root_ + "/operations");
}

request api::yang_library_version() const {
  return make("GET", root_ + "/yang-library-version");
}

request api::stream_location(const std::string& stream) const {
  return get(path_of({{"ietf-restconf-monitoring:restconf-state"},
                      {"streams"},
                      {"stream", {stream}},
                      {"access", {format_name_}},
                      {"location"}}));
}

request api::make(const char* method, const std::string& path) const {
  request result;
  result.attributes["method"] = method;
  result.attributes["path"] = path;
  result.attributes["header.accept"] = type_;
  return result;
}

request api::make(const char* method, const std::string& path,
                  std::string data) const {
  auto result = make(method, path);
  if (!data.empty())
    result.attributes["header.content-type"] = type_;
  result.body = std::move(data);
  return result;
}

request discover() {
  request result;
  result.attributes["path"] = "/.well-known/host-meta";
  result.attributes["header.accept"] = "application/xrd+xml";
  return result;
}

request subscribe(const std::string& path, const std::string& start_time,
                  const std::string& stop_time,
                  const std::string& last_event_id) {
  std::string parameters;
  add(parameters, "start-time", start_time);
  add(parameters, "stop-time", stop_time);
  request result;
  result.attributes["path"] = path + parameters;
  result.attributes["header.accept"] = "text/event-stream";
  result.attributes["header.cache-control"] = "no-cache";
  if (!last_event_id.empty())
    result.attributes["header.last-event-id"] = last_event_id;
  return result;
}

caf::error check(const reply& from, const connection_key& key) {
  auto is_good = from.status >= 200 && from.status <= 299;
  auto where = is_good ? scope::restconf_only : scope::anywhere;
  told_errors told;
  if (from.output.size() <= max_document && !from.output.empty())
    told = is_xml(from) ? read_xml_errors(from.output, where)
                        : read_json_errors(from.output, where);
  if (is_good && told.count == 0)
    return {};
  failure context{key, step::execute, "status " + std::to_string(from.status)};
  context.details = std::move(told.first);
  for (const auto* name : {"error-tag", "error-message"})
    if (auto pos = context.details.find(name); pos != context.details.end())
      context.cause += ", " + printable(pos->second, max_told);
  context.details["status"] = std::to_string(from.status);
  if (told.count > 1)
    context.details["errors"] = std::to_string(told.count);
  return make_error(errc::operation_failed, std::move(context));
}

caf::expected<std::string> read_root(const reply& from) {
  if (auto error = check(from); !error.empty())
    return error;
  pugi::xml_document whole;
  if (from.output.size() > max_document
      || !whole.load_buffer(from.output.data(), from.output.size()))
    return malformed("host-meta is no XML");
  for (auto x : child_of(whole, "XRD").children()) {
    if (local(x.name()) != "Link"
        || std::strcmp(x.attribute("rel").value(), "restconf") != 0)
      continue;
    auto root = path_in(x.attribute("href").value());
    while (!root.empty() && root.back() == '/')
      root.pop_back();
    if (root.empty())
      break;
    return root;
  }
  return malformed("host-meta has no link to restconf");
}

caf::expected<std::string> read_yang_library_version(const reply& from) {
  if (auto error = check(from); !error.empty())
    return error;
  auto result = read_leaf(from, "yang-library-version");
  if (!result)
    return malformed("there is no yang-library-version");
  return std::move(*result);
}

caf::expected<std::string> read_stream_location(const reply& from) {
  if (auto error = check(from); !error.empty())
    return error;
  auto path = path_in(read_leaf(from, "location").value_or(""));
  if (path.empty())
    return malformed("there is no location");
  return path;
}

} // namespace tieline::restconf
