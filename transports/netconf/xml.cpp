#include "tieline/transports/netconf/xml.hpp"

#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/well_formed.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace tieline::netconf::xml {

namespace {

struct string_writer : pugi::xml_writer {
  void write(const void* data, size_t size) override {
    result.append(static_cast<const char*>(data), size);
  }

  std::string result;
};

std::string_view prefix_of(std::string_view name) {
  auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view{}
                                         : name.substr(0, colon);
}

/// Goes behind a tag; a value in it may hold a `>`.
void skip_tag(std::string_view content, size_t& pos) {
  char quote = 0;
  for (; pos < content.size(); ++pos) {
    auto c = content[pos];
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '>') {
      ++pos;
      return;
    }
  }
}

void append_utf8(std::string& out, uint32_t code) {
  auto rest = [&](uint32_t shift) {
    out += static_cast<char>(0x80U | (code >> shift & 0x3fU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    rest(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | code >> 12U);
    rest(6);
    rest(0);
  } else {
    out += static_cast<char>(0xf0U | code >> 18U);
    rest(12);
    rest(6);
    rest(0);
  }
}

/// @param name what is between `&` and `;`
void append_reference(std::string& out, std::string_view name) {
  constexpr std::pair<std::string_view, char> predefined[] = {
    {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''},
  };
  for (auto [known, c] : predefined)
    if (name == known) {
      out += c;
      return;
    }
  auto is_hex = name.substr(0, 2) == "#x";
  name.remove_prefix(std::min<size_t>(is_hex ? 2 : 1, name.size()));
  uint32_t code = 0;
  std::from_chars(name.data(), name.data() + name.size(), code,
                  is_hex ? 16 : 10);
  append_utf8(out, code);
}

} // namespace

caf::expected<document> document::parse(std::string_view text, size_t depth) {
  auto bad = [](const std::string& why) {
    return error_at(errc::protocol_error, step::session, "bad XML: " + why);
  };
  scan_options options;
  options.depth = depth;
  if (auto wrong = scan(text, options); !wrong.empty())
    return bad(wrong);
  document result;
  result.tree_ = std::make_unique<pugi::xml_document>();
  auto parsed = result.tree_->load_buffer(text.data(), text.size(),
                                          pugi::parse_default,
                                          pugi::encoding_utf8);
  if (!parsed)
    return bad(parsed.description());
  return result;
}

std::string_view local_name(pugi::xml_node x) {
  std::string_view name = x.name();
  auto prefix = prefix_of(name);
  return prefix.empty() ? name : name.substr(prefix.size() + 1);
}

std::string_view namespace_of(pugi::xml_node x) {
  auto declaration = std::string{"xmlns"};
  if (auto prefix = prefix_of(x.name()); !prefix.empty())
    declaration += ':' + std::string{prefix};
  for (; !x.empty(); x = x.parent())
    if (auto found = x.attribute(declaration.c_str()); !found.empty())
      return found.value();
  return {};
}

bool is(pugi::xml_node x, std::string_view uri, std::string_view name) {
  return x.type() == pugi::node_element && local_name(x) == name
         && namespace_of(x) == uri;
}

pugi::xml_node child(pugi::xml_node x, std::string_view uri,
                     std::string_view name) {
  for (auto y : x.children())
    if (is(y, uri, name))
      return y;
  return {};
}

std::string text(pugi::xml_node x) {
  std::string result;
  for (auto y : x.children())
    if (y.type() == pugi::node_pcdata || y.type() == pugi::node_cdata)
      result += y.value();
  return std::string{trim(result)};
}

std::string inner(pugi::xml_node x) {
  string_writer out;
  for (auto y : x.children())
    y.print(out, "", pugi::format_raw | pugi::format_no_declaration,
            pugi::encoding_utf8);
  return std::move(out.result);
}

std::string escape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (auto c : text)
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
      // Else a reader makes another blank of them.
      case '\t':
      case '\n':
      case '\r':
        result += "&#" + std::to_string(static_cast<int>(c)) + ';';
        break;
      default:
        result += c;
    }
  return result;
}

std::string decode(std::string_view content) {
  std::string result;
  auto pos = size_t{0};
  auto at = [&](std::string_view what) {
    return content.compare(pos, what.size(), what) == 0;
  };
  // Goes behind `what`, returns what was before it.
  auto until = [&](std::string_view what) {
    auto begin = pos;
    auto end = std::min(content.find(what, pos), content.size());
    pos = std::min(end + what.size(), content.size());
    return content.substr(begin, end - begin);
  };
  constexpr std::string_view section = "<![CDATA[";
  while (pos < content.size())
    if (at(section)) {
      pos += section.size();
      result += until("]]>");
    } else if (at("<!--")) {
      pos += 4;
      until("-->");
    } else if (at("<?")) {
      until("?>");
    } else if (at("<")) {
      skip_tag(content, pos);
    } else if (at("&")) {
      ++pos;
      append_reference(result, until(";"));
    } else {
      auto end = std::min(content.find_first_of("<&", pos), content.size());
      result += content.substr(pos, end - pos);
      pos = end;
    }
  return result;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

} // namespace tieline::netconf::xml
