#include "tieline/transports/http/call.hpp"

#include "tieline/messages/support/ascii.hpp"

#include <algorithm>
#include <array>

namespace tieline::http {

namespace {

constexpr size_t max_method = 32;
constexpr size_t max_path = size_t{64} * 1024;
constexpr std::string_view header_prefix = "header.";

// They frame the message or belong to the connection: curl's business.
constexpr std::array<std::string_view, 10> reserved{
  "connection",       "content-length",    "expect", "host",    "keep-alive",
  "proxy-connection", "transfer-encoding", "te",     "trailer", "upgrade",
};

// Takes the next word and the one white space after it.
std::string take_word(std::string& text) {
  auto end = std::find_if(text.begin(), text.end(), is_blank);
  std::string result{text.begin(), end};
  if (end != text.end()) {
    auto crlf = *end == '\r' && end + 1 != text.end() && end[1] == '\n';
    end += crlf ? 2 : 1;
  }
  text.erase(text.begin(), end);
  return result;
}

void take_short_form(call& x) {
  auto word = take_word(x.body);
  if (!word.empty() && word[0] == '/') {
    x.path = std::move(word);
    x.method = "GET";
    return;
  }
  x.method = std::move(word);
  x.path = take_word(x.body);
}

std::string check_method(const call& x) {
  if (x.method.size() > max_method || !is_token(x.method))
    return "is no method of HTTP";
  if (x.method == "CONNECT")
    return "CONNECT makes no request of a session";
  if (!x.body.empty() && (x.method == "HEAD" || x.method == "TRACE"))
    return x.method + " has no body";
  return {};
}

/// Returns whether the path is below the root, or the root itself.
bool is_below(std::string_view path, std::string_view root) {
  if (root.empty() || path.substr(0, root.size()) != root)
    return false;
  auto rest = path.substr(root.size());
  return rest.empty() || rest.front() == '/' || rest.front() == '?';
}

/// Returns the first characters of a content that has some, `<` or `{`.
char kind_of(std::string_view content) {
  auto begin = content.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return begin == std::string_view::npos ? '\0' : content[begin];
}

/// Returns whether the content is a YANG patch (RFC 8072) and no data.
bool is_yang_patch(std::string_view content) {
  constexpr size_t near = 200;
  auto head = content.substr(0, near);
  return head.find("ietf-yang-patch:yang-patch\"") != std::string_view::npos
         || (head.find("yang-patch") != std::string_view::npos
             && head.find("urn:ietf:params:xml:ns:yang:ietf-yang-patch")
                  != std::string_view::npos);
}

} // namespace

std::string check_header(std::string_view name, std::string_view value) {
  if (!is_token(name))
    return "is no name of a header field";
  auto small = lower(name);
  if (std::find(reserved.begin(), reserved.end(), small) != reserved.end())
    return "cannot be set";
  auto bad = [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  };
  if (std::any_of(value.begin(), value.end(), bad))
    return "has a control character";
  return {};
}

bool call::idempotent() const {
  constexpr std::string_view methods[] = {"GET",   "HEAD", "OPTIONS",
                                          "TRACE", "PUT",  "DELETE"};
  return std::find(std::begin(methods), std::end(methods), method)
         != std::end(methods);
}

bool call::has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& x) { return lower(x.first) == name; });
}

bool call::has_authorization() const {
  return has("authorization");
}

void add_fields(call& to, const std::vector<header_field>& fields) {
  for (const auto& x : fields)
    if (!to.has(lower(x.first)))
      to.headers.push_back(x);
}

void add_media_types(call& to, std::string_view root) {
  if (!is_below(to.path, root))
    return;
  auto is_xml = kind_of(to.body) == '<';
  if (!to.body.empty() && !to.has("content-type")) {
    std::string type = is_yang_patch(to.body) ? "application/yang-patch+"
                                              : "application/yang-data+";
    to.headers.emplace_back("Content-Type", type + (is_xml ? "xml" : "json"));
  }
  if (!to.has("accept"))
    to.headers.emplace_back("Accept", is_xml
                                        ? "application/yang-data+xml, "
                                          "application/yang-data+json;q=0.9"
                                        : "application/yang-data+json, "
                                          "application/yang-data+xml;q=0.9");
}

std::string parse_call(request& what, call& result) {
  result.body = std::move(what.body);
  auto has_path = false;
  auto has_method = false;
  for (auto& [name, value] : what.attributes) {
    if (name == "path") {
      has_path = true;
      result.path = std::move(value);
    } else if (name == "method") {
      has_method = true;
      result.method = std::move(value);
    } else if (name.compare(0, header_prefix.size(), header_prefix) == 0) {
      auto field = name.substr(header_prefix.size());
      if (auto wrong = check_header(field, value); !wrong.empty())
        return "attributes." + name + ": " + wrong;
      result.headers.emplace_back(std::move(field), std::move(value));
    } else {
      return "attributes." + name
             + ": unknown; there are method, path, header.<name>";
    }
  }
  auto is_short = !has_path && !has_method;
  if (is_short)
    take_short_form(result);
  else if (!has_method)
    result.method = result.body.empty() ? "GET" : "POST";
  auto place = [is_short](const char* name) {
    return is_short ? std::string{"body: "}
                    : "attributes." + std::string{name} + ": ";
  };
  if (auto wrong = check_method(result); !wrong.empty())
    return place("method") + wrong;
  if (auto wrong = check_path(result.path); !wrong.empty())
    return place("path") + wrong;
  return {};
}

std::string check_path(std::string_view path) {
  if (path.empty() || path[0] != '/')
    return "the path must begin with /";
  if (path.size() > max_path)
    return "the path is longer than 64 KiB";
  auto bad = [](char c) { return c <= ' ' || c > '~' || c == '#'; };
  if (std::any_of(path.begin(), path.end(), bad))
    return "the path has a character that is to be written as %XX";
  return {};
}

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty()
         && std::all_of(text.begin(), text.end(), [others](char c) {
              return is_alnum(c) || others.find(c) != std::string_view::npos;
            });
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

} // namespace tieline::http
