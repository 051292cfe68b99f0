#include "config.hpp"

#include <tieline/all_settings.hpp>
#include <tieline/messages/failure.hpp>

#include <iostream>

namespace nodes {

config::config() {
  opt_group{custom_options_, "nodes"}
    .add(host, "host", "all but serve: where the node is")
    .add(port, "port", "all but serve: its port")
    .add(times, "times", "use, watch: how often, once a second")
    .add(keys, "keys", "watch: how many devices to ask each time")
    .add(name, "name", "leave, join: the node that is to do so");
  tieline::add_options(custom_options_);
}

int fail(const caf::error& reason) {
  std::cerr << tieline::describe(reason) << std::endl;
  return 1;
}

} // namespace nodes
