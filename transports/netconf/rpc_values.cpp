#include "tieline/transports/netconf/rpc_values.hpp"

#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/netconf/date_time.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/numbers.hpp"
#include "tieline/transports/netconf/operations.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <algorithm>

namespace tieline::netconf {

namespace {

std::string read_xml(const std::string& text, const surroundings& around,
                     std::string_view never) {
  outermost found;
  auto wrong = xml::scan(text, around.fragment, found);
  if (wrong.empty())
    for (const auto& [uri, name] : found.names)
      if (uri == uri::base && name == never)
        wrong = "is to hold what is inside of <" + name + ">, not that itself";
  return wrong;
}

std::string read_filter(rpc_value& x, const surroundings& around) {
  return read_xml(x.text, around, "filter");
}

std::string read_config(rpc_value& x, const surroundings& around) {
  // Else a file that could not be read would empty a datastore.
  if (xml::trim(x.text).empty())
    return "is empty";
  return read_xml(x.text, around, "config");
}

std::string read_text(rpc_value& x, const surroundings&) {
  return check_text(x.text);
}

std::string read_url(rpc_value& x, const surroundings&) {
  auto colon = std::min(x.text.find(':'), x.text.size());
  x.scheme = x.text.substr(0, colon);
  if (colon == x.text.size() || !xml::is_name(x.scheme)
      || x.text.find_first_of(" \t\r\n") != std::string::npos)
    return in_quotes(x.text) + " is not a URL";
  return check_text(x.text);
}

std::string read_place(rpc_value& x, const surroundings& around) {
  const auto takes_url
    = is_one_of(around.operation, {"copy-config", "delete-config", "validate"});
  if (takes_url && x.text.find(':') != std::string::npos)
    return read_url(x, around);
  if (around.operation == "edit-config")
    return is_one_of(x.text, {"running", "candidate"})
             ? ""
             : in_quotes(x.text) + " is neither running nor candidate";
  if (around.operation == "delete-config")
    return x.text == "startup"
             ? ""
             : in_quotes(x.text) + " is neither startup nor a URL";
  if (is_one_of(x.text, {"running", "candidate", "startup"}))
    return {};
  return in_quotes(x.text) + " is none of running, candidate, startup"
         + (takes_url ? " nor a URL" : "");
}

template <class Enum>
std::string read_enum(rpc_value& x, const surroundings&) {
  Enum ignored;
  if (from_string(compat::string_view{x.text.data(), x.text.size()}, ignored))
    return {};
  auto result = in_quotes(x.text) + " is none of";
  for (const auto& name : names_of<Enum>::values)
    result += (&name == names_of<Enum>::values ? " " : ", ")
              + std::string{name};
  return result;
}

std::string read_flag(rpc_value& x, const surroundings&) {
  return is_one_of(x.text, {"true", "false"})
           ? ""
           : in_quotes(x.text) + " is neither true nor false";
}

std::string read_number(rpc_value& x, const surroundings&) {
  return to_number(x.text, 1, UINT32_MAX)
           ? ""
           : in_quotes(x.text) + " is not a number from 1 to 4294967295";
}

std::string read_time(rpc_value& x, const surroundings&) {
  x.time = parse_date_time(x.text);
  return x.time
           ? ""
           : in_quotes(x.text) + " is not a time like 2026-01-31T03:00:00Z";
}

std::string write_text(std::string_view name, const rpc_value& x,
                       std::string_view) {
  return element(name, xml::escape(x.text));
}

std::string write_place(std::string_view name, const rpc_value& x,
                        std::string_view) {
  return element(name, x.scheme.empty() ? element(x.text, "")
                                        : element("url", xml::escape(x.text)));
}

std::string write_config(std::string_view name, const rpc_value& x,
                         std::string_view operation) {
  auto result = element(name, x.text);
  return operation == "edit-config" ? result : element("source", result);
}

std::string write_flag(std::string_view name, const rpc_value& x,
                       std::string_view) {
  return x.text == "true" ? element(name, "") : "";
}

std::string write_filter(std::string_view, const rpc_value& x,
                         std::string_view) {
  return R"(<filter type="subtree">)" + x.text + "</filter>";
}

std::string write_xpath(std::string_view, const rpc_value& x,
                        std::string_view) {
  return R"(<filter type="xpath" select=")" + xml::escape(x.text) + R"("/>)";
}

std::string write_with_defaults(std::string_view, const rpc_value& x,
                                std::string_view) {
  return "<with-defaults xmlns=\"" + std::string{uri::with_defaults} + "\">"
         + x.text + "</with-defaults>";
}

struct value_rule {
  std::string (*read)(rpc_value&, const surroundings&);
  std::string (*write)(std::string_view name, const rpc_value&,
                       std::string_view operation)
    = write_text;
};

const std::map<std::string_view, value_rule> rules{
  {"config", {read_config, write_config}},
  {"confirm-timeout", {read_number}},
  {"confirmed", {read_flag, write_flag}},
  {"default-operation", {read_enum<default_operation>}},
  {"error-option", {read_enum<error_option>}},
  {"filter", {read_filter, write_filter}},
  {"format", {read_text}},
  {"identifier", {read_text}},
  {"persist", {read_text}},
  {"persist-id", {read_text}},
  {"session-id", {read_number}},
  {"source", {read_place, write_place}},
  {"startTime", {read_time}},
  {"stopTime", {read_time}},
  {"stream", {read_text}},
  {"target", {read_place, write_place}},
  {"test-option", {read_enum<test_option>}},
  {"url", {read_url}},
  {"version", {read_text}},
  {"with-defaults", {read_enum<with_defaults>, write_with_defaults}},
  {"xpath", {read_text, write_xpath}},
};

} // namespace

std::string read_value(std::string_view name, rpc_value& x,
                       const surroundings& around) {
  return rules.at(name).read(x, around);
}

std::string write_value(std::string_view name, const rpc_value& x,
                        std::string_view operation) {
  return rules.at(name).write(name, x, operation);
}

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

std::string check_text(std::string_view text) {
  if (text.empty())
    return "is empty";
  if (!xml::is_text(text))
    return "has a character that XML cannot hold";
  return {};
}

bool is_one_of(std::string_view text,
               std::initializer_list<std::string_view> good) {
  return std::find(good.begin(), good.end(), text) != good.end();
}

} // namespace tieline::netconf
