#include "support/eventually.hpp"

#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/io/address.hpp>
#include <tieline/transports/io/diagnosis.hpp>
#include <tieline/transports/io/dialer.hpp>
#include <tieline/transports/io/poller.hpp>
#include <tieline/transports/io/post.hpp>
#include <tieline/transports/io/resolver.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

using namespace tieline;
using namespace tieline::io;
using namespace std::chrono_literals;
using tieline::test::eventually;

namespace {

struct type_ids {
  type_ids() {
    init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(type_ids);

size_t count_threads() {
  namespace fs = std::filesystem;
  fs::directory_iterator tasks{"/proc/self/task"};
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Counts what happens on other threads.
class counter {
public:
  void increment() {
    std::lock_guard guard{mutex_};
    ++value_;
    changed_.notify_all();
  }

  bool reaches(int value) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, 10s, [&] { return value_ >= value; });
  }

  int value() {
    std::lock_guard guard{mutex_};
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int value_ = 0;
};

struct pair {
  pair() {
    BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds)
                  == 0);
  }

  ~pair() {
    close(fds[0]);
    close(fds[1]);
  }

  void write_byte() const {
    BOOST_REQUIRE(write(fds[1], "x", 1) == 1);
  }

  int fds[2];
};

struct fixture {
  caf::actor_system_config config;
  caf::actor_system sys{config};

  // An actor that does nothing by itself.
  caf::actor spawn_owner() {
    return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](caf::unit_t) {}};
    });
  }

  // Runs in the actor and waits for it.
  void in(const caf::actor& where, std::function<void()> what) {
    std::promise<void> done;
    post(where.address(), [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }

  // Returns when the poller has told of all that was ready before: it goes
  // through its events one after the other.
  void pass_through(const std::shared_ptr<poller>& where) {
    auto owner = spawn_owner();
    counter passed;
    pair sockets;
    std::unique_ptr<registration> last;
    in(owner, [&] {
      last = std::make_unique<registration>(where, owner.address(),
                                            [&] { passed.increment(); });
      BOOST_CHECK(last->attach(sockets.fds[0], EPOLLIN));
    });
    sockets.write_byte();
    BOOST_TEST(passed.reaches(1));
    in(owner, [&] { last = nullptr; });
  }
};

/// A socket that listens on a loopback port; `backlog` as for listen(2).
struct listener {
  explicit listener(int backlog = 16) {
    fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    BOOST_REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&name), size) == 0);
    BOOST_REQUIRE(listen(fd, backlog) == 0);
    getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
    port = ntohs(name.sin_port);
  }

  ~listener() {
    close(fd);
  }

  int fd;
  uint16_t port;
};

dialer::progress dial(dialer& what) {
  for (;;) {
    auto result = what.advance();
    if (result != dialer::progress::waiting)
      return result;
    pollfd query{what.fd(), POLLOUT, 0};
    poll(&query, 1, 5);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(io_test)

BOOST_FIXTURE_TEST_SUITE(readiness, fixture)

BOOST_AUTO_TEST_CASE(a_readable_socket_wakes_its_actor_once_per_arming) {
  auto where = poller::make();
  auto owner = spawn_owner();
  counter wakes;
  pair sockets;
  std::unique_ptr<registration> w;
  in(owner, [&] {
    w = std::make_unique<registration>(where, owner.address(),
                                       [&] { wakes.increment(); });
    BOOST_CHECK(w->attach(sockets.fds[0], EPOLLIN));
  });
  sockets.write_byte();
  BOOST_TEST(wakes.reaches(1));
  sockets.write_byte();
  pass_through(where);
  BOOST_TEST(wakes.value() == 1);
  in(owner, [&] { BOOST_CHECK(w->rearm(EPOLLIN)); });
  BOOST_TEST(wakes.reaches(2));
  in(owner, [&] { w = nullptr; });
}

BOOST_AUTO_TEST_CASE(
  a_descriptor_that_is_closed_and_used_again_confuses_nobody) {
  auto where = poller::make();
  auto owner = spawn_owner();
  counter first_wakes;
  counter second_wakes;
  std::unique_ptr<registration> first;
  std::unique_ptr<registration> second;
  int number = -1;
  {
    pair sockets;
    number = sockets.fds[0];
    in(owner, [&] {
      first = std::make_unique<registration>(where, owner.address(),
                                             [&] { first_wakes.increment(); });
      BOOST_CHECK(first->attach(number, EPOLLIN));
    });
  }
  pair again;
  BOOST_REQUIRE(again.fds[0] == number);
  in(owner, [&] {
    second = std::make_unique<registration>(where, owner.address(),
                                            [&] { second_wakes.increment(); });
    BOOST_CHECK(second->attach(number, EPOLLIN));
    first->forget();
  });
  auto before = first_wakes.value();
  again.write_byte();
  BOOST_TEST(second_wakes.reaches(1));
  BOOST_TEST(first_wakes.value() == before);
  in(owner, [&] {
    BOOST_CHECK(!first->rearm(EPOLLIN));
    first = nullptr;
    second = nullptr;
  });
}

BOOST_AUTO_TEST_CASE(deadlines_come_in_their_order) {
  auto where = poller::make();
  auto owner = spawn_owner();
  counter done;
  std::vector<int> order;
  std::vector<std::unique_ptr<registration>> registrations(5);
  auto start = clock::now();
  in(owner, [&] {
    for (int i : {3, 1, 4, 0, 2}) {
      registrations[size_t(i)]
        = std::make_unique<registration>(where, owner.address(), [&, i] {
            order.push_back(i);
            done.increment();
          });
      registrations[size_t(i)]->set_deadline(start + 20ms * (i + 1));
    }
    registrations[2]->set_deadline(never);
  });
  BOOST_TEST(done.reaches(4));
  in(owner, [&] {
    BOOST_CHECK((order == std::vector<int>{0, 1, 3, 4}));
    registrations.clear();
  });
}

BOOST_AUTO_TEST_CASE(an_actor_that_has_ended_is_not_woken) {
  auto where = poller::make();
  auto owner = spawn_owner();
  auto address = owner.address();
  counter wakes;
  pair sockets;
  registration w{where, address, [&] { wakes.increment(); }};
  BOOST_CHECK(w.attach(sockets.fds[0], EPOLLIN));
  caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  owner = nullptr;
  sys.await_all_actors_done();
  sockets.write_byte();
  pass_through(where);
  BOOST_TEST(wakes.value() == 0);
}

BOOST_AUTO_TEST_CASE(the_thread_ends_with_the_last_user) {
  auto before = count_threads();
  auto where = poller::make();
  auto owner = spawn_owner();
  auto w = std::make_unique<registration>(where, owner.address(), [] {});
  where = nullptr;
  BOOST_TEST(count_threads() == before + 1);
  w = nullptr;
  BOOST_TEST(eventually([&] { return count_threads() == before; }, 5s));
}

BOOST_AUTO_TEST_CASE(names_are_resolved_and_failures_told) {
  resolver names;
  auto owner = spawn_owner();
  std::promise<resolution> found;
  names.lookup("localhost", 80, owner.address(),
               [&](const resolution& x) { found.set_value(x); });
  auto result = found.get_future().get();
  BOOST_TEST(result.error == "");
  BOOST_REQUIRE(!result.addresses.empty());
  std::promise<resolution> missing;
  names.lookup("no-such-host.invalid", 80, owner.address(),
               [&](const resolution& x) { missing.set_value(x); });
  result = missing.get_future().get();
  BOOST_TEST(result.error != "");
  BOOST_TEST(result.addresses.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dialing)

BOOST_AUTO_TEST_CASE(literals_are_addresses_and_names_are_not) {
  for (const auto* text : {"127.0.0.1", "::1", "2001:db8::1", "fe80::1%lo"})
    BOOST_TEST(bool(parse_address(text, 22)), text);
  for (const auto* text : {"", "localhost", "127.1", "1.2.3.4.5", "::g",
                           "fe80::1%no-such-interface"})
    BOOST_TEST(!parse_address(text, 22), text);
  BOOST_TEST(to_string(*parse_address("127.0.0.1", 22)) == "127.0.0.1:22");
  BOOST_TEST(to_string(*parse_address("::1", 22)) == "[::1]:22");
}

BOOST_AUTO_TEST_CASE(the_first_address_that_answers_is_taken) {
  listener here;
  dialer x{{*parse_address("127.0.0.1", 1),
            *parse_address("127.0.0.1", here.port)},
           clock::now() + 5s};
  BOOST_TEST((dial(x) == dialer::progress::connected));
  BOOST_TEST(x.fd() >= 0);
}

BOOST_AUTO_TEST_CASE(an_address_that_swallows_packets_takes_its_share_only) {
  listener full{0};
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    auto to = *parse_address("127.0.0.1", full.port);
    connect(fillers.back(), reinterpret_cast<sockaddr*>(&to.storage),
            to.length);
  }
  // The one that the backlog takes is through, so the others have come too.
  pollfd first{fillers.front(), POLLOUT, 0};
  BOOST_REQUIRE(poll(&first, 1, 5000) == 1);
  listener here;
  dialer x{{*parse_address("127.0.0.1", full.port),
            *parse_address("127.0.0.1", here.port)},
           clock::now() + 400ms};
  BOOST_TEST((dial(x) == dialer::progress::connected));
  dialer y{{*parse_address("127.0.0.1", full.port)}, clock::now() + 50ms};
  BOOST_TEST((dial(y) == dialer::progress::failed));
  BOOST_TEST(y.error() == ETIMEDOUT);
  for (auto fd : fillers)
    close(fd);
}

BOOST_AUTO_TEST_CASE(a_way_that_this_machine_lacks_says_nothing_of_the_host) {
  auto no_way = *parse_address("127.0.0.2", 1);
  no_way.storage.ss_family = AF_MAX;
  dialer x{{*parse_address("127.0.0.1", 1), no_way}, clock::now() + 5s};
  BOOST_TEST((dial(x) == dialer::progress::failed));
  BOOST_TEST(x.error() == ECONNREFUSED);
  dialer y{{no_way}, clock::now() + 5s};
  BOOST_TEST((dial(y) == dialer::progress::failed));
  BOOST_TEST(y.error() == EAFNOSUPPORT);
}

BOOST_AUTO_TEST_CASE(all_addresses_that_failed_are_reported) {
  dialer x{{*parse_address("127.0.0.1", 1), *parse_address("127.0.0.2", 1)},
           clock::now() + 5s};
  BOOST_TEST((dial(x) == dialer::progress::failed));
  BOOST_TEST(x.error() == ECONNREFUSED);
  BOOST_TEST(x.report()
             == "127.0.0.1:1 Connection refused; 127.0.0.2:1 Connection "
                "refused");
  BOOST_TEST(x.fd() == -1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_failed_connect_is_told_by_its_reason) {
  const std::pair<int, errc> rows[] = {
    {ECONNREFUSED, errc::refused},    {ECONNRESET, errc::connection_lost},
    {ETIMEDOUT, errc::timeout},       {EHOSTUNREACH, errc::unreachable},
    {ENETUNREACH, errc::unreachable}, {EADDRNOTAVAIL, errc::unreachable},
    {EMFILE, errc::transport_failed},
  };
  for (auto [error, expected] : rows)
    BOOST_TEST_CONTEXT(std::generic_category().message(error))
  BOOST_TEST((diagnose_connect(error) == expected));
}

BOOST_AUTO_TEST_SUITE_END()
