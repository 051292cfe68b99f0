#pragma once

#include "tieline/transports/cli/line_terminal.hpp"
#include "tieline/transports/cli/output_collector.hpp"
#include "tieline/transports/cli/platform.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::cli {

/// Prompts are looked for in so much of the end of what has come.
constexpr size_t searched = 512;

/// A prompt that is not the one of before has to stand still longer, and one of
/// no mode very long.
constexpr int likely_factor = 5;
constexpr std::chrono::seconds least_unknown{1};

/// The end of what has come: some of what has ended, and the line that has not.
struct prompt_view {
  std::string text;
  pattern::start at;
};

prompt_view make_view(const std::string& before, const line_terminal& terminal);

prompt_view make_view(const output_collector& before,
                      const line_terminal& terminal);

/// Returns the prompt at the end of the text. Where several modes have the same
/// one, it is that of the mode that it should be, else that it was.
std::optional<prompt_match>
find_prompt(const platform& where, const prompt_view& what,
            const std::string& expected, const std::string& before);

/// Returns what stands behind the last newline.
std::string_view last_line_of(std::string_view text);

} // namespace tieline::cli
