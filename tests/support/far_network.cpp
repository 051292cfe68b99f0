#include "support/far_network.hpp"

#include "support/eventually.hpp"
#include "support/own_network.hpp"

#include <stdexcept>

namespace tieline::test {

namespace {

void shell(const std::string& command) {
  run_checked({"/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin " + command});
}

std::string network_of(const std::string& process) {
  return run({"readlink", "/proc/" + process + "/ns/net"}).output;
}

/// The process that holds the network, until it ends.
std::vector<std::string> holder() {
  require_program("/usr/sbin/ip", "iproute2");
  static const bool once = [] {
    enter_own_network();
    return true;
  }();
  static_cast<void>(once);
  return {"unshare", "-n", "sleep", "1000000"};
}

} // namespace

far_network::far_network() : process_(holder(), dir_.write("log", "")) {
  auto pid = std::to_string(process_.pid());
  auto ours = network_of("self");
  if (!eventually([&] {
        auto theirs = network_of(pid);
        return !theirs.empty() && theirs != ours;
      }))
    throw std::runtime_error("no network: " + read_file(dir_ / "log"));
  cable("ctl", control_here, control_there);
  cable("field", field_here, field_there);
  inside("ip link set lo up");
}

far_network::~far_network() {
  // Else they stay until the other network is gone, some time.
  run({"/usr/sbin/ip", "link", "del", "ctl"});
  run({"/usr/sbin/ip", "link", "del", "field"});
}

std::vector<std::string> far_network::wrapper() const {
  return {"nsenter", "-n", "-t", std::to_string(process_.pid())};
}

void far_network::plug(bool in) {
  shell(std::string{"ip link set ctl "} + (in ? "up" : "down"));
}

void far_network::swallow(bool all) {
  // They come back to us, and since we route nothing we drop them.
  shell(std::string{"ip route "} + (all ? "add " : "del ") + field_there
        + "/32 dev lo src " + field_here);
}

void far_network::slow_down(const std::string& rate) {
  auto command = "tc qdisc replace dev ctl root tbf rate " + rate
                 + " burst 4kb latency 30s";
  shell(command);
  inside(command);
}

void far_network::inside(const std::string& command) {
  shell("nsenter -n -t " + std::to_string(process_.pid()) + ' ' + command);
}

void far_network::cable(const std::string& name, const std::string& here,
                        const std::string& there) {
  shell("ip link add " + name + " type veth peer name " + name + " netns "
        + std::to_string(process_.pid()));
  shell("ip addr add " + here + "/30 dev " + name);
  shell("ip link set " + name + " up");
  inside("ip addr add " + there + "/30 dev " + name);
  inside("ip link set " + name + " up");
}

} // namespace tieline::test
