#include "tieline/transports/netconf/well_formed.hpp"

#include "tieline/messages/support/ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace tieline::netconf::xml {

namespace {

// Far more than any device has. Looking names up must not get slow.
constexpr size_t most_attributes = 1000;
constexpr size_t most_declarations = 4000;

constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view xmlns_uri = "http://www.w3.org/2000/xmlns/";

// Of the characters beyond ASCII nearly all may stand in a name; the few that
// may not do no harm there.
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) {
  return starts_name(c) || is_digit(c) || c == '-' || c == '.';
}

bool is_char(uint32_t code) {
  return code == '\t' || code == '\n' || code == '\r'
         || (code >= 0x20 && code < 0xd800) || (code >= 0xe000 && code < 0xfffe)
         || (code >= 0x10000 && code < 0x110000);
}

/// Returns the length of the character at `pos`, or zero if it is none.
size_t char_length(std::string_view text, size_t pos) {
  auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t first = at(pos);
  size_t length = 0;
  uint32_t code = 0;
  uint32_t least = 0;
  if (first < 0x80)
    return is_char(first) ? 1 : 0;
  if ((first & 0xe0U) == 0xc0) {
    length = 2;
    code = first & 0x1fU;
    least = 0x80;
  } else if ((first & 0xf0U) == 0xe0) {
    length = 3;
    code = first & 0x0fU;
    least = 0x800;
  } else if ((first & 0xf8U) == 0xf0) {
    length = 4;
    code = first & 0x07U;
    least = 0x10000;
  } else {
    return 0;
  }
  if (text.size() - pos < length)
    return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(pos + i) & 0xc0U) != 0x80)
      return 0;
    code = code << 6U | (at(pos + i) & 0x3fU);
  }
  return code >= least && is_char(code) ? length : 0;
}

/// Returns where the text stops to be one, or npos.
size_t find_bad_char(std::string_view text) {
  for (size_t pos = 0; pos < text.size();) {
    auto length = char_length(text, pos);
    if (length == 0)
      return pos;
    pos += length;
  }
  return std::string_view::npos;
}

struct qualified_name {
  std::string_view prefix;
  std::string_view local;
};

qualified_name split(std::string_view name) {
  auto colon = name.find(':');
  if (colon == std::string_view::npos)
    return {{}, name};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

class scanner {
public:
  scanner(std::string_view text, const scan_options& options, handler& what)
    : text_(text),
      options_(options),
      handler_(what) {
    uris_["xml"].push_back(xml_uri);
    for (const auto& [prefix, uri] : options.prefixes)
      uris_[prefix].push_back(uri);
  }

  std::string run() {
    if (auto bad = find_bad_char(text_); bad != std::string_view::npos) {
      pos_ = bad;
      fail("not a character of XML in UTF-8");
    } else {
      prolog();
      while (good() && pos_ < text_.size())
        if (text_[pos_] == '<')
          markup();
        else
          char_data();
      if (good())
        the_end();
    }
    return problem_;
  }

private:
  struct open_element {
    std::string_view name;
    element what;
    /// How many declarations there are without its own.
    size_t declared;
  };

  bool good() const {
    return problem_.empty();
  }

  void fail(std::string why) {
    if (!good())
      return;
    problem_ = std::move(why) + ", at byte " + std::to_string(pos_);
    handler_.fails(pos_);
  }

  bool at(std::string_view what) const {
    return text_.compare(pos_, what.size(), what) == 0;
  }

  void prolog() {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (options_.fragment)
      return;
    if (at(byte_order_mark))
      pos_ += byte_order_mark.size();
    // Not of XML, but some peers send a line end between two messages.
    skip_blanks();
    if (at("<?xml") && pos_ + 5 < text_.size() && is_blank(text_[pos_ + 5]))
      skip_to("?>", "an XML declaration has no end");
  }

  void the_end() {
    if (!open_.empty())
      fail("<" + std::string{open_.back().name} + "> has no end tag");
    else if (!options_.fragment && roots_ == 0)
      fail("no element");
  }

  void skip_blanks() {
    while (pos_ < text_.size() && is_blank(text_[pos_]))
      ++pos_;
  }

  /// Goes behind the next `what`.
  void skip_to(std::string_view what, const char* otherwise) {
    auto found = text_.find(what, pos_);
    if (found == std::string_view::npos)
      fail(otherwise);
    else
      pos_ = found + what.size();
  }

  void char_data() {
    auto end = std::min(text_.find('<', pos_), text_.size());
    auto outside = open_.empty();
    while (good() && pos_ < end) {
      auto c = text_[pos_];
      if (outside && !is_blank(c))
        fail("text outside of an element");
      else if (c == '&')
        reference();
      else if (c == ']' && at("]]>"))
        fail("]]> in a text");
      else
        ++pos_;
    }
  }

  void reference() {
    constexpr size_t longest = 12;
    auto end = text_.substr(pos_, longest).find(';');
    if (end == std::string_view::npos) {
      fail("& without a reference");
      return;
    }
    auto name = text_.substr(pos_ + 1, end - 1);
    constexpr std::string_view predefined[] = {"amp", "lt", "gt", "quot",
                                               "apos"};
    auto known = std::find(std::begin(predefined), std::end(predefined), name)
                 != std::end(predefined);
    if (!known && !is_char_reference(name)) {
      fail("&" + std::string{name} + "; is not defined");
      return;
    }
    pos_ += end + 1;
  }

  static bool is_char_reference(std::string_view name) {
    if (name.size() < 2 || name.front() != '#')
      return false;
    name.remove_prefix(1);
    uint32_t base = 10;
    if (name.front() == 'x') {
      base = 16;
      name.remove_prefix(1);
    }
    uint32_t code = 0;
    for (auto c : name) {
      uint32_t digit = base;
      if (is_digit(c))
        digit = static_cast<uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f')
        digit = static_cast<uint32_t>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'F')
        digit = static_cast<uint32_t>(c - 'A') + 10;
      // So that it cannot overflow.
      if (digit >= base || code > 0x110000)
        return false;
      code = code * base + digit;
    }
    return !name.empty() && is_char(code);
  }

  void markup() {
    if (at("</"))
      end_tag();
    else if (at("<!--"))
      comment();
    else if (at("<![CDATA["))
      character_block();
    else if (at("<?"))
      instruction();
    else if (at("<!"))
      fail("a document type is not allowed");
    else
      start_tag();
  }

  void comment() {
    pos_ += 4;
    skip_to("--", "a comment has no end");
    if (good() && !at(">"))
      fail("-- in a comment");
    ++pos_;
  }

  void character_block() {
    if (open_.empty()) {
      fail("text outside of an element");
      return;
    }
    skip_to("]]>", "a CDATA section has no end");
  }

  void instruction() {
    pos_ += 2;
    auto target = name();
    if (!good())
      return;
    if (target.size() == 3 && (target[0] == 'x' || target[0] == 'X')
        && (target[1] == 'm' || target[1] == 'M')
        && (target[2] == 'l' || target[2] == 'L')) {
      fail("an XML declaration that is not at the beginning");
      return;
    }
    if (!at("?>") && (pos_ == text_.size() || !is_blank(text_[pos_]))) {
      fail("a processing instruction's name goes on");
      return;
    }
    skip_to("?>", "a processing instruction has no end");
  }

  std::string_view name() {
    auto begin = pos_;
    auto part = [this] {
      auto good = pos_ < text_.size() && starts_name(text_[pos_]);
      while (good && pos_ < text_.size() && continues_name(text_[pos_]))
        ++pos_;
      return good;
    };
    auto good = part();
    if (good && at(":")) {
      ++pos_;
      good = part();
    }
    if (!good)
      fail("not a name");
    return text_.substr(begin, pos_ - begin);
  }

  void end_tag() {
    auto begin = pos_;
    pos_ += 2;
    auto closes = name();
    skip_blanks();
    if (good() && !at(">"))
      fail("an end tag has no end");
    if (!good())
      return;
    if (open_.empty() || open_.back().name != closes) {
      pos_ = begin;
      fail(open_.empty() ? "</" + std::string{closes} + "> without a start tag"
                         : "<" + std::string{open_.back().name}
                             + "> ends with </" + std::string{closes} + ">");
      return;
    }
    ++pos_;
    close(begin);
  }

  void close(size_t content_end) {
    auto& what = open_.back().what;
    what.content_end = content_end;
    what.end = pos_;
    handler_.ends(what);
    for (; declared_.size() > open_.back().declared; declared_.pop_back())
      uris_.find(declared_.back())->second.pop_back();
    open_.pop_back();
  }

  void start_tag() {
    if (open_.empty() && roots_++ > 0 && !options_.fragment) {
      fail("a second element");
      return;
    }
    if (open_.size() >= options_.depth) {
      fail("elements in each other deeper than "
           + std::to_string(options_.depth));
      return;
    }
    auto begin = pos_++;
    open_element next{name(), {}, declared_.size()};
    attributes();
    auto empty = good() && at("/");
    pos_ += empty ? 1 : 0;
    if (good() && !at(">"))
      fail("a start tag has no end");
    if (!good())
      return;
    ++pos_;
    for (const auto& x : attributes_)
      declare(x);
    check_attributes();
    if (!good())
      return;
    next.what.local_name = split(next.name).local;
    next.what.name_space = resolve(split(next.name).prefix);
    next.what.depth = open_.size() + 1;
    next.what.begin = begin;
    next.what.content = next.what.content_end = next.what.end = pos_;
    if (split(next.name).prefix == "xmlns")
      fail("the prefix xmlns is not for elements");
    if (!good())
      return;
    for (const auto& x : attributes_)
      handler_.has(x);
    handler_.starts(next.what);
    open_.push_back(next);
    if (empty)
      close(pos_);
  }

  void attributes() {
    attributes_.clear();
    while (good()) {
      auto before = pos_;
      skip_blanks();
      if (pos_ == text_.size() || text_[pos_] == '>' || text_[pos_] == '/')
        return;
      if (pos_ == before) {
        fail("not a name");
        return;
      }
      if (attributes_.size() == most_attributes) {
        fail("more than " + std::to_string(most_attributes) + " attributes");
        return;
      }
      attribute next;
      next.name = name();
      skip_blanks();
      if (good() && !at("="))
        fail("an attribute has no value");
      ++pos_;
      skip_blanks();
      if (good())
        next.value = value();
      attributes_.push_back(next);
    }
  }

  std::string_view value() {
    if (!at("\"") && !at("'")) {
      fail("an attribute's value has no quotes");
      return {};
    }
    auto quote = text_[pos_++];
    auto begin = pos_;
    while (good() && pos_ < text_.size() && text_[pos_] != quote)
      if (text_[pos_] == '<')
        fail("< in an attribute's value");
      else if (text_[pos_] == '&')
        reference();
      else
        ++pos_;
    if (good() && pos_ == text_.size())
      fail("an attribute's value has no end");
    if (!good())
      return {};
    return text_.substr(begin, pos_++ - begin);
  }

  void declare(const attribute& x) {
    auto [prefix, local] = split(x.name);
    auto is_default = prefix.empty() && local == "xmlns";
    if (!is_default && prefix != "xmlns")
      return;
    auto declared = is_default ? std::string_view{} : local;
    if (declared_.size() == most_declarations)
      fail("more than " + std::to_string(most_declarations) + " namespaces");
    else if (declared == "xmlns" || x.value == xmlns_uri)
      fail("xmlns cannot be declared");
    else if ((declared == "xml") != (x.value == xml_uri))
      fail("xml can only stand for its own namespace");
    else if (!is_default && x.value.empty())
      fail("the prefix " + std::string{local} + " stands for nothing");
    if (!good())
      return;
    uris_[declared].push_back(x.value);
    declared_.push_back(declared);
  }

  std::string_view resolve(std::string_view prefix) {
    auto found = uris_.find(prefix);
    if (found != uris_.end() && !found->second.empty())
      return found->second.back();
    if (!prefix.empty())
      fail("the prefix " + std::string{prefix} + " is not declared");
    return {};
  }

  void check_attributes() {
    if (attributes_.empty())
      return;
    using full_name = std::pair<std::string_view, std::string_view>;
    std::vector<full_name> names;
    names.reserve(attributes_.size());
    for (const auto& x : attributes_) {
      auto [prefix, local] = split(x.name);
      // Without a prefix it is in no namespace, whatever the default is.
      if (prefix == "xmlns" || prefix.empty())
        names.emplace_back(prefix, local);
      else
        names.emplace_back(resolve(prefix), local);
    }
    std::sort(names.begin(), names.end());
    auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
      fail("the attribute " + std::string{twice->second} + " is there twice");
  }

  std::string_view text_;
  const scan_options& options_;
  handler& handler_;
  size_t pos_ = 0;
  size_t roots_ = 0;
  std::vector<open_element> open_;
  std::vector<attribute> attributes_;
  /// The namespaces of each prefix, innermost last.
  std::map<std::string_view, std::vector<std::string_view>> uris_;
  /// The prefixes that the open elements declare.
  std::vector<std::string_view> declared_;
  std::string problem_;
};

} // namespace

std::string scan(std::string_view text, const scan_options& options,
                 handler& what) {
  return scanner{text, options, what}.run();
}

std::string scan(std::string_view text, const scan_options& options) {
  handler nobody;
  return scan(text, options, nobody);
}

bool is_text(std::string_view text) noexcept {
  return find_bad_char(text) == std::string_view::npos;
}

size_t repair(std::string& text) {
  size_t result = 0;
  std::string good;
  size_t copied = 0;
  for (size_t pos = 0; pos < text.size();) {
    if (auto length = char_length(text, pos); length > 0) {
      pos += length;
      continue;
    }
    good.append(text, copied, pos - copied);
    auto byte = static_cast<unsigned char>(text[pos]);
    if (byte >= 0xa0) {
      good += static_cast<char>(0xc0U | byte >> 6U);
      good += static_cast<char>(0x80U | (byte & 0x3fU));
    } else {
      good += "\xef\xbf\xbd";
    }
    copied = ++pos;
    ++result;
  }
  if (result > 0) {
    good.append(text, copied);
    text = std::move(good);
  }
  return result;
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && starts_name(text.front())
         && std::all_of(text.begin(), text.end(), continues_name)
         && is_text(text);
}

} // namespace tieline::netconf::xml
