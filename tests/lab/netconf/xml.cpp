#include "xml.hpp"

#include <cstring>
#include <sstream>
#include <stdexcept>

namespace tieline::lab::netconf {

namespace {

std::string_view prefix_of(const char* qualified) {
  auto colon = std::strchr(qualified, ':');
  return colon ? std::string_view(qualified,
                                  static_cast<std::size_t>(colon - qualified))
               : std::string_view{};
}

/// Returns what a prefix stands for here; empty if nothing.
std::string_view namespace_behind(pugi::xml_node where,
                                  std::string_view prefix) {
  auto wanted = prefix.empty() ? std::string{"xmlns"}
                               : "xmlns:" + std::string{prefix};
  for (; where; where = where.parent())
    if (auto found = where.attribute(wanted.c_str()))
      return found.value();
  return {};
}

bool declares_namespace(const char* attribute) {
  return std::strcmp(attribute, "xmlns") == 0
         || std::strncmp(attribute, "xmlns:", 6) == 0;
}

void set(pugi::xml_node where, const std::string& name,
         std::string_view value) {
  auto attribute = where.attribute(name.c_str());
  if (!attribute)
    attribute = where.append_attribute(name.c_str());
  attribute.set_value(std::string{value}.c_str());
}

/// Declares the prefix that a value may begin with, as identities do.
void keep_prefix(pugi::xml_node to, pugi::xml_node from, const char* value) {
  auto prefix = prefix_of(value);
  if (prefix.empty())
    return;
  auto meaning = namespace_behind(from, prefix);
  if (!meaning.empty() && namespace_behind(to, prefix) != meaning)
    set(to, "xmlns:" + std::string{prefix}, meaning);
}

std::string printed(pugi::xml_node node) {
  std::ostringstream out;
  node.print(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

} // namespace

std::string_view local_name(pugi::xml_node element) {
  auto name = element.name();
  auto colon = std::strchr(name, ':');
  return colon ? colon + 1 : name;
}

std::string_view namespace_of(pugi::xml_node element) {
  return namespace_behind(element, prefix_of(element.name()));
}

pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
  for (auto c : parent.children())
    if (c.type() == pugi::node_element && local_name(c) == name)
      return c;
  return {};
}

bool has_elements(pugi::xml_node element) {
  for (auto c : element.children())
    if (c.type() == pugi::node_element)
      return true;
  return false;
}

std::string text_of(pugi::xml_node element) {
  std::string_view text = element.text().get();
  constexpr std::string_view blank = " \t\r\n";
  auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  return std::string{
    text.substr(first, text.find_last_not_of(blank) + 1 - first)};
}

pugi::xml_node adopt_shell(pugi::xml_node parent, pugi::xml_node what) {
  auto result = parent.append_child(std::string{local_name(what)}.c_str());
  if (auto ns = namespace_of(what); ns != namespace_of(result))
    set(result, "xmlns", ns);
  for (auto a : what.attributes()) {
    if (declares_namespace(a.name()))
      continue;
    auto prefix = prefix_of(a.name());
    if (!prefix.empty()) {
      auto ns = namespace_behind(what, prefix);
      if (ns == base_namespace)
        continue;
      if (!ns.empty() && namespace_behind(result, prefix) != ns)
        set(result, "xmlns:" + std::string{prefix}, ns);
    }
    set(result, a.name(), a.value());
  }
  return result;
}

pugi::xml_node adopt(pugi::xml_node parent, pugi::xml_node what) {
  auto result = adopt_shell(parent, what);
  if (has_elements(what)) {
    adopt_inside(result, what);
  } else if (auto text = what.text()) {
    result.text().set(text.get());
    keep_prefix(result, what, text.get());
  }
  return result;
}

void adopt_inside(pugi::xml_node to, pugi::xml_node from) {
  for (auto c : from.children())
    if (c.type() == pugi::node_element)
      adopt(to, c);
}

std::string inside(pugi::xml_node parent) {
  std::string result;
  for (auto c : parent.children())
    result += printed(c);
  return result;
}

std::string text_with_tags(pugi::xml_node element) {
  return printed(element);
}

std::string escaped(std::string_view text) {
  std::string result;
  for (auto c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

void parse_fragment(pugi::xml_document& into, std::string_view text) {
  auto outcome = into.load_buffer(text.data(), text.size(),
                                  pugi::parse_default | pugi::parse_fragment);
  if (!outcome)
    throw std::invalid_argument(std::string{"no XML: "}
                                + outcome.description());
}

} // namespace tieline::lab::netconf
