#include "http/wire_server.hpp"
#include "membership/etcd_fixture.hpp"
#include "support/loopback_ports.hpp"

#include <tieline/messages/support/base64.hpp>

#include <boost/test/unit_test.hpp>
#include <poll.h>

#include <atomic>
#include <mutex>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(etcd_shard_test)

BOOST_AUTO_TEST_CASE(a_shard_is_the_own_of_who_comes_first) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.join("a", short_leases(etcd.url()));
  auto b = fixture.join("b", short_leases(etcd.url()));
  BOOST_CHECK_EQUAL(required(fixture.owner(a, 7)), "");
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 7)), "a");
  BOOST_CHECK_EQUAL(required(fixture.acquire(b, 7)), "a");
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 7)), "a");
  BOOST_CHECK_EQUAL(required(fixture.owner(a, 7)), "a");
  BOOST_CHECK_EQUAL(required(fixture.owner(b, 7)), "a");
  BOOST_CHECK_EQUAL(etcd.find("/tieline/shards/7").value().value, "a");
  // What is not one's own cannot be given back.
  required(fixture.release(b, 7));
  BOOST_CHECK_EQUAL(required(fixture.owner(b, 7)), "a");
  required(fixture.release(a, 7));
  BOOST_CHECK_EQUAL(required(fixture.owner(a, 7)), "");
  BOOST_CHECK_EQUAL(required(fixture.acquire(b, 7)), "b");
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 7)), "b");
}

BOOST_AUTO_TEST_CASE(each_of_all_shards_has_one_owner_when_two_race) {
  constexpr uint32_t shards = 1024;
  etcd_server etcd;
  etcd_fixture fixture;
  auto how = short_leases(etcd.url());
  // A busy machine takes its time for so many.
  how.lease = std::chrono::minutes{1};
  auto a = fixture.join("a", how);
  auto b = fixture.join("b", how);
  using response = decltype(fixture.begin<std::string>(a, acquire_atom_v, 0u));
  std::vector<response> from_a;
  std::vector<response> from_b;
  for (uint32_t n = 0; n < shards; ++n) {
    from_a.push_back(fixture.begin<std::string>(a, acquire_atom_v, n));
    from_b.push_back(
      fixture.begin<std::string>(b, acquire_atom_v, shards - 1 - n));
  }
  std::vector<std::string> by_a(shards);
  std::vector<std::string> by_b(shards);
  for (uint32_t n = 0; n < shards; ++n) {
    by_a[n] = required(take<std::string>(std::move(from_a[n])));
    by_b[shards - 1 - n] = required(take<std::string>(std::move(from_b[n])));
  }
  size_t of_a = 0;
  auto stored = etcd.below("/tieline/shards/");
  BOOST_CHECK_EQUAL(stored.size(), shards);
  for (const auto& x : stored) {
    auto n = std::stoul(x.key.substr(16));
    BOOST_CHECK_EQUAL(by_a[n], x.value);
    BOOST_CHECK_EQUAL(by_b[n], x.value);
    of_a += x.value == "a" ? 1 : 0;
  }
  BOOST_TEST_MESSAGE("a has " << of_a);
  BOOST_CHECK(of_a > 0 && of_a < shards);
}

BOOST_AUTO_TEST_CASE(claims_under_way_survive_a_kill_of_etcd) {
  constexpr uint32_t shards = 300;
  etcd_server etcd;
  etcd_fixture fixture;
  auto how = short_leases(etcd.url());
  how.lease = 60s;
  auto a = fixture.join("a", how);
  auto b = fixture.join("b", how);
  using response = decltype(fixture.begin<std::string>(a, acquire_atom_v, 0u));
  std::vector<response> from_a;
  std::vector<response> from_b;
  for (uint32_t n = 0; n < shards; ++n) {
    from_a.push_back(fixture.begin<std::string>(a, acquire_atom_v, n));
    from_b.push_back(fixture.begin<std::string>(b, acquire_atom_v, n));
  }
  required(take<std::string>(std::move(from_a[0])));
  etcd.start_again();
  for (uint32_t n = 0; n < shards; ++n) {
    auto by_b = required(take<std::string>(std::move(from_b[n])));
    if (n > 0)
      BOOST_CHECK_EQUAL(required(take<std::string>(std::move(from_a[n]))),
                        by_b);
    BOOST_CHECK_EQUAL(
      etcd.find("/tieline/shards/" + std::to_string(n)).value().value, by_b);
  }
}

BOOST_AUTO_TEST_CASE(many_who_ask_for_one_shard_share_one_claim) {
  etcd_server etcd;
  etcd_fixture fixture;
  std::atomic<int> claims{0};
  auto key = to_base64("/tieline/shards/5");
  wire_server proxy{[&](wire& peer, int) {
    peer.relay_to(etcd.port(), [&](bool from_peer, std::string_view bytes) {
      if (from_peer && bytes.find(key) != std::string_view::npos
          && bytes.find("CREATE") != std::string_view::npos)
        ++claims;
      return true;
    });
  }};
  auto how = short_leases("http://127.0.0.1:" + std::to_string(proxy.port()));
  auto a = fixture.join("a", how);
  using response = decltype(fixture.begin<std::string>(a, acquire_atom_v, 5u));
  std::vector<response> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(fixture.begin<std::string>(a, acquire_atom_v, 5u));
  for (auto& x : all)
    BOOST_CHECK_EQUAL(required(take<std::string>(std::move(x))), "a");
  BOOST_CHECK_EQUAL(claims, 1);
}

BOOST_AUTO_TEST_CASE(a_shard_that_comes_and_goes_is_known_right) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.join("a", short_leases(etcd.url()));
  using name_response
    = decltype(fixture.begin<std::string>(a, acquire_atom_v, 5u));
  using done_response = decltype(fixture.begin<void>(a, release_atom_v, 5u));
  std::vector<name_response> names;
  std::vector<done_response> done;
  for (int i = 0; i < 50; ++i) {
    names.push_back(fixture.begin<std::string>(a, acquire_atom_v, 5u));
    done.push_back(fixture.begin<void>(a, release_atom_v, 5u));
  }
  for (auto& x : names)
    BOOST_CHECK_EQUAL(required(take<std::string>(std::move(x))), "a");
  for (auto& x : done)
    BOOST_CHECK(take<void>(std::move(x)));
  BOOST_CHECK(!etcd.find("/tieline/shards/5"));
}

namespace {

/// Stands before an etcd and loses the answers to what is said of a key, so
/// many times, after etcd has given them.
class forgetful_proxy {
public:
  forgetful_proxy(uint16_t port, const std::string& key, std::string what,
                  int times)
    : left_(times),
      server_([this, port, name = to_base64(key),
               what = std::move(what)](wire& peer, int) {
        auto doomed = false;
        peer.relay_to(port, [&](bool from_peer, std::string_view bytes) {
          auto has = [bytes](const std::string& x) {
            return bytes.find(x) != std::string_view::npos;
          };
          if (from_peer && has(name) && has(what) && left_ > 0) {
            --left_;
            doomed = true;
          }
          return from_peer || !doomed;
        });
      }) {
    // nop
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port());
  }

  int left() const {
    return left_;
  }

private:
  std::atomic<int> left_;
  wire_server server_;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_claim_whose_answer_is_lost_is_still_answered_right) {
  etcd_server etcd;
  etcd_fixture fixture;
  forgetful_proxy proxy{etcd.port(), "/tieline/shards/5", "CREATE", 1};
  auto a = fixture.join("a", short_leases(proxy.url()));
  auto b = fixture.join("b", short_leases(etcd.url()));
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 5)), "a");
  BOOST_CHECK_EQUAL(proxy.left(), 0);
  BOOST_CHECK_EQUAL(required(fixture.acquire(b, 5)), "a");
  required(fixture.release(a, 5));
  BOOST_CHECK_EQUAL(required(fixture.acquire(b, 5)), "b");
}

BOOST_AUTO_TEST_CASE(a_release_whose_answer_is_lost_is_done) {
  etcd_server etcd;
  etcd_fixture fixture;
  forgetful_proxy proxy{etcd.port(), "/tieline/shards/5",
                        "request_delete_range", 1};
  auto a = fixture.join("a", short_leases(proxy.url()));
  auto b = fixture.join("b", short_leases(etcd.url()));
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 5)), "a");
  required(fixture.release(a, 5));
  BOOST_CHECK_EQUAL(proxy.left(), 0);
  BOOST_CHECK_EQUAL(required(fixture.acquire(b, 5)), "b");
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 5)), "b");
}

BOOST_AUTO_TEST_CASE(a_release_that_comes_late_hits_no_later_claim) {
  etcd_server etcd;
  etcd_fixture fixture;
  std::mutex mutex;
  std::string late;
  // Keeps what is to delete a key, and ends the connection.
  wire_server proxy{[&](wire& peer, int) {
    peer.relay_to(etcd.port(), [&](bool from_peer, std::string_view bytes) {
      if (!from_peer
          || bytes.find("request_delete_range") == std::string_view::npos)
        return true;
      std::lock_guard guard{mutex};
      late = bytes;
      return false;
    });
  }};
  auto how = short_leases("http://127.0.0.1:" + std::to_string(proxy.port()));
  how.lease = 60s;
  auto a = fixture.join("a", how);
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 5)), "a");
  BOOST_CHECK(!fixture.release(a, 5));
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 5)), "a");
  auto claimed = etcd.find("/tieline/shards/5").value();
  std::lock_guard guard{mutex};
  BOOST_REQUIRE(late.find("POST /v3/kv/txn") == 0);
  auto direct = begin_connect(etcd.port());
  wire host{direct.get()};
  pollfd ready{direct.get(), POLLOUT, 0};
  BOOST_REQUIRE_EQUAL(poll(&ready, 1, -1), 1);
  BOOST_REQUIRE(host.say(late));
  ready.events = POLLIN;
  BOOST_REQUIRE_EQUAL(poll(&ready, 1, -1), 1);
  BOOST_CHECK(host.request().find("200 OK") != std::string::npos);
  BOOST_CHECK_EQUAL(etcd.find("/tieline/shards/5").value().mod_revision,
                    claimed.mod_revision);
}

BOOST_AUTO_TEST_CASE(claims_whose_answers_are_all_lost_are_an_error) {
  etcd_server etcd;
  etcd_fixture fixture;
  forgetful_proxy proxy{etcd.port(), "/tieline/shards/5", "request_put",
                        1'000'000};
  // So long that the lease outlives what the losses of the session cost.
  auto how = short_leases(proxy.url());
  how.lease = 60s;
  auto a = fixture.join("a", how);
  auto got = fixture.acquire(a, 5);
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::connection_lost);
  // It is its own in etcd, but not known to be, and can be given back.
  BOOST_CHECK_EQUAL(required(fixture.owner(a, 5)), "a");
  required(fixture.release(a, 5));
  BOOST_CHECK_EQUAL(required(fixture.owner(a, 5)), "");
}

BOOST_AUTO_TEST_SUITE_END()
