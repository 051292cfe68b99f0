#include "fleet/lab_hosts.hpp"

#include "fleet/command_line.hpp"

#include <tieline/lab/inventory.hpp>

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace fleet {

namespace lab = tieline::lab;

namespace {

lab::options options_for(size_t count, const std::string& plugin,
                         const std::string& platform) {
  lab::options result;
  result.devices = count;
  result.restconf.enabled = plugin == "http";
  result.platform = platform;
  // So that there is something to give it to.
  if (auto* secret = std::getenv("FLEET_ENABLE_SECRET"))
    result.enable_secret = secret;
  return result;
}

std::filesystem::path make_folder() {
  auto name
    = (std::filesystem::temp_directory_path() / "fleet.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error{errno, std::system_category(), name};
  return name;
}

struct planned_fault {
  lab::measured_fault fault;
  size_t count;
};

planned_fault parse_fault(const std::string& text) {
  auto colon = std::min(text.find(':'), text.size());
  auto count = std::string_view{text}.substr(std::min(colon + 1, text.size()));
  planned_fault result{};
  // The name first: an unknown one lists those that are known.
  try {
    result.fault = lab::measured_fault_from(text.substr(0, colon));
  } catch (const std::invalid_argument& x) {
    throw usage_error{std::string{"--lab-fault: "} + x.what()};
  }
  auto [end, code] = std::from_chars(count.begin(), count.end(), result.count);
  if (code != std::errc{} || end != count.end())
    throw usage_error{"--lab-fault: must be NAME[=AMOUNT]:COUNT, not '" + text
                      + "'"};
  return result;
}

} // namespace

lab_hosts::lab_hosts(size_t count, const std::string& plugin,
                     const std::string& platform,
                     const std::vector<std::string>& faults)
  : server_(options_for(count, plugin, platform)) {
  size_t next = 0;
  for (auto& text : faults) {
    auto planned = parse_fault(text);
    if (planned.count > count - next)
      throw usage_error{"--lab-fault: there are more faults than devices"};
    for (size_t i = 0; i < planned.count; ++i)
      server_.at(next++).set(planned.fault.what, planned.fault.amount);
  }
  folder_ = make_folder();
  lab::write_inventory(server_, folder_);
}

lab_hosts::~lab_hosts() {
  remove_files();
}

std::vector<host> lab_hosts::hosts(const std::string& plugin) const {
  return resolve(read_inventory(folder_, plugin));
}

void lab_hosts::remove_files() const noexcept {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

} // namespace fleet
