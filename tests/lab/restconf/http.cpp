#include "http.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace tieline::lab::restconf {

namespace {

constexpr std::size_t most_head = 64 * 1024;
constexpr std::size_t most_body = 64 * 1024 * 1024;

[[noreturn]] void refuse(const char* why) {
  throw std::invalid_argument(why);
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::size_t size_in(std::string_view text, int base) {
  std::size_t result = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result, base);
  if (error != std::errc{} || stop != end || result > most_body)
    refuse("no such size");
  return result;
}

void read_target(request& into, std::string_view target) {
  auto mark = target.find('?');
  into.path = target.substr(0, mark);
  if (mark == std::string_view::npos)
    return;
  auto rest = target.substr(mark + 1);
  while (!rest.empty()) {
    auto end = std::min(rest.find('&'), rest.size());
    auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    auto equals = std::min(part.find('='), part.size());
    into.query[percent_decoded(part.substr(0, equals))]
      = percent_decoded(part.substr(std::min(equals + 1, part.size())));
  }
}

const char* reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 409:
      return "Conflict";
    case 415:
      return "Unsupported Media Type";
    case 501:
      return "Not Implemented";
    default:
      return "Internal Server Error";
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  refuse("no hexadecimal digit");
}

} // namespace

std::string request::header(const std::string& name) const {
  auto found = headers.find(name);
  return found == headers.end() ? std::string{} : found->second;
}

// -- requests -----------------------------------------------------------------

std::optional<request> request_reader::next() {
  if (!current_)
    read_head();
  if (!current_ || !read_body())
    return std::nullopt;
  return std::exchange(current_, std::nullopt);
}

bool request_reader::wants_leave() {
  return std::exchange(wants_leave_, false);
}

void request_reader::read_head() {
  auto end = buffer_.find("\r\n\r\n");
  if (std::min(end, buffer_.size()) > most_head)
    refuse("a head too large");
  if (end == std::string::npos)
    return;
  std::string_view head{buffer_.data(), end};
  auto line_end = std::min(head.find("\r\n"), head.size());
  auto first = head.substr(0, line_end);
  auto after_method = first.find(' '), after_target = first.rfind(' ');
  if (after_method == std::string_view::npos || after_method == after_target
      || first.substr(after_target + 1, 7) != "HTTP/1.")
    refuse("no request line");
  current_.emplace();
  current_->method = first.substr(0, after_method);
  read_target(*current_,
              first.substr(after_method + 1, after_target - after_method - 1));
  while (line_end < head.size()) {
    head.remove_prefix(line_end + 2);
    line_end = std::min(head.find("\r\n"), head.size());
    auto line = head.substr(0, line_end);
    auto colon = line.find(':');
    if (colon == std::string_view::npos)
      refuse("no header");
    current_->headers[lower(line.substr(0, colon))]
      = trimmed(line.substr(colon + 1));
  }
  wants_leave_ = lower(current_->header("expect")) == "100-continue";
  buffer_.erase(0, end + 4);
}

bool request_reader::read_body() {
  if (lower(current_->header("transfer-encoding")) == "chunked")
    return read_chunks();
  auto length = current_->header("content-length");
  auto size = length.empty() ? 0 : size_in(length, 10);
  if (buffer_.size() < size)
    return false;
  current_->body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return true;
}

bool request_reader::read_chunks() {
  for (;;) {
    auto line_end = buffer_.find("\r\n");
    if (line_end == std::string::npos)
      return false;
    auto line = std::string_view{buffer_}.substr(0, line_end);
    auto size = size_in(line.substr(0, line.find(';')), 16);
    auto whole = line_end + 2 + size + 2;
    if (current_->body.size() + size > most_body)
      refuse("a body too large");
    if (buffer_.size() < whole)
      return false;
    if (buffer_.compare(whole - 2, 2, "\r\n") != 0)
      refuse("a chunk without an end");
    current_->body.append(buffer_, line_end + 2, size);
    buffer_.erase(0, whole);
    if (size == 0)
      return true;
  }
}

// -- texts --------------------------------------------------------------------

std::string head_of(const response& what) {
  auto result = "HTTP/1.1 " + std::to_string(what.status) + ' '
                + reason(what.status) + "\r\n";
  for (auto& [name, value] : what.headers)
    result.append(name).append(": ").append(value).append("\r\n");
  return result;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size())
      refuse("half a percent-encoding");
    result += static_cast<char>(16 * hex_digit(text[i + 1])
                                + hex_digit(text[i + 2]));
    i += 2;
  }
  return result;
}

std::string percent_encoded(std::string_view text) {
  std::string result;
  for (auto c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || std::string_view{"-._~"}.find(c) != std::string_view::npos) {
      result += c;
    } else {
      char code[4];
      std::snprintf(code, sizeof(code), "%%%02X",
                    static_cast<unsigned char>(c));
      result += code;
    }
  }
  return result;
}

std::string gzipped(std::string_view bytes) {
  auto little = [](std::uint32_t value, int size) {
    std::string result;
    for (int i = 0; i < size; ++i)
      result += static_cast<char>(value >> 8 * i & 0xff);
    return result;
  };
  std::uint32_t sum = 0xffffffff;
  for (auto c : bytes) {
    sum ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i)
      sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xedb88320 : 0);
  }
  auto size = static_cast<std::uint32_t>(bytes.size());
  std::string result{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};
  constexpr std::size_t most = 65535;
  do {
    auto piece = bytes.substr(0, most);
    bytes.remove_prefix(piece.size());
    auto length = static_cast<std::uint32_t>(piece.size());
    result += bytes.empty() ? '\1' : '\0';
    result += little(length, 2) + little(~length, 2);
    result += piece;
  } while (!bytes.empty());
  return result + little(~sum, 4) + little(size, 4);
}

std::optional<std::string> base64_decoded(std::string_view text) {
  constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!text.empty() && text.back() == '=')
    text.remove_suffix(1);
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (auto c : text) {
    auto value = digits.find(c);
    if (value == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      result += static_cast<char>(bits >> count & 0xff);
    }
  }
  return result;
}

std::string json_quoted(std::string_view text) {
  std::string result = "\"";
  for (auto c : text) {
    if (c == '"' || c == '\\') {
      (result += '\\') += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof(code), "\\u%04x", c);
      result += code;
    } else {
      result += c;
    }
  }
  return result + '"';
}

} // namespace tieline::lab::restconf
