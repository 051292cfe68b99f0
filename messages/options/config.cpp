#include "tieline/messages/options/config.hpp"

#include "tieline/messages/caf_compat.hpp"

#include <string_view>
#include <utility>

namespace tieline {

namespace {

bool has_type(const caf::config_option& option, std::string_view name) {
  auto got = option.type_name();
  return std::string_view{got.data(), got.size()} == name;
}

} // namespace

bool is_flag(const caf::config_option& option) {
  return option.is_flag() || has_type(option, "true|false");
}

std::vector<std::string> spelled_out(std::vector<std::string> args,
                                     const caf::config_option_set& known) {
  for (auto& arg : args) {
    if (arg == "--")
      break;
    if (arg.compare(0, 2, "--") != 0)
      continue;
    auto equals = arg.find('=');
    auto name = arg.substr(2,
                           equals == std::string::npos ? equals : equals - 2);
    const auto* option = known.cli_long_name_lookup(name);
    if (option == nullptr)
      continue;
    if (equals == std::string::npos && has_type(*option, "true|false"))
      arg += "=true";
    else if (equals == arg.size() - 1
             && (has_type(*option, "text") || has_type(*option, "list")))
      arg += R"("")";
  }
  return args;
}

caf::error config::parse(int argc, char** argv) {
  std::vector<std::string> args{argv + (argc > 0 ? 1 : 0), argv + argc};
  args = spelled_out(std::move(args), custom_options_);
  std::vector<char*> all;
  if (argc > 0)
    all.push_back(argv[0]);
  for (auto& arg : args)
    all.push_back(arg.data());
  return super::parse(static_cast<int>(all.size()), all.data());
}

caf::error config::parse(std::vector<std::string> args) {
  return super::parse(spelled_out(std::move(args), custom_options_));
}

caf::error config::parse(std::vector<std::string> args, std::istream& file) {
  return super::parse(spelled_out(std::move(args), custom_options_), file);
}

} // namespace tieline
