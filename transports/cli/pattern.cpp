#include "tieline/transports/cli/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cctype>
#include <new>
#include <utility>

namespace tieline::cli {

namespace {

// A prompt takes some hundred steps.
constexpr uint32_t match_limit = 100'000;
constexpr uint32_t depth_limit = 1000;
// Of what the interpreter takes, in KiB.
constexpr uint32_t heap_limit = 1024;
// Of what a user's file may make us compile.
constexpr size_t longest = 4096;

/// Writes `{,n}` as `{0,n}`, outside of classes and literal text.
std::string with_lower_bounds(std::string_view from) {
  std::string result;
  auto in_class = false;
  auto in_literal = false;
  for (size_t i = 0; i < from.size(); ++i) {
    auto c = from[i];
    result += c;
    if (in_literal) {
      in_literal = from.substr(i, 2) != "\\E";
      continue;
    }
    if (c == '\\' && i + 1 < from.size()) {
      in_literal = from[i + 1] == 'Q';
      result += from[++i];
      continue;
    }
    if (in_class) {
      in_class = c != ']';
      continue;
    }
    if (c == '[') {
      in_class = true;
      // A bracket that comes first is one of the class.
      if (i + 1 < from.size() && from[i + 1] == '^')
        result += from[++i];
      if (i + 1 < from.size() && from[i + 1] == ']')
        result += from[++i];
      continue;
    }
    if (c != '{' || from.substr(i + 1, 1) != ",")
      continue;
    auto end = i + 2;
    while (end < from.size()
           && std::isdigit(static_cast<unsigned char>(from[end])) != 0)
      ++end;
    if (end > i + 2 && end < from.size() && from[end] == '}')
      result += '0';
  }
  return result;
}

} // namespace

class pattern::code {
public:
  explicit code(pcre2_code* compiled)
    : code_(compiled),
      context_(pcre2_match_context_create(nullptr)) {
    if (context_ == nullptr) {
      pcre2_code_free(code_);
      throw std::bad_alloc{};
    }
    pcre2_set_match_limit(context_, match_limit);
    pcre2_set_depth_limit(context_, depth_limit);
    pcre2_set_heap_limit(context_, heap_limit);
    // Without it, it is slower, that is all.
    pcre2_jit_compile(code_, PCRE2_JIT_COMPLETE);
  }

  code(const code&) = delete;

  code& operator=(const code&) = delete;

  ~code() {
    pcre2_match_context_free(context_);
    pcre2_code_free(code_);
  }

  std::optional<span> match(std::string_view text, uint32_t flags) const {
    struct match_data {
      pcre2_match_data* get = pcre2_match_data_create(1, nullptr);

      ~match_data() {
        pcre2_match_data_free(get);
      }
    };
    // One for each thread: a match writes to it.
    thread_local match_data data;
    if (data.get == nullptr)
      return std::nullopt;
    auto bytes = reinterpret_cast<PCRE2_SPTR>(text.data());
    if (pcre2_match(code_, bytes, text.size(), 0, flags, data.get, context_)
        < 0)
      return std::nullopt;
    auto* found = pcre2_get_ovector_pointer(data.get);
    // \K can put the begin behind the end.
    if (found[0] > found[1])
      return std::nullopt;
    return span{found[0], found[1]};
  }

private:
  pcre2_code* code_;
  pcre2_match_context* context_;
};

std::optional<pattern> pattern::compile(std::string_view text,
                                        std::string& why) {
  if (text.size() > longest) {
    why = "has more than " + std::to_string(longest) + " characters";
    return std::nullopt;
  }
  auto source = with_lower_bounds(text);
  int problem = 0;
  PCRE2_SIZE offset = 0;
  auto* context = pcre2_compile_context_create(nullptr);
  if (context == nullptr)
    throw std::bad_alloc{};
  pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
  pcre2_set_parens_nest_limit(context, 50);
  auto* compiled
    = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.data()), source.size(),
                    PCRE2_CASELESS | PCRE2_MULTILINE | PCRE2_ENDANCHORED
                      | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF,
                    &problem, &offset, context);
  pcre2_compile_context_free(context);
  if (compiled == nullptr) {
    PCRE2_UCHAR message[256];
    pcre2_get_error_message(problem, message, sizeof(message));
    why = std::string{"is no regular expression: "}
          + reinterpret_cast<const char*>(message) + ", at its character "
          + std::to_string(offset + 1);
    return std::nullopt;
  }
  return pattern{std::string{text}, std::make_shared<const code>(compiled)};
}

pattern pattern::literal(std::string_view text) {
  std::string source;
  for (auto c : text) {
    // Escaped is literal, whatever it is, if it is no letter or digit.
    if (std::isalnum(static_cast<unsigned char>(c)) == 0
        && static_cast<unsigned char>(c) < 0x80)
      source += '\\';
    source += c;
  }
  std::string why;
  auto result = compile(source + "[ \\t]*", why);
  // Only a text that is too long.
  return result ? *std::move(result) : pattern{};
}

std::optional<span> pattern::find_at_end(std::string_view text,
                                         start at) const {
  return !code_ ? std::nullopt
                : code_->match(text, at == start::of_line ? 0 : PCRE2_NOTBOL);
}

} // namespace tieline::cli
