#include <tieline/transports/io/address_cache.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::io;
using namespace std::chrono_literals;

namespace {

struct fixture {
  address_cache cache{3};
  address_cache::clock::time_point now{};

  void put(const std::string& name, const std::string& error = {}) {
    cache.put({name, 22},
              std::make_shared<const resolution>(resolution{{}, error}), now);
  }

  bool has(const std::string& name) const {
    return cache.find({name, 22}, now) != nullptr;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(address_cache_test, fixture)

BOOST_AUTO_TEST_CASE(addresses_are_kept_30_s_and_failures_1_s) {
  put("good");
  put("bad", "no such name");
  now += 999ms;
  BOOST_TEST(has("good"));
  BOOST_TEST(has("bad"));
  now += 1ms;
  BOOST_TEST(!has("bad"));
  now += 29s;
  BOOST_TEST(!has("good"));
}

BOOST_AUTO_TEST_CASE(an_address_of_no_use_is_dropped_but_no_failure) {
  put("good");
  put("bad", "no such name");
  for (const auto* name : {"good", "bad", "unknown"})
    cache.drop({name, 22});
  BOOST_TEST(!has("good"));
  BOOST_TEST(has("bad"));
  put("good");
  BOOST_TEST(has("good"));
}

BOOST_AUTO_TEST_CASE(ports_are_told_apart) {
  put("host");
  BOOST_TEST(!cache.find({"host", 23}, now));
}

BOOST_AUTO_TEST_CASE(a_new_answer_counts_from_its_own_time) {
  put("host", "no such name");
  put("host");
  now += 2s;
  BOOST_TEST(has("host"));
  BOOST_TEST(cache.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_old_is_forgotten) {
  put("a");
  put("b", "no such name");
  now += 30s;
  put("c");
  BOOST_TEST(cache.size() == 1u);
  BOOST_TEST(has("c"));
}

BOOST_AUTO_TEST_CASE(it_never_has_more_than_its_capacity) {
  put("a");
  now += 1s;
  put("b", "no such name");
  put("c");
  put("d");
  // It would have been forgotten first.
  BOOST_TEST(!has("b"));
  put("e");
  BOOST_TEST(!has("a"));
  BOOST_TEST(cache.size() == 3u);
  BOOST_TEST((has("c") && has("d") && has("e")));
}

BOOST_AUTO_TEST_SUITE_END()
