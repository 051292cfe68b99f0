#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace tieline::netconf::xml {

/// An element as a scan meets it. Positions are offsets into the text; names
/// are as they stand there, references in them included.
struct element {
  /// The URI that the prefix stands for; empty: none.
  std::string_view name_space;
  std::string_view local_name;
  /// 1 for an element that is in no other.
  size_t depth = 0;
  /// Of the start tag's `<`.
  size_t begin = 0;
  /// Behind the start tag's `>`.
  size_t content = 0;
  /// Of the end tag's `<`; the same as `content` for `<a/>`.
  size_t content_end = 0;
  /// Behind the end tag's `>`.
  size_t end = 0;

  bool is(std::string_view uri, std::string_view name) const noexcept {
    return local_name == name && name_space == uri;
  }
};

/// An attribute of a start tag; the value is as it stands there.
struct attribute {
  std::string_view name;
  std::string_view value;
};

/// Is told of elements as a scan meets them.
class handler {
public:
  virtual ~handler() = default;

  /// Of a start tag's attributes, before `starts`.
  virtual void has(const attribute&) {
    // nop
  }

  /// `content_end` and `end` are not known yet.
  virtual void starts(const element&) {
    // nop
  }

  virtual void ends(const element&) {
    // nop
  }

  /// The text is not well-formed from this offset on.
  virtual void fails(size_t) {
    // nop
  }
};

/// What a scan lets pass.
struct scan_options {
  /// Elements in each other.
  size_t depth = 256;
  /// Any number of elements, instead of a document with exactly one. Has no
  /// XML declaration.
  bool fragment = false;
  /// Prefixes that are declared around a fragment, with their namespaces.
  std::map<std::string, std::string> prefixes{};
};

/// Checks that the text is well-formed XML 1.0 with well-formed namespaces, in
/// UTF-8, without a document type: so there are no entities but the predefined
/// ones, and no text that grows as it is read. Needs no recursion, and time
/// close to proportional to the text.
///
/// Not libexpat's work, which would save 250 lines: it keeps each name that it
/// has met, so that a hostile message of 64 MiB takes it 400 MiB more and 30 s
/// (here nothing and 1 s); version 2.5 reads a comment without end for 90 s.
/// @returns what is wrong, and where; empty if all is well. What was told to
///          `what` by then holds nevertheless.
std::string scan(std::string_view text, const scan_options& options,
                 handler& what);

/// The same for who only wants to know.
std::string scan(std::string_view text, const scan_options& options = {});

/// Returns whether XML can hold the text at all: UTF-8 without most control
/// characters.
bool is_text(std::string_view text) noexcept;

/// Makes a text of it: a byte that is none of UTF-8 is taken for the character
/// of that number in Latin-1, and what XML cannot hold becomes U+FFFD. Returns
/// how many bytes were none of a text.
size_t repair(std::string& text);

/// Returns whether this can be a prefix, or a name without one.
bool is_name(std::string_view text) noexcept;

} // namespace tieline::netconf::xml
