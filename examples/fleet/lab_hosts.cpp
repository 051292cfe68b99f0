#include "fleet/lab_hosts.hpp"

#include "fleet/command_line.hpp"

#include <tieline/lab/inventory.hpp>

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace fleet {

namespace lab = tieline::lab;

namespace {

lab::options options_for(size_t count, const std::string& plugin) {
  lab::options result;
  result.devices = count;
  result.restconf.enabled = plugin == "http";
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
  lab::fault what;
  size_t count;
  uint64_t amount;
};

template <class T>
bool read_number(std::string_view text, T& into) {
  auto [end, code] = std::from_chars(text.begin(), text.end(), into);
  return code == std::errc{} && end == text.end();
}

planned_fault parse_fault(const std::string& text) {
  std::string_view rest = text;
  auto colon = std::min(rest.find(':'), rest.size());
  auto equals = std::min(rest.find('='), colon);
  auto what = lab::fault_from(rest.substr(0, equals));
  if (!what)
    throw usage_error{"--lab-fault: unknown fault '" + text + "'"};
  planned_fault result{*what, 0, 0};
  if (colon == rest.size() || !read_number(rest.substr(colon + 1), result.count)
      || (equals < colon
          && !read_number(rest.substr(equals + 1, colon - equals - 1),
                          result.amount)))
    throw usage_error{"--lab-fault: must be NAME[=AMOUNT]:COUNT, not '" + text
                      + "'"};
  return result;
}

} // namespace

lab_hosts::lab_hosts(size_t count, const std::string& plugin,
                     const std::vector<std::string>& faults)
  : server_(options_for(count, plugin)) {
  size_t next = 0;
  for (auto& text : faults) {
    auto fault = parse_fault(text);
    if (fault.count > count - next)
      throw usage_error{"--lab-fault: more faults than devices"};
    for (size_t i = 0; i < fault.count; ++i)
      server_.at(next++).set(fault.what, fault.amount);
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
