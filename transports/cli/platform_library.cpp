#include "tieline/transports/cli/platform_library.hpp"

#include "tieline/messages/support/file.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/cli/platform_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tieline::cli {

namespace {

constexpr size_t longest_file = size_t{1} << 20U;

} // namespace

platform_library::platform_library(const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    std::error_code problem;
    std::filesystem::directory_iterator all{expand_home(folder), problem};
    if (problem) {
      broken_folder_ = folder + ": " + problem.message();
      continue;
    }
    for (const auto& file : all) {
      if (file.path().extension() != ".yaml")
        continue;
      auto name = file.path().stem().string();
      auto path = file.path().string();
      std::string text;
      if (auto why = read_file(path, longest_file, text); !why.empty())
        broken_.emplace(name, why);
      else
        add(name, text, path);
    }
  }
  for (const auto& [name, text] : shipped_platforms())
    add(std::string{name}, std::string{text}, std::string{name} + ".yaml");
}

std::shared_ptr<const platform> platform_library::find(const std::string& name,
                                                       std::string& why) const {
  if (auto pos = broken_.find(name); pos != broken_.end()) {
    why = pos->second;
    return nullptr;
  }
  auto alias = aliases_.find(name);
  auto pos = platforms_.find(alias == aliases_.end() ? name : alias->second);
  if (pos != platforms_.end())
    return pos->second;
  why = name.empty() ? "is empty"
                     : "there is no platform " + tieline::in_quotes(name);
  why += "; there are ";
  for (const auto& [known, value] : platforms_)
    why += (known == platforms_.begin()->first ? "" : ", ") + known;
  if (!broken_folder_.empty())
    why += "; " + broken_folder_;
  return nullptr;
}

void platform_library::add(const std::string& name, const std::string& text,
                           const std::string& file) {
  if (platforms_.count(name) > 0 || broken_.count(name) > 0)
    return;
  std::string why;
  auto found = read_platform(name, text, file, why);
  if (!found) {
    broken_.emplace(name, why);
    return;
  }
  for (const auto& x : found->aliases)
    aliases_.emplace(x, name);
  platforms_.emplace(name, std::make_shared<const platform>(*std::move(found)));
}

} // namespace tieline::cli

namespace tieline {

bool is_network_platform(const std::string& name) {
  static const cli::platform_library shipped{{}};
  std::string why;
  auto found = shipped.find(name, why);
  return found && found->name != "linux";
}

} // namespace tieline
