#pragma once

#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/outcome.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <csignal>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tieline::test {

using maybe_connection = std::optional<connection_actor>;

/// Returns settings for links in plain text whose loss is noticed soon.
node_settings plain_links();

/// The same with TLS.
node_settings tls_links(const certificate& mine, const std::string& authority);

/// How a node is lost: its process ends, or just says nothing any more.
struct node_loss {
  const char* name;
  int signal;
};

constexpr node_loss losses[] = {{"SIGKILL", SIGKILL}, {"SIGSTOP", SIGSTOP}};

inline std::ostream& operator<<(std::ostream& out, const node_loss& x) {
  return out << x.name;
}

/// Another process, see node_peer.cpp.
class node_peer {
public:
  /// @param more further arguments of the program
  /// @param wrapper what runs it, if it is not run as it is
  explicit node_peer(const node_settings& how,
                     const std::vector<std::string>& more = {},
                     std::vector<std::string> wrapper = {});

  /// Waits until it has said this, throws if it ends before.
  void wait_for(const std::string& what, size_t times = 1);

  /// Waits until its manager is published, and returns the port.
  uint16_t port();

  void signal(int number) const {
    process_.signal(number);
  }

  bool running() {
    return process_.running();
  }

  std::string said() const;

private:
  temp_dir dir_;
  child_process process_;
};

/// This process as a node.
class this_node {
public:
  explicit this_node(const node_settings& how);

  ~this_node();

  this_node(const this_node&) = delete;

  this_node& operator=(const this_node&) = delete;

  caf::actor_system& sys() {
    return system_->sys;
  }

  caf::scoped_actor& self() {
    return *self_;
  }

  /// Returns the manager published at the port; throws if there is none.
  manager_actor manager_at(uint16_t port);

  caf::expected<manager_actor> connect_to(uint16_t port);

  caf::expected<router_actor> router_at(uint16_t port);

  /// Spawns a manager that ends with this object.
  manager_actor own_manager();

  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& whom, Ts... xs) {
    caf::expected<T> result{caf::error{}};
    compat::request(self_->ptr(), whom, hang_limit, std::move(xs)...)
      .receive([&](T& got) { result = std::move(got); },
               [&](caf::error& reason) { result = std::move(reason); });
    return result;
  }

  template <class Handle, class... Ts>
  caf::error tell(const Handle& whom, Ts... xs) {
    caf::error result;
    compat::request(self_->ptr(), whom, hang_limit, std::move(xs)...)
      .receive([] {}, [&](caf::error& reason) { result = std::move(reason); });
    return result;
  }

  caf::expected<maybe_connection> open(const manager_actor& manager,
                                       const std::string& host,
                                       const std::string& username = "");

  /// Opens a connection; throws if that fails.
  connection_actor opened(const manager_actor& manager,
                          const std::string& host) {
    return required(open(manager, host)).value();
  }

  caf::expected<reply> execute(const connection_actor& connection,
                               const std::string& body,
                               std::optional<sink_actor> sink = std::nullopt);

private:
  struct running_system {
    explicit running_system(const node_settings& how);

    caf::actor_system_config cfg;
    /// Fills the config before the system is made of it.
    bool enabled;
    caf::actor_system sys;
  };

  node_settings how_;
  std::unique_ptr<running_system> system_;
  std::unique_ptr<caf::scoped_actor> self_;
  std::vector<manager_actor> managers_;
};

/// An answer to come.
template <class T>
class pending {
public:
  /// Asks in the name of an actor of its own, which ends when it is answered.
  template <class Handle, class... Ts>
  pending(caf::actor_system& sys, const Handle& whom, Ts... xs) {
    auto answer = std::make_shared<std::promise<caf::expected<T>>>();
    answer_ = answer->get_future();
    asker_ = sys.spawn([=](caf::event_based_actor* self) {
      compat::request(self, whom, caf::infinite, xs...)
        .then([answer](T& got) { answer->set_value(std::move(got)); },
              [answer](caf::error& reason) {
                answer->set_value(std::move(reason));
              });
    });
  }

  const caf::actor& asker() const noexcept {
    return asker_;
  }

  bool arrived() const {
    return answer_.wait_for(std::chrono::seconds{0})
           == std::future_status::ready;
  }

  /// Waits for it; throws if it does not come.
  caf::expected<T> take() {
    if (answer_.wait_for(hang_limit) != std::future_status::ready)
      throw std::runtime_error("no answer");
    return answer_.get();
  }

private:
  std::future<caf::expected<T>> answer_;
  caf::actor asker_;
};

} // namespace tieline::test
