#include "config.hpp"

#include <tieline/actors/cluster/membership/cluster_settings.hpp>
#include <tieline/actors/node/node_settings.hpp>
#include <tieline/actors/settings.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <iostream>

namespace nodes {

config::config() {
  opt_group{custom_options_, "nodes"}
    .add(host, "host", "all but serve: where the node is")
    .add(port, "port", "all but serve: its port")
    .add(times, "times", "use, watch: how often, once a second")
    .add(keys, "keys", "watch: how many devices to ask each time")
    .add(name, "name", "leave, join: the node that is to do so");
  tieline::settings::add_options(custom_options_);
  tieline::http_options::add_options(custom_options_);
  tieline::netconf_options::add_options(custom_options_);
  tieline::ssh_options::add_options(custom_options_);
  tieline::node_settings::add_options(custom_options_);
  tieline::cluster_settings::add_options(custom_options_);
}

int fail(const caf::error& reason) {
  std::cerr << tieline::describe(reason) << std::endl;
  return 1;
}

} // namespace nodes
