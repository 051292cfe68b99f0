#define BOOST_TEST_MODULE messages
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/deep_to_string.hpp>

#include <boost/test/included/unit_test.hpp>

#include <sstream>
#include <unordered_set>

using namespace tieline;

namespace {

struct fixture {
  fixture() {
    init();
  }
};

template <class T>
T over_the_wire(const T& x) {
  caf::byte_buffer buffer;
  caf::binary_serializer sink{nullptr, buffer};
  BOOST_REQUIRE(sink.apply(x));
  T result;
  caf::binary_deserializer source{nullptr, buffer};
  BOOST_REQUIRE(source.apply(result));
  BOOST_CHECK_EQUAL(source.remaining(), 0u);
  return result;
}

connection_params sample_params() {
  connection_params x;
  x.hostname = "10.0.0.1";
  x.port = 830;
  x.username = "admin";
  x.password = secret{"hunter2-password"};
  x.platform = "junos";
  x.extras = {{"known_hosts", "/tmp/kh"}};
  x.secrets = {{"passphrase", secret{"hunter2-passphrase"}}};
  return x;
}

struct permit {
  permit() {
    secret::permit_serialization(true);
  }
  ~permit() {
    secret::permit_serialization(false);
  }
};

template <class Enum>
void check_names(Enum last) {
  BOOST_REQUIRE_EQUAL(std::size(names_of<Enum>::values),
                      static_cast<size_t>(last) + 1);
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i <= static_cast<size_t>(last); ++i) {
    auto x = static_cast<Enum>(i);
    BOOST_CHECK(seen.insert(to_string(x)).second);
    Enum y{};
    auto name = to_string(x);
    BOOST_CHECK(from_string(compat::string_view{name.data(), name.size()}, y));
    BOOST_CHECK(x == y);
  }
  Enum y{};
  BOOST_CHECK(!from_integer(
    static_cast<std::underlying_type_t<Enum>>(static_cast<int>(last) + 1), y));
  BOOST_CHECK(!from_string(compat::string_view{"no such name"}, y));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(messages, fixture)

BOOST_AUTO_TEST_CASE(keys_compare_both_parts_byte_by_byte) {
  connection_key a{"ab", "c"};
  BOOST_CHECK(a == (connection_key{"ab", "c"}));
  BOOST_CHECK(a != (connection_key{"a", "bc"}));
  BOOST_CHECK(a != (connection_key{"AB", "c"}));
  BOOST_CHECK((connection_key{"a", "z"}) < (connection_key{"b", "a"}));
  BOOST_CHECK((connection_key{}) == (connection_key{"", ""}));
  BOOST_CHECK_EQUAL(to_string(connection_key{"r1", "ssh"}), "ssh://r1");
}

BOOST_AUTO_TEST_CASE(keys_hash_apart) {
  std::hash<connection_key> hash;
  BOOST_CHECK_EQUAL(hash({"ab", "c"}), hash({"ab", "c"}));
  BOOST_CHECK_NE(hash({"ab", "c"}), hash({"a", "bc"}));
  BOOST_CHECK_NE(hash({"ab", "c"}), hash({"c", "ab"}));
}

BOOST_AUTO_TEST_CASE(secrets_never_print) {
  auto text = caf::deep_to_string(sample_params());
  BOOST_CHECK(text.find("hunter2") == std::string::npos);
  BOOST_CHECK(text.find("***") != std::string::npos);
  BOOST_CHECK(text.find("admin") != std::string::npos);
  auto message = caf::make_message(sample_params());
  BOOST_CHECK(to_string(message).find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_is_withheld_unless_told_otherwise) {
  auto got = over_the_wire(sample_params());
  BOOST_CHECK(got.password.withheld());
  BOOST_CHECK(got.password.empty());
  BOOST_CHECK(got.secrets.at("passphrase").withheld());
  BOOST_CHECK_EQUAL(got.username, "admin");
}

BOOST_AUTO_TEST_CASE(a_secret_crosses_when_told) {
  permit permission;
  auto got = over_the_wire(sample_params());
  BOOST_CHECK(got == sample_params());
  BOOST_CHECK_EQUAL(got.password.reveal(), "hunter2-password");
}

BOOST_AUTO_TEST_CASE(an_empty_secret_is_not_withheld) {
  BOOST_CHECK(!over_the_wire(secret{}).withheld());
}

BOOST_AUTO_TEST_CASE(a_secret_is_wiped_when_destroyed) {
  alignas(secret) unsigned char room[sizeof(secret)];
  // Short enough to be stored in place, so that the bytes can be looked at.
  auto* x = new (room) secret{"hunter2"};
  const auto* value = x->reveal().data();
  BOOST_REQUIRE(reinterpret_cast<const unsigned char*>(value) >= room
                && reinterpret_cast<const unsigned char*>(value)
                     < room + sizeof(room));
  x->~secret();
  std::string_view left{reinterpret_cast<const char*>(room), sizeof(room)};
  BOOST_CHECK(left.find("hunter") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_moved_from_secret_is_empty) {
  secret x{"abc"};
  secret y{std::move(x)};
  BOOST_CHECK(x.empty()); // NOLINT: the point of this test
  BOOST_CHECK_EQUAL(y.reveal(), "abc");
  secret z;
  z = std::move(y);
  BOOST_CHECK(y.empty()); // NOLINT: the point of this test
  BOOST_CHECK(z == secret{"abc"});
  BOOST_CHECK(z != secret{"abd"});
  BOOST_CHECK(z != secret{"ab"});
}

BOOST_AUTO_TEST_CASE(every_enum_has_a_name_for_each_value) {
  check_names(errc::transport_failed);
  check_names(step::session);
  check_names(connection_state::closing);
  check_names(connection_event::open_failed);
}

BOOST_AUTO_TEST_CASE(every_errc_has_a_sentence_of_its_own) {
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < std::size(names_of<errc>::values); ++i)
    BOOST_CHECK(seen.insert(sentence(static_cast<errc>(i))).second);
}

BOOST_AUTO_TEST_CASE(an_error_says_who_what_where_and_why) {
  auto x = make_error(errc::auth_failed,
                      {{"r1", "ssh"}, step::auth, "tried password"});
  BOOST_CHECK(code_of(x) == errc::auth_failed);
  BOOST_CHECK(x == errc::auth_failed);
  BOOST_CHECK_EQUAL(failure_of(x).cause, "tried password");
  BOOST_CHECK_EQUAL(
    describe(x),
    "ssh://r1: authentication failed (authentication): tried password");
  auto y = over_the_wire(x);
  BOOST_CHECK_EQUAL(describe(y), describe(x));
}

BOOST_AUTO_TEST_CASE(a_foreign_error_is_described_too) {
  caf::error x{caf::sec::runtime_error};
  BOOST_CHECK(code_of(x) == errc::none);
  BOOST_CHECK(failure_of(x).cause.empty());
  BOOST_CHECK_EQUAL(describe(x), to_string(x));
  BOOST_CHECK(code_of(caf::error{}) == errc::none);
}

BOOST_AUTO_TEST_CASE(requests_replies_and_statuses_cross_the_wire) {
  request ask{"show version", {{"stdin", "x"}}, std::chrono::seconds{3}, 10};
  auto got = over_the_wire(ask);
  BOOST_CHECK_EQUAL(got.body, ask.body);
  BOOST_CHECK(got.attributes == ask.attributes);
  BOOST_CHECK(got.timeout == ask.timeout);
  BOOST_CHECK_EQUAL(got.output_limit, 10u);
  reply back{"out", "err", -1, {{"exit_signal", "KILL"}}, caf::timespan{7}};
  BOOST_CHECK_EQUAL(over_the_wire(back).attributes.at("exit_signal"), "KILL");
  connection_status status;
  status.key = {"r1", "ssh"};
  status.state = connection_state::backoff;
  status.last_error = make_error(errc::refused, {});
  auto seen = over_the_wire(status);
  BOOST_CHECK(seen.state == connection_state::backoff);
  BOOST_CHECK(seen.last_error == errc::refused);
}

BOOST_AUTO_TEST_CASE(type_ids_start_where_the_host_wants_them) {
  BOOST_CHECK_EQUAL(caf::id_block::tieline_first_type_id,
                    TIELINE_FIRST_TYPE_ID);
  auto first = static_cast<size_t>(TIELINE_FIRST_TYPE_ID);
  auto last = static_cast<size_t>(caf::id_block::tieline_actors::end);
  BOOST_CHECK_LE(last - first, 60u);
}

BOOST_AUTO_TEST_SUITE_END()
