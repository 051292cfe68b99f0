#include "tieline/transports/netconf/rpc.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/rpc_needs.hpp"
#include "tieline/transports/netconf/rpc_values.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tieline::netconf {

namespace {

using attributes = std::map<std::string, std::string>;

constexpr std::string_view declaration = "xmlns:";

bool declares_prefix(std::string_view name) {
  return name.substr(0, declaration.size()) == declaration;
}

enum class need : uint8_t {
  optional,
  mandatory,
  /// Exactly one of the two that an operation has must be there.
  one_of,
};

struct parameter {
  std::string_view name;
  need how = need::optional;
};

constexpr auto must = need::mandatory;
constexpr auto either = need::one_of;

struct operation_rule {
  std::string_view name;
  std::string_view name_space;
  /// In the order of the operation's YANG model.
  std::vector<parameter> parameters;
};

const std::vector<operation_rule> operations{
  {"get", uri::base, {{"filter"}, {"xpath"}, {"with-defaults"}}},
  {"get-config",
   uri::base,
   {{"source", must}, {"filter"}, {"xpath"}, {"with-defaults"}}},
  {"edit-config",
   uri::base,
   {{"target", must},
    {"default-operation"},
    {"test-option"},
    {"error-option"},
    {"config", either},
    {"url", either}}},
  {"copy-config",
   uri::base,
   {{"target", must},
    {"source", either},
    {"config", either},
    {"with-defaults"}}},
  {"delete-config", uri::base, {{"target", must}}},
  {"lock", uri::base, {{"target", must}}},
  {"unlock", uri::base, {{"target", must}}},
  {"validate", uri::base, {{"source", either}, {"config", either}}},
  {"commit",
   uri::base,
   {{"confirmed"}, {"confirm-timeout"}, {"persist"}, {"persist-id"}}},
  {"cancel-commit", uri::base, {{"persist-id"}}},
  {"discard-changes", uri::base, {}},
  {"kill-session", uri::base, {{"session-id", must}}},
  {"close-session", uri::base, {}},
  {"get-schema",
   uri::monitoring,
   {{"identifier", must}, {"version"}, {"format"}}},
  {"create-subscription",
   uri::notification,
   {{"stream"}, {"filter"}, {"xpath"}, {"startTime"}, {"stopTime"}}},
};

caf::error invalid(std::string cause) {
  return error_at(errc::invalid_request, step::execute, std::move(cause));
}

caf::error wrong_attribute(std::string_view name, const std::string& why) {
  return invalid("attributes." + std::string{name} + ": " + why);
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
      if (declares_prefix(name))
        result.text += ' ' + name + "=\"" + xml::escape(value) + '"';
    result.text += " message-id=\"" + xml::escape(message_id) + "\">";
    result.text += result.raw ? std::string{body_} : write();
    result.text += "</rpc>";
    return result;
  }

private:
  caf::error read_raw(std::string& operation) {
    for (const auto& [name, value] : all_)
      if (!declares_prefix(name))
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
    if (auto error = read_values())
      return error;
    if (auto error = check_contradictions())
      return error;
    return check_capabilities(rule_->name, values_, theirs_);
  }

  static caf::error unknown_operation(const std::string& name) {
    if (name.empty())
      return invalid("body: is empty");
    std::string known;
    for (const auto& x : operations)
      known += (known.empty() ? "" : ", ") + std::string{x.name};
    return invalid("body: no operation " + in_quotes(name) + "; there are "
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
        return invalid("body: " + in_quotes(next)
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
      if (!declares_prefix(name))
        continue;
      auto prefix = name.substr(declaration.size());
      if (!xml::is_name(prefix) || is_one_of(prefix, {"nc", "xml", "xmlns"}))
        return wrong_attribute(name, "is not a prefix to declare");
      if (auto wrong = check_text(value); !wrong.empty())
        return wrong_attribute(name, wrong);
      fragment.prefixes[prefix] = value;
    }
    return {};
  }

  caf::error check_names() const {
    for (const auto& [name, value] : all_)
      if (!declares_prefix(name) && !is_known(name))
        return wrong_attribute(name, "unknown to " + std::string{rule_->name}
                                       + "; there " + known_attributes());
    for (const auto& x : rule_->parameters)
      if (x.how == need::mandatory && !has(x.name))
        return wrong_attribute(x.name, std::string{rule_->name} + " needs it");
    auto two = named(need::one_of);
    if (two.empty())
      return {};
    if (!has(two[0]) && !has(two[1]))
      return wrong_attribute(two[0], std::string{rule_->name} + " needs it or "
                                       + std::string{two[1]});
    if (has(two[0]) && has(two[1]))
      return wrong_attribute(two[1], "contradicts " + std::string{two[0]});
    return {};
  }

  bool is_known(std::string_view name) const {
    const auto& all = rule_->parameters;
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& x) { return x.name == name; });
  }

  std::vector<std::string_view> named(need how) const {
    std::vector<std::string_view> result;
    for (const auto& x : rule_->parameters)
      if (x.how == how)
        result.push_back(x.name);
    return result;
  }

  std::string known_attributes() const {
    std::string result;
    for (auto how : {need::mandatory, need::one_of, need::optional})
      for (auto name : named(how))
        result += (result.empty() ? "are " : ", ") + std::string{name};
    return result.empty() ? "is none" : result;
  }

  caf::error read_values() {
    for (const auto& [name, value] : all_) {
      if (declares_prefix(name))
        continue;
      auto& x = values_[name];
      x.text = value;
      if (auto wrong = read_value(name, x, around_); !wrong.empty())
        return wrong_attribute(name, wrong);
    }
    return {};
  }

  caf::error check_contradictions() const {
    if (has("filter") && has("xpath"))
      return wrong_attribute("xpath", "contradicts filter");
    if (!has("confirmed") || get("confirmed").text != "true")
      for (const auto* name : {"confirm-timeout", "persist"})
        if (has(name))
          return wrong_attribute(name, "needs confirmed=true");
    if (has("stopTime") && !has("startTime"))
      return wrong_attribute("stopTime", "needs startTime");
    if (has("stopTime") && *get("stopTime").time < *get("startTime").time)
      return wrong_attribute("stopTime", "is before startTime");
    if (has("source") && has("target")
        && get("source").text == get("target").text)
      return wrong_attribute("source", "is the same as target");
    return {};
  }

  std::string write() const {
    std::string content;
    for (const auto& x : rule_->parameters)
      if (auto pos = values_.find(std::string{x.name}); pos != values_.end())
        content += write_value(x.name, pos->second, rule_->name);
    auto result = element(rule_->name, content);
    if (rule_->name_space != uri::base)
      result.insert(1 + rule_->name.size(),
                    " xmlns=\"" + std::string{rule_->name_space} + '"');
    return result;
  }

  bool has(std::string_view name) const {
    return all_.count(std::string{name}) > 0;
  }

  const rpc_value& get(const char* name) const {
    return values_.at(name);
  }

  std::string_view body_;
  attributes all_;
  rpc_values values_;
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
