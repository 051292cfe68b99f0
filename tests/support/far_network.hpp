#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <vector>

namespace tieline::test {

// The addresses at the ends of the cables, ours first.
constexpr auto control_here = "10.77.1.1";
constexpr auto control_there = "10.77.1.2";
constexpr auto field_here = "10.77.2.1";
constexpr auto field_there = "10.77.2.2";

/// A network for some of a test's processes, with two cables to the rest: one
/// for nodes (control), one to the devices (field). The test itself moves into
/// a network of its own for it. It takes root, or a system that lets users have
/// networks. One at a time.
class far_network {
public:
  /// To be called before there are threads, but for a second one.
  far_network();

  far_network(const far_network&) = delete;

  far_network& operator=(const far_network&) = delete;

  ~far_network();

  /// Returns what runs a command in it.
  std::vector<std::string> wrapper() const;

  /// Pulls or plugs the control cable.
  void plug(bool in);

  /// Has all packets into the field cable vanish without a word, as behind a
  /// firewall that drops them, or pass again.
  void swallow(bool all);

  /// Lets no more than that through the control cable, each way; the rest
  /// waits, up to half a minute long.
  /// @param rate as tc(8) takes it
  void slow_down(const std::string& rate);

private:
  void inside(const std::string& command);

  void cable(const std::string& name, const std::string& here,
             const std::string& there);

  temp_dir dir_;
  child_process process_;
};

} // namespace tieline::test
