/// @file
/// Managers of connections that several processes share. `nodes serve`
/// publishes one, with all plugins; `nodes use` opens a connection to a made-up
/// device through it and runs a command, again and again while the serving
/// process comes and goes:
///
///     nodes serve --tieline.node.port=4711
///     nodes use --nodes.port=4711 --nodes.times=100
///
/// So does `fleet --node localhost:4711` with real devices. Credentials that
/// their params name are read from `--config-file`. With
/// `--tieline.node.certificate`, `key` and `ca-file` links use TLS.
///
/// With `tieline.cluster` in its config, `nodes serve` joins a cluster; `nodes
/// watch` shows which node has which devices while nodes come and go, `nodes
/// show` how they are. `examples/nodes/demo` does all that.

#include "modes.hpp"

#include <tieline/actors/node/node.hpp>
#include <tieline/messages/caf_compat.hpp>
#include <tieline/messages/support/printable.hpp>

#include <caf/actor_system.hpp>

#include <exception>
#include <iostream>
#include <map>
#include <string>

namespace {

using mode = int (*)(caf::actor_system&, const nodes::config&);

const std::map<std::string, mode> modes{{"use", nodes::use},
                                        {"watch", nodes::watch},
                                        {"show", nodes::show},
                                        {"leave", nodes::leave},
                                        {"join", nodes::join}};

} // namespace

int main(int argc, char** argv) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGINT);
  sigaddset(&end, SIGTERM);
  std::string what = argc > 1 ? argv[1] : "";
  if (what != "serve" && modes.count(what) == 0) {
    std::cerr << "usage: nodes serve|use|watch|show|leave|join [OPTION...] "
                 "(nodes use --help)\n";
    return 2;
  }
  tieline::init();
  nodes::config cfg;
  // CAF's parser stops at the first word that is no option.
  if (auto error = cfg.parse(argc - 1, argv + 1))
    return nodes::fail(error);
  if (tieline::compat::help_was_printed(cfg))
    return 0;
  if (auto error = tieline::enable_nodes(cfg))
    return nodes::fail(error);
  // In all threads to come: `serve` waits for them.
  if (what == "serve")
    pthread_sigmask(SIG_BLOCK, &end, nullptr);
  caf::actor_system sys{cfg};
  try {
    return what == "serve" ? nodes::serve(sys, end) : modes.at(what)(sys, cfg);
  } catch (const std::exception& x) {
    std::cerr << tieline::printable(x.what()) << '\n';
    return 1;
  }
}
