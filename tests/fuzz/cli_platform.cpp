#include "fuzz.hpp"

#include "tieline/transports/cli/platform_reader.hpp"
#include "tieline/transports/cli/request_plan.hpp"

#include <string>

using namespace tieline::cli;
using tieline::fuzz::require;

namespace {

void check(const platform& what) {
  require(!what.modes.empty(), "a platform has modes");
  require(what.default_mode.empty() || what.find(what.default_mode) != nullptr,
          "the default mode is one of them");
  for (const auto& from : what.modes)
    for (const auto& to : what.modes) {
      auto route = find_route(what, from.name, to.name);
      require(!route || route->size() < what.modes.size(),
              "a way passes no mode twice");
      require(!route || route->empty() || route->back()->to == to.name,
              "a way leads where it should");
    }
  for (const auto* text : {"r1#", "user@r1> ", "\n[edit]\nx# ", "aaaaaaaaaaaa"})
    if (auto found = find_prompt(what, text, pattern::start::of_line, {}))
      require(found->begin <= std::string{text}.size(), "a prompt is in there");
  shell_request request;
  request.lines = {"one", "two"};
  require(plan_of(what, request).size() == 3, "a mode and two lines");
  request.change.emplace();
  if (objection_to(what, *request.change).empty())
    require(plan_of(what, request).size() >= 4, "two modes and two lines");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  std::string why;
  if (auto found = read_platform("p", text, "p.yaml", why))
    check(*found);
  else
    require(why.compare(0, 6, "p.yaml") == 0, "an error names the file");
  return 0;
}
