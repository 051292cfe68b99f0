#include "tieline/transports/netconf/rpc.hpp"

#include "tieline/transports/netconf/date_time.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/numbers.hpp"
#include "tieline/transports/netconf/operations.hpp"
#include "tieline/transports/netconf/trouble.hpp"
#include "tieline/transports/netconf/well_formed.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tieline::netconf {

namespace {

using attributes = std::map<std::string, std::string>;

constexpr std::string_view declaration = "xmlns:";

bool is_declaration(std::string_view name) {
  return name.substr(0, declaration.size()) == declaration;
}

std::string quoted(std::string_view x) {
  return '"' + std::string{x} + '"';
}

// -- the values of attributes -------------------------------------------------

/// The names and namespaces of a fragment's outermost elements.
class outermost : public xml::handler {
public:
  void starts(const xml::element& x) override {
    if (x.depth == 1)
      names.emplace_back(x.name_space, x.local_name);
  }

  std::vector<std::pair<std::string, std::string>> names;
};

/// What a value has to know of its request.
struct surroundings {
  std::string_view operation;
  xml::scan_options fragment;
};

using check = std::string (*)(const std::string&, const surroundings&);

std::string check_xml(const std::string& value, const surroundings& around,
                      std::string_view never) {
  outermost found;
  auto wrong = xml::scan(value, around.fragment, found);
  if (wrong.empty())
    for (const auto& [uri, name] : found.names)
      if (uri == uri::base && name == never)
        wrong = "is to hold what is inside of <" + name + ">, not that itself";
  return wrong;
}

std::string check_filter(const std::string& value, const surroundings& around) {
  return check_xml(value, around, "filter");
}

std::string check_config(const std::string& value, const surroundings& around) {
  // Else a file that could not be read would empty a datastore.
  if (xml::trim(value).empty())
    return "is empty";
  return check_xml(value, around, "config");
}

std::string check_text(const std::string& value, const surroundings&) {
  if (value.empty())
    return "is empty";
  if (!xml::is_text(value))
    return "has a character that XML cannot hold";
  return {};
}

bool is_url(std::string_view value) {
  return value.find(':') != std::string_view::npos;
}

std::string check_url(const std::string& value, const surroundings& around) {
  auto colon = value.find(':');
  if (colon == std::string::npos || !xml::is_name(value.substr(0, colon))
      || value.find_first_of(" \t\r\n") != std::string::npos)
    return quoted(value) + " is not a URL";
  return check_text(value, around);
}

bool is_one_of(std::string_view value,
               std::initializer_list<std::string_view> good) {
  return std::find(good.begin(), good.end(), value) != good.end();
}

std::string check_place(const std::string& value, const surroundings& around) {
  const auto operation = around.operation;
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return is_one_of(operation, names);
  };
  if (is_url(value) && is({"copy-config", "delete-config", "validate"}))
    return check_url(value, around);
  if (operation == "edit-config")
    return is_one_of(value, {"running", "candidate"})
             ? ""
             : quoted(value) + " is neither running nor candidate";
  if (operation == "delete-config")
    return value == "startup" ? ""
                              : quoted(value) + " is neither startup nor a URL";
  if (is_one_of(value, {"running", "candidate", "startup"}))
    return {};
  return quoted(value) + " is none of running, candidate, startup"
         + (is({"copy-config", "validate"}) ? " nor a URL" : "");
}

template <class Enum>
std::string check_enum(const std::string& value, const surroundings&) {
  Enum ignored;
  if (from_string(compat::string_view{value.data(), value.size()}, ignored))
    return {};
  auto result = quoted(value) + " is none of";
  for (const auto& x : names_of<Enum>::values)
    result += (&x == names_of<Enum>::values ? " " : ", ") + std::string{x};
  return result;
}

std::string check_flag(const std::string& value, const surroundings&) {
  return value == "true" || value == "false"
           ? ""
           : quoted(value) + " is neither true nor false";
}

std::string check_number(const std::string& value, const surroundings&) {
  return to_number(value, 1, UINT32_MAX)
           ? ""
           : quoted(value) + " is not a number from 1 to 4294967295";
}

std::string check_time(const std::string& value, const surroundings&) {
  return parse_date_time(value)
           ? ""
           : quoted(value) + " is not a time like 2026-01-31T03:00:00Z";
}

const std::map<std::string_view, check> checks{
  {"config", check_config},
  {"confirm-timeout", check_number},
  {"confirmed", check_flag},
  {"default-operation", check_enum<default_operation>},
  {"error-option", check_enum<error_option>},
  {"filter", check_filter},
  {"format", check_text},
  {"identifier", check_text},
  {"persist", check_text},
  {"persist-id", check_text},
  {"session-id", check_number},
  {"source", check_place},
  {"startTime", check_time},
  {"stopTime", check_time},
  {"stream", check_text},
  {"target", check_place},
  {"test-option", check_enum<test_option>},
  {"url", check_url},
  {"version", check_text},
  {"with-defaults", check_enum<with_defaults>},
  {"xpath", check_text},
};

// -- what is written ----------------------------------------------------------

std::string element(std::string_view name, std::string_view content) {
  std::string result{'<'};
  result += name;
  if (content.empty())
    return result + "/>";
  result += '>';
  result += content;
  result += "</";
  result += name;
  return result + '>';
}

class writer {
public:
  explicit writer(const attributes& all) : all_(all) {
    // nop
  }

  /// Writes an attribute as an element, if it is there.
  writer& text(const char* name) {
    if (const auto* value = find(name))
      out_ += element(name, xml::escape(*value));
    return *this;
  }

  /// Writes a datastore or URL inside of an element.
  writer& place(const char* name) {
    if (const auto* value = find(name))
      out_ += element(name, is_url(*value) ? element("url", xml::escape(*value))
                                           : element(*value, ""));
    return *this;
  }

  writer& config() {
    if (const auto* value = find("config"))
      out_ += element("config", *value);
    return *this;
  }

  writer& source_or_config() {
    place("source");
    if (const auto* value = find("config"))
      out_ += element("source", element("config", *value));
    return *this;
  }

  writer& filter() {
    if (const auto* value = find("filter")) {
      out_ += R"(<filter type="subtree">)";
      out_ += *value;
      out_ += "</filter>";
    }
    if (const auto* value = find("xpath"))
      out_ += R"(<filter type="xpath" select=")" + xml::escape(*value)
              + R"("/>)";
    return *this;
  }

  writer& with_defaults() {
    if (const auto* value = find("with-defaults"))
      out_ += "<with-defaults xmlns=\"" + std::string{uri::with_defaults}
              + "\">" + *value + "</with-defaults>";
    return *this;
  }

  writer& flag(const char* name) {
    if (const auto* value = find(name); value != nullptr && *value == "true")
      out_ += element(name, "");
    return *this;
  }

  std::string take() {
    return std::move(out_);
  }

private:
  const std::string* find(const char* name) const {
    auto found = all_.find(name);
    return found == all_.end() ? nullptr : &found->second;
  }

  const attributes& all_;
  std::string out_;
};

// -- the operations -----------------------------------------------------------

struct operation_rule {
  std::string_view name;
  std::string_view name_space;
  std::vector<std::string_view> mandatory;
  std::vector<std::string_view> optional;
  /// Two of which exactly one must be there, or none at all.
  std::vector<std::string_view> one_of;
  /// Writes the content, in the order of the operation's YANG model.
  void (*write)(writer&);
};

const std::vector<operation_rule> operations{
  {"get",
   uri::base,
   {},
   {"filter", "xpath", "with-defaults"},
   {},
   [](writer& out) { out.filter().with_defaults(); }},
  {"get-config",
   uri::base,
   {"source"},
   {"filter", "xpath", "with-defaults"},
   {},
   [](writer& out) { out.place("source").filter().with_defaults(); }},
  {"edit-config",
   uri::base,
   {"target"},
   {"default-operation", "test-option", "error-option"},
   {"config", "url"},
   [](writer& out) {
     out.place("target")
       .text("default-operation")
       .text("test-option")
       .text("error-option")
       .config()
       .text("url");
   }},
  {"copy-config",
   uri::base,
   {"target"},
   {"with-defaults"},
   {"source", "config"},
   [](writer& out) { out.place("target").source_or_config().with_defaults(); }},
  {"delete-config",
   uri::base,
   {"target"},
   {},
   {},
   [](writer& out) { out.place("target"); }},
  {"lock",
   uri::base,
   {"target"},
   {},
   {},
   [](writer& out) { out.place("target"); }},
  {"unlock",
   uri::base,
   {"target"},
   {},
   {},
   [](writer& out) { out.place("target"); }},
  {"validate",
   uri::base,
   {},
   {},
   {"source", "config"},
   [](writer& out) { out.source_or_config(); }},
  {"commit",
   uri::base,
   {},
   {"confirmed", "confirm-timeout", "persist", "persist-id"},
   {},
   [](writer& out) {
     out.flag("confirmed")
       .text("confirm-timeout")
       .text("persist")
       .text("persist-id");
   }},
  {"cancel-commit",
   uri::base,
   {},
   {"persist-id"},
   {},
   [](writer& out) { out.text("persist-id"); }},
  {"discard-changes", uri::base, {}, {}, {}, [](writer&) {}},
  {"kill-session",
   uri::base,
   {"session-id"},
   {},
   {},
   [](writer& out) { out.text("session-id"); }},
  {"close-session", uri::base, {}, {}, {}, [](writer&) {}},
  {"get-schema",
   uri::monitoring,
   {"identifier"},
   {"version", "format"},
   {},
   [](writer& out) { out.text("identifier").text("version").text("format"); }},
  {"create-subscription",
   uri::notification,
   {},
   {"stream", "filter", "xpath", "startTime", "stopTime"},
   {},
   [](writer& out) {
     out.text("stream").filter().text("startTime").text("stopTime");
   }},
};

// -- understanding ------------------------------------------------------------

caf::error invalid(std::string cause) {
  return trouble(errc::invalid_request, step::execute, std::move(cause));
}

caf::error wrong_attribute(std::string_view name, const std::string& why) {
  return invalid("attributes." + std::string{name} + ": " + why);
}

bool contains(const std::vector<std::string_view>& list, std::string_view x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

class understanding {
public:
  understanding(const request& what, const capabilities& theirs)
    : body_(xml::trim(what.body)),
      all_(what.attributes),
      theirs_(theirs) {
    // nop
  }

  caf::expected<rpc> make(std::string_view message_id) {
    rpc result;
    result.raw = !body_.empty() && body_.front() == '<';
    auto error = result.raw ? read_raw(result.operation)
                            : read_operation(result.operation);
    if (error)
      return error;
    result.text = "<rpc xmlns=\"" + std::string{uri::base} + "\" xmlns:nc=\""
                  + std::string{uri::base} + '"';
    for (const auto& [name, value] : all_)
      if (is_declaration(name))
        result.text += ' ' + name + "=\"" + xml::escape(value) + '"';
    result.text += " message-id=\"" + xml::escape(message_id) + "\">";
    result.text += result.raw ? std::string{body_} : write();
    result.text += "</rpc>";
    return result;
  }

private:
  caf::error read_raw(std::string& operation) {
    for (const auto& [name, value] : all_)
      if (!is_declaration(name))
        return wrong_attribute(name, "is not for an operation given as XML");
    if (auto error = read_declarations())
      return error;
    outermost found;
    if (auto wrong = xml::scan(body_, around_.fragment, found); !wrong.empty())
      return invalid("body: " + wrong);
    if (found.names.size() != 1)
      return invalid("body: is to be one element, not "
                     + std::to_string(found.names.size()));
    const auto& [uri, name] = found.names.front();
    if (uri == uri::base && name == "rpc")
      return invalid("body: is to be what is inside of <rpc>, not that itself");
    operation = name;
    return {};
  }

  caf::error read_operation(std::string& operation) {
    if (auto error = read_words(operation))
      return error;
    auto is_named = [&](const auto& x) { return x.name == operation; };
    auto found = std::find_if(operations.begin(), operations.end(), is_named);
    if (found == operations.end())
      return unknown_operation(operation);
    rule_ = &*found;
    around_.operation = rule_->name;
    if (auto error = read_declarations())
      return error;
    if (auto error = check_names())
      return error;
    if (auto error = check_values())
      return error;
    if (auto error = check_contradictions())
      return error;
    return check_capabilities();
  }

  static caf::error unknown_operation(const std::string& name) {
    if (name.empty())
      return invalid("body: is empty");
    std::string known;
    for (const auto& x : operations)
      known += (known.empty() ? "" : ", ") + std::string{x.name};
    return invalid("body: no operation " + quoted(name) + "; there are "
                   + known);
  }

  caf::error read_words(std::string& operation) {
    constexpr std::string_view blanks = " \t\r\n";
    auto rest = body_;
    auto word = [&] {
      auto end = std::min(rest.find_first_of(blanks), rest.size());
      auto result = rest.substr(0, end);
      rest = xml::trim(rest.substr(end));
      return result;
    };
    operation = word();
    while (!rest.empty()) {
      auto next = word();
      auto equals = next.find('=');
      if (equals == std::string_view::npos || equals == 0)
        return invalid("body: " + quoted(next)
                       + " is not an attribute like source=running");
      std::string name{next.substr(0, equals)};
      if (!all_.emplace(name, next.substr(equals + 1)).second)
        return wrong_attribute(name, "is given twice");
    }
    return {};
  }

  caf::error read_declarations() {
    auto& fragment = around_.fragment;
    fragment.fragment = true;
    fragment.prefixes["nc"] = uri::base;
    // Filter and config are in the operation's element.
    fragment.prefixes[""] = rule_ != nullptr ? rule_->name_space : uri::base;
    for (const auto& [name, value] : all_) {
      if (!is_declaration(name))
        continue;
      auto prefix = name.substr(declaration.size());
      if (!xml::is_name(prefix) || is_one_of(prefix, {"nc", "xml", "xmlns"}))
        return wrong_attribute(name, "is not a prefix to declare");
      if (auto wrong = check_text(value, around_); !wrong.empty())
        return wrong_attribute(name, wrong);
      fragment.prefixes[prefix] = value;
    }
    return {};
  }

  caf::error check_names() const {
    for (const auto& [name, value] : all_)
      if (!is_declaration(name) && !contains(rule_->mandatory, name)
          && !contains(rule_->optional, name) && !contains(rule_->one_of, name))
        return wrong_attribute(name, "unknown to " + std::string{rule_->name}
                                       + "; there " + known_attributes());
    for (auto name : rule_->mandatory)
      if (!has(name))
        return wrong_attribute(name, std::string{rule_->name} + " needs it");
    if (!rule_->one_of.empty()) {
      const std::string first{rule_->one_of[0]};
      const std::string second{rule_->one_of[1]};
      if (!has(first) && !has(second))
        return wrong_attribute(first, std::string{rule_->name} + " needs it or "
                                        + second);
      if (has(first) && has(second))
        return wrong_attribute(second, "contradicts " + first);
    }
    return {};
  }

  std::string known_attributes() const {
    std::string result;
    for (const auto* list :
         {&rule_->mandatory, &rule_->one_of, &rule_->optional})
      for (auto name : *list)
        result += (result.empty() ? "are " : ", ") + std::string{name};
    return result.empty() ? "is none" : result;
  }

  caf::error check_values() const {
    for (const auto& [name, value] : all_)
      if (!is_declaration(name))
        if (auto wrong = checks.at(name)(value, around_); !wrong.empty())
          return wrong_attribute(name, wrong);
    return {};
  }

  caf::error check_contradictions() const {
    if (has("filter") && has("xpath"))
      return wrong_attribute("xpath", "contradicts filter");
    if (!is("confirmed", "true"))
      for (const auto* name : {"confirm-timeout", "persist"})
        if (has(name))
          return wrong_attribute(name, "needs confirmed=true");
    if (has("stopTime") && !has("startTime"))
      return wrong_attribute("stopTime", "needs startTime");
    if (has("stopTime")
        && *parse_date_time(get("stopTime"))
             < *parse_date_time(get("startTime")))
      return wrong_attribute("stopTime", "is before startTime");
    if (has("source") && has("target") && get("source") == get("target"))
      return wrong_attribute("source", "is the same as target");
    return {};
  }

  caf::error check_capabilities() const {
    for (const auto* name : {"source", "target", "url"})
      if (auto error = check_place(name))
        return error;
    if (is("target", "running")
        && is_one_of(rule_->name, {"edit-config", "copy-config"}))
      if (auto error = needs("target", {capability::writable_running}))
        return error;
    for (const auto& x : needs_of_attributes())
      if (x.applies)
        if (auto error = needs(x.name, x.any_of))
          return error;
    return check_with_defaults();
  }

  struct need {
    /// Empty: the operation itself.
    std::string_view name;
    bool applies;
    std::vector<std::string_view> any_of;
  };

  std::vector<need> needs_of_attributes() const {
    using namespace capability;
    auto operation = [this](auto... names) {
      return is_one_of(rule_->name, {std::string_view{names}...});
    };
    return {
      {"", operation("commit", "discard-changes"), {candidate}},
      {"", operation("cancel-commit"), {confirmed_commit_1_1}},
      {"", operation("validate"), {validate_1_1, validate_1_0}},
      {"", operation("get-schema"), {uri::monitoring}},
      {"", operation("create-subscription"), {notification}},
      {"confirmed",
       is("confirmed", "true"),
       {confirmed_commit_1_1, confirmed_commit_1_0}},
      {"persist", has("persist"), {confirmed_commit_1_1}},
      {"persist-id", has("persist-id"), {confirmed_commit_1_1}},
      {"test-option",
       has("test-option") && !is("test-option", "test-only"),
       {validate_1_1, validate_1_0}},
      {"test-option", is("test-option", "test-only"), {validate_1_1}},
      {"error-option",
       is("error-option", "rollback-on-error"),
       {rollback_on_error}},
      {"xpath", has("xpath"), {capability::xpath}},
      {"with-defaults", has("with-defaults"), {capability::with_defaults}},
    };
  }

  caf::error check_place(const char* name) const {
    if (is(name, "candidate"))
      return needs(name, {capability::candidate});
    if (is(name, "startup"))
      return needs(name, {capability::startup});
    if (!has(name) || !is_url(get(name)))
      return {};
    if (auto error = needs(name, {capability::url}))
      return error;
    auto schemes = theirs_.list(capability::url, "scheme");
    auto scheme = get(name).substr(0, get(name).find(':'));
    if (schemes.empty()
        || std::find(schemes.begin(), schemes.end(), scheme) != schemes.end())
      return {};
    return unsupported(name, "the peer's " + std::string{capability::url}
                               + " has no scheme " + scheme);
  }

  caf::error check_with_defaults() const {
    if (!has("with-defaults"))
      return {};
    auto mode = get("with-defaults");
    auto also = theirs_.list(capability::with_defaults, "also-supported");
    if (theirs_.parameter(capability::with_defaults, "basic-mode") == mode
        || std::find(also.begin(), also.end(), mode) != also.end())
      return {};
    return unsupported("with-defaults",
                       "the peer's " + std::string{capability::with_defaults}
                         + " has no " + mode);
  }

  caf::error needs(std::string_view name,
                   const std::vector<std::string_view>& any_of) const {
    for (auto x : any_of)
      if (theirs_.has(x))
        return {};
    return unsupported(name, "needs " + std::string{any_of.front()}
                               + ", which the peer does not have");
  }

  caf::error unsupported(std::string_view name, const std::string& why) const {
    auto part = name.empty() ? std::string{rule_->name}
                             : "attributes." + std::string{name};
    return trouble(errc::unsupported, step::execute, part + ": " + why);
  }

  std::string write() const {
    writer out{all_};
    rule_->write(out);
    auto content = out.take();
    std::string result{'<'};
    result += rule_->name;
    if (rule_->name_space != uri::base)
      result += " xmlns=\"" + std::string{rule_->name_space} + '"';
    if (content.empty())
      return result + "/>";
    result += '>';
    result += content;
    result += "</";
    result += rule_->name;
    return result + '>';
  }

  bool has(std::string_view name) const {
    return all_.count(std::string{name}) > 0;
  }

  bool is(const char* name, std::string_view value) const {
    return has(name) && get(name) == value;
  }

  const std::string& get(const char* name) const {
    return all_.at(name);
  }

  std::string_view body_;
  attributes all_;
  const capabilities& theirs_;
  const operation_rule* rule_ = nullptr;
  surroundings around_;
};

} // namespace

caf::expected<rpc> make_rpc(const request& what, const capabilities& theirs,
                            std::string_view message_id) {
  return understanding{what, theirs}.make(message_id);
}

} // namespace tieline::netconf
