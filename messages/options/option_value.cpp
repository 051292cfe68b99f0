#include "tieline/messages/options/option_value.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/deep_to_string.hpp>
#include <caf/settings.hpp>

#include <chrono>
#include <sstream>
#include <utility>

namespace tieline {

namespace {

template <class T>
bool read_as(T& out, const caf::config_value& from) {
  auto got = caf::get_as<T>(from);
  if (!got)
    return false;
  out = std::move(*got);
  return true;
}

} // namespace

caf::error invalid_option(const std::string& name, const std::string& why) {
  return make_error(errc::invalid_setting, {{}, step::none, name + ": " + why});
}

caf::error invalid_setting(const std::string& name, const std::string& why) {
  return invalid_option("tieline" + name, why);
}

std::string must_be(const std::string& what, const std::string& given) {
  constexpr size_t most = 80;
  return "must be " + what + ", not '" + given.substr(0, most)
         + (given.size() > most ? "...'" : "'");
}

namespace option_value {

std::string print(caf::timespan x) {
  using namespace std::chrono_literals;
  // Those that CAF reads: it knows no days.
  constexpr std::pair<caf::timespan, const char*> units[]
    = {{1h, "h"}, {1min, "min"}, {1s, "s"}, {1ms, "ms"}};
  for (auto [unit, name] : units)
    if (x.count() != 0 && x % unit == 0s)
      return std::to_string(x / unit) + name;
  return x.count() == 0 ? "0s" : caf::deep_to_string(x);
}

std::string print(uint64_t x) {
  return std::to_string(x);
}

std::string print(uint16_t x) {
  return std::to_string(x);
}

std::string print(double x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

std::string print(bool x) {
  return x ? "true" : "false";
}

std::string print(const std::string& x) {
  return x;
}

std::string print(const std::vector<std::string>& x) {
  std::string result;
  for (const auto& text : x)
    result += (result.empty() ? "" : ", ") + text;
  return result;
}

std::string exact(caf::timespan x) {
  return std::to_string(x.count()) + "ns";
}

bool read(caf::timespan& out, const caf::config_value& from) {
  return read_as(out, from);
}

bool read(uint64_t& out, const caf::config_value& from) {
  return read_as(out, from);
}

bool read(uint16_t& out, const caf::config_value& from) {
  return read_as(out, from);
}

bool read(double& out, const caf::config_value& from) {
  return read_as(out, from);
}

bool read(bool& out, const caf::config_value& from) {
  return read_as(out, from);
}

bool read(std::string& out, const caf::config_value& from) {
  // CAF would render these.
  if (caf::holds_alternative<caf::config_value::list>(from)
      || caf::holds_alternative<caf::settings>(from))
    return false;
  return read_as(out, from);
}

bool read(std::vector<std::string>& out, const caf::config_value& from) {
  if (const auto* text = caf::get_if<std::string>(&from);
      text != nullptr && text->empty()) {
    out.clear();
    return true;
  }
  return read_as(out, from);
}

std::string canonical(option_kind kind, const std::string& value) {
  caf::config_value from{value};
  auto printed = [&](auto read_into, auto print_it) {
    return read(read_into, from) ? print_it(read_into) : value;
  };
  auto print_it = [](const auto& x) { return print(x); };
  switch (kind) {
    case option_kind::time:
      return printed(caf::timespan{}, [](auto x) { return exact(x); });
    case option_kind::number:
      return printed(uint64_t{}, print_it);
    case option_kind::decimal:
      return printed(double{}, print_it);
    case option_kind::flag:
      return printed(bool{}, print_it);
    case option_kind::list:
      return printed(std::vector<std::string>{}, print_it);
    case option_kind::choice:
    case option_kind::text:
      break;
  }
  return value;
}

} // namespace option_value

bool text_rule::good(const std::string& x) const {
  // A path or a name would end there.
  return x.find('\0') == std::string::npos && (rule == nullptr || rule(x));
}

} // namespace tieline
