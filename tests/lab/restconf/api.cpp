#include "api.hpp"

#include "resource.hpp"

#include "tieline/lab/netconf/operations.hpp"
#include "tieline/lab/netconf/problem.hpp"
#include "tieline/lab/netconf/xml.hpp"

#include <set>
#include <stdexcept>
#include <utility>

namespace tieline::lab::restconf {

using namespace netconf;

namespace {

constexpr const char* restconf_namespace
  = "urn:ietf:params:xml:ns:yang:ietf-restconf";
constexpr const char* monitoring_namespace
  = "urn:ietf:params:xml:ns:yang:ietf-restconf-monitoring";
constexpr const char* xml_type = "application/yang-data+xml";
constexpr const char* json_type = "application/yang-data+json";

/// A problem with the status that its tag alone does not tell.
struct refusal {
  int status;
  problem why;
};

refusal not_found() {
  return {404, {"application", "invalid-value", "no such resource"}};
}

refusal not_allowed() {
  return {405, {"protocol", "operation-not-supported", "not here"}};
}

/// RFC 8040 section 7.
int status_of(const std::string& tag) {
  static const std::map<std::string, int> table{
    {"in-use", 409},           {"lock-denied", 409},
    {"resource-denied", 409},  {"data-exists", 409},
    {"data-missing", 409},     {"access-denied", 401},
    {"operation-failed", 500}, {"operation-not-supported", 501}};
  auto found = table.find(tag);
  return found == table.end() ? 400 : found->second;
}

bool wants_json(const request& what) {
  auto accept = what.header("accept");
  auto json = accept.find(json_type), xml = accept.find(xml_type);
  return json < xml;
}

response error(const request& to, int status, const problem& why) {
  if (wants_json(to)) {
    auto text = "{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":"
                + json_quoted(why.type)
                + ",\"error-tag\":" + json_quoted(why.tag);
    if (!why.path.empty())
      text += ",\"error-path\":" + json_quoted(why.path);
    text += ",\"error-message\":" + json_quoted(why.message) + "}]}}";
    return {status, text, {{"Content-Type", json_type}}};
  }
  auto text = "<errors xmlns=\"" + std::string{restconf_namespace}
              + "\"><error><error-type>" + why.type + "</error-type><error-tag>"
              + why.tag + "</error-tag>";
  if (!why.path.empty())
    text += "<error-path" + why.path_namespaces + ">" + escaped(why.path)
            + "</error-path>";
  text += "<error-message>" + escaped(why.message)
          + "</error-message></error></errors>";
  return {status, text, {{"Content-Type", xml_type}}};
}

response content(std::string xml, const char* type = xml_type) {
  return {200, std::move(xml), {{"Content-Type", type}}};
}

/// Returns what follows a prefix of the path that ends where a part ends.
std::optional<std::string> below(const std::string& path,
                                 const std::string& prefix) {
  if (path.compare(0, prefix.size(), prefix) != 0
      || (path.size() > prefix.size() && path[prefix.size()] != '/'))
    return std::nullopt;
  return path.substr(prefix.size());
}

/// One request for data.
class data_request {
public:
  data_request(const request& what, management& device, naming names,
               resource_path path, bool reject_config)
    : what_(what),
      device_(device),
      names_(names),
      path_(std::move(path)),
      reject_config_(reject_config) {
    // nop
  }

  /// Adds what only RESTCONF tells.
  response get(const std::string& state) const {
    for (auto& q : what_.query)
      if (q.first != "content")
        throw invalid_value("no query parameter is known but content");
    auto entry = what_.query.find("content");
    auto which = entry == what_.query.end() ? "all" : entry->second;
    pugi::xml_document all;
    if (which == "all" || which == "config")
      adopt_inside(all, running());
    if (which == "all" || which == "nonconfig") {
      pugi::xml_document more;
      parse_fragment(more, device_.state() + state);
      adopt_inside(all, more);
    }
    if (path_.empty())
      return content("<data xmlns=\"" + std::string{restconf_namespace} + "\">"
                     + inside(all) + "</data>");
    auto found = names_.find(all, path_);
    if (!found)
      throw not_found();
    pugi::xml_document result;
    return content(text_with_tags(adopt(result, found)));
  }

  response post(const std::string& url) {
    auto parent = names_.find(running(), path_);
    if (!path_.empty() && !parent)
      throw not_found();
    auto given = body();
    edit(parent, given, "create");
    auto location = url + "/" + names_.segment_of(given, path_.empty());
    return {201, "", {{"Location", location}}};
  }

  response put() {
    auto given = body();
    if (path_.empty()) {
      require_data(given);
      device_.data().copy(store::running, 0, given);
      return {204};
    }
    if (!names_.matches(given, path_.back()))
      throw invalid_value("the content is not what the path names");
    auto parent = parent_of_target();
    auto is_new = !names_.find(running(), path_);
    edit(parent, given, "replace");
    return {is_new ? 201 : 204};
  }

  response patch() {
    auto given = body();
    if (path_.empty()) {
      require_data(given);
      apply(given, edit_operation::merge);
      return {204};
    }
    auto target = names_.find(running(), path_);
    if (!target)
      throw not_found();
    if (!names_.matches(given, path_.back()))
      throw invalid_value("the content is not what the path names");
    edit(target.parent(), given, "merge");
    return {204};
  }

  response remove() const {
    if (path_.empty())
      throw not_allowed();
    auto target = names_.find(running(), path_);
    if (!target)
      throw refusal{404, {"application", "data-missing", "it does not exist"}};
    pugi::xml_document shell;
    auto config = shell.append_child("config");
    auto copy = adopt(names_.frame(config, target.parent()), target);
    copy.append_attribute("operation").set_value("delete");
    apply(config, edit_operation::none);
    return {204};
  }

private:
  const pugi::xml_document& running() const {
    return device_.data().look(store::running);
  }

  pugi::xml_node parent_of_target() const {
    auto path = path_;
    path.pop_back();
    auto parent = names_.find(running(), path);
    if (!path.empty() && !parent)
      throw not_found();
    return parent;
  }

  /// Returns the element in the body.
  pugi::xml_node body() {
    auto type = what_.header("content-type");
    if (type.substr(0, type.find(';')) != xml_type)
      throw refusal{415, {"protocol", "invalid-value", "only XML is spoken"}};
    try {
      parse_fragment(body_, what_.body);
    } catch (const std::invalid_argument& x) {
      throw problem{"protocol", "malformed-message", x.what()};
    }
    auto result = body_.document_element();
    if (!result || result.next_sibling())
      throw problem{"protocol", "malformed-message", "not one element"};
    return result;
  }

  static void require_data(pugi::xml_node given) {
    if (local_name(given) != "data"
        || namespace_of(given) != restconf_namespace)
      throw invalid_value("the content is no datastore");
  }

  /// Edits one child of `parent`; of the top if there is none.
  void edit(pugi::xml_node parent, pugi::xml_node given,
            const char* operation) const {
    pugi::xml_document shell;
    auto config = shell.append_child("config");
    auto copy = adopt(names_.frame(config, parent), given);
    copy.append_attribute("operation").set_value(operation);
    apply(config, edit_operation::none);
  }

  void apply(pugi::xml_node config, edit_operation by_default) const {
    if (reject_config_)
      throw invalid_value("the configuration is not valid");
    auto refused = device_.data().edit(store::running, 0, config, by_default,
                                       error_option::roll_back);
    if (!refused.empty())
      throw refused.front();
  }

  const request& what_;
  management& device_;
  naming names_;
  resource_path path_;
  bool reject_config_;
  pugi::xml_document body_;
};

/// Carries out an operation: what is inside `input` in, `output` out.
response operate(const request& what, const std::string& name) {
  if (what.method != "POST")
    throw not_allowed();
  pugi::xml_document given, call;
  try {
    parse_fragment(given, what.body);
  } catch (const std::invalid_argument& x) {
    throw problem{"protocol", "malformed-message", x.what()};
  }
  auto colon = name.find(':');
  if (name.substr(0, colon) != "/lab")
    throw not_found();
  auto operation = call.append_child(name.substr(colon + 1).c_str());
  adopt_inside(operation, given.document_element());
  return content("<output xmlns=\"urn:tieline:lab\">" + perform_own(operation)
                 + "</output>");
}

/// Returns what only RESTCONF tells of a device: where its events are.
std::string monitoring(const circumstances& now) {
  return "<restconf-state xmlns=\"" + std::string{monitoring_namespace}
         + "\"><capabilities><capability>urn:ietf:params:restconf:capability:"
           "replay:1.0</capability></capabilities><streams><stream>"
           "<name>NETCONF</name><replay-support>true</replay-support>"
           "<replay-log-creation-time>"
         + to_time_text(now.device.log().begin())
         + "</replay-log-creation-time><access><encoding>xml</encoding>"
           "<location>http://"
         + now.where
         + "/streams/NETCONF</location></access></stream></streams>"
           "</restconf-state>";
}

std::optional<wall_clock::time_point> time_in(const request& what,
                                              const char* name) {
  auto found = what.query.find(name);
  if (found == what.query.end())
    return std::nullopt;
  auto result = time_from(found->second);
  if (!result)
    throw invalid_value(std::string{name} + " is no time");
  return result;
}

answer stream_of(const request& what) {
  if (what.method != "GET")
    throw not_allowed();
  answer::stream events{time_in(what, "start-time"),
                        time_in(what, "stop-time")};
  if (events.stop && !events.start)
    throw invalid_value("stop-time without start-time");
  return {{200,
           "",
           {{"Content-Type", "text/event-stream"},
            {"Cache-Control", "no-cache"}}},
          events};
}

} // namespace

api::api(restconf::options how, std::string user, std::string password)
  : settings_(std::move(how)),
    user_(std::move(user)),
    password_(std::move(password)) {
  // nop
}

bool api::lets_in(const request& what) const {
  auto given = what.header("authorization");
  auto blank = given.find(' ');
  if (blank == std::string::npos)
    return false;
  auto credential = given.substr(blank + 1);
  if (given.substr(0, blank) == "Bearer")
    return !settings_.token.empty() && credential == settings_.token;
  if (given.substr(0, blank) != "Basic")
    return false;
  auto pair = base64_decoded(credential).value_or("");
  auto colon = pair.find(':');
  return colon != std::string::npos && pair.substr(colon + 1) == password_
         && (user_.empty() || pair.substr(0, colon) == user_);
}

answer api::serve(const request& what, const circumstances& now) {
  ++status_.requests[what.method];
  auto is_get = what.method == "GET" || what.method == "HEAD";
  if (what.path == "/.well-known/host-meta" && is_get && !now.refuse_all)
    return {content("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
                    "<Link rel='restconf' href='"
                      + escaped(settings_.root) + "'/></XRD>",
                    "application/xrd+xml")};
  if (now.refuse_all || !lets_in(what))
    return {challenge(what)};
  try {
    if (what.path == "/streams/NETCONF")
      return stream_of(what);
    auto accept = what.header("accept");
    if (is_get && accept.find("json") != std::string::npos
        && accept.find("xml") == std::string::npos)
      throw refusal{406, {"protocol", "invalid-value", "only XML is spoken"}};
    if (auto rest = below(what.path, settings_.root + "/data"))
      return {data(what, now, *rest)};
    if (auto name = below(what.path, settings_.root + "/operations");
        name && name->size() > 1)
      return {operate(what, *name)};
    if (!is_get)
      throw not_allowed();
    return {about(what.path)};
  } catch (const refusal& r) {
    return {error(what, r.status, r.why)};
  } catch (const problem& p) {
    return {error(what, status_of(p.tag), p)};
  }
}

response api::challenge(const request& what) {
  ++status_.unauthorized;
  auto result = error(what, 401, {"protocol", "access-denied", "who are you?"});
  result.headers.emplace_back("WWW-Authenticate", "Basic realm=\"lab\"");
  if (!settings_.token.empty())
    result.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"lab\", "
                                                    "error=\"invalid_token\"");
  return result;
}

response api::data(const request& what, const circumstances& now,
                   const std::string& path) const {
  resource_path parsed;
  try {
    parsed = parse_path(path);
  } catch (const std::invalid_argument& x) {
    throw invalid_value(x.what());
  }
  naming names{settings_.modules, now.device.settings().schema};
  data_request work{what, now.device, names, std::move(parsed),
                    now.reject_config};
  if (what.method == "GET" || what.method == "HEAD")
    return work.get(monitoring(now));
  if (what.method == "OPTIONS")
    return {200,
            "",
            {{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
             {"Accept-Patch", xml_type}}};
  if (what.method == "POST")
    return work.post("http://" + now.where + what.path);
  if (what.method == "PUT")
    return work.put();
  if (what.method == "PATCH")
    return work.patch();
  if (what.method == "DELETE")
    return work.remove();
  throw not_allowed();
}

response api::about(const std::string& path) const {
  auto top = " xmlns=\"" + std::string{restconf_namespace} + "\">";
  std::string operations = "<lab:echo xmlns:lab=\"urn:tieline:lab\"/>"
                           "</operations>";
  std::string version = "2019-01-04</yang-library-version>";
  if (path == settings_.root)
    return content("<restconf" + top + "<data/><operations>" + operations
                   + "<yang-library-version>" + version + "</restconf>");
  if (path == settings_.root + "/operations")
    return content("<operations" + top + operations);
  if (path == settings_.root + "/yang-library-version")
    return content("<yang-library-version" + top + version);
  throw not_found();
}

} // namespace tieline::lab::restconf
