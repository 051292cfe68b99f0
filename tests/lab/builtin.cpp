#include "builtin.hpp"

#include "command_table.hpp"

#include <charconv>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace tieline::lab {

namespace {

template <class T>
T number(std::string_view text, T limit = std::numeric_limits<T>::max()) {
  T value{};
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value > limit)
    throw std::invalid_argument("not a number in range: '" + std::string{text}
                                + "'");
  return value;
}

std::string line(std::string_view text) {
  return std::string{text} += '\n';
}

constexpr const char* models[] = {"TL-2400", "TL-4800", "TL-9600"};

// Every device has its own number of ports and its own traffic.
std::size_t ports_of(const device& d) {
  return 4 + d.index() % 5;
}

result show_version(const invocation& how) {
  auto& d = how.where;
  auto up = d.uptime().count();
  std::ostringstream out;
  out << "Tieline Lab OS, version 7." << d.index() % 3 << "\n"
      << "Hostname: " << d.name() << "\n"
      << "Model: " << models[d.index() % std::size(models)] << "\n"
      << "Serial number: " << d.serial() << "\n"
      << "Uptime: " << up / 86400 << " days, " << up / 3600 % 24 << " hours, "
      << up / 60 % 60 << " minutes, " << up % 60 << " seconds\n";
  return {out.str(), {}};
}

result show_interfaces(const invocation& how) {
  auto& d = how.where;
  std::ostringstream out;
  for (std::size_t i = 0; i < ports_of(d); ++i) {
    auto up = (d.index() + i) % 4 != 3;
    out << "eth" << i << " is " << (up ? "up" : "down") << "\n"
        << "  Internet address is 10." << d.index() / 256 % 256 << '.'
        << d.index() % 256 << '.' << 1 + 4 * i << "/30\n"
        << "  " << (up ? 1000 * (d.index() + 1) + 17 * i : 0)
        << " packets input, 0 errors\n";
  }
  return {out.str(), {}};
}

result show_running_config(const invocation& how) {
  auto& d = how.where;
  std::ostringstream out;
  out << "hostname " << d.name() << "\n!\n";
  for (std::size_t i = 0; i < ports_of(d); ++i)
    out << "interface eth" << i << "\n ip address 10." << d.index() / 256 % 256
        << '.' << d.index() % 256 << '.' << 1 + 4 * i
        << " 255.255.255.252\n!\n";
  out << "snmp-server location " << d.address() << "\nend\n";
  return {out.str(), {}};
}

} // namespace

void add_builtin_commands(command_table& table) {
  auto add = [&](const char* name, command run) {
    table.add(name, std::move(run), input::ignored);
  };
  add("show version", show_version);
  add("show interfaces", show_interfaces);
  add("show running-config", show_running_config);
  add("echo", [](const invocation& how) {
    return result{line(how.arguments), {}};
  });
  add("stderr", [](const invocation& how) {
    return result{{}, line(how.arguments)};
  });
  add("exit", [](const invocation& how) {
    return result{{}, {}, number<int>(how.arguments, 255)};
  });
  add("cat", [](const invocation&) {
    result r;
    r.echo = true;
    return r;
  });
  add("bytes", [](const invocation& how) {
    result r;
    r.fill = number<std::uint64_t>(how.arguments);
    return r;
  });
  add("sleep", [](const invocation& how) {
    result r;
    r.delay = std::chrono::milliseconds{number<int>(how.arguments)};
    return r;
  });
  add("kill-signal", [](const invocation& how) {
    result r;
    r.signal = how.arguments;
    return r;
  });
}

} // namespace tieline::lab
