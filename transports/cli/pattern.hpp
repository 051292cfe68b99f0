#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::cli {

/// Where a pattern matched.
struct span {
  size_t begin = 0;
  size_t end = 0;
};

/// A regular expression (PCRE2) that is looked for at the end of a text:
/// caseless, `^` and `$` at each line. Compiled once, to be used by any number
/// of threads. A match gives up beyond a number of steps, so that no pattern
/// and no text takes long.
class pattern {
public:
  /// Whether a text begins where a line does.
  enum class start { of_line, within_line };

  /// Matches nothing.
  pattern() = default;

  /// Compiles a regular expression. `{,n}` means `{0,n}`, which PCRE2 takes as
  /// literal text before 10.43.
  /// @param why set to what is wrong with it, and where, if there is no result
  static std::optional<pattern> compile(std::string_view text,
                                        std::string& why);

  /// Compiles a pattern of a literal text, which blanks may follow.
  static pattern literal(std::string_view text);

  /// Returns the match that ends where the text ends, if there is one. A match
  /// that takes too many steps is none.
  std::optional<span> find_at_end(std::string_view text,
                                  start at = start::of_line) const;

  /// Returns what was compiled.
  const std::string& text() const noexcept {
    return text_;
  }

private:
  class code;

  pattern(std::string text, std::shared_ptr<const code> compiled)
    : text_(std::move(text)),
      code_(std::move(compiled)) {
    // nop
  }

  std::string text_;
  std::shared_ptr<const code> code_;
};

} // namespace tieline::cli
