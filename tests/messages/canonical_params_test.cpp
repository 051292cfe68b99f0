#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/canonical_params.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <string>

using namespace tieline;

namespace {

using texts = std::map<std::string, std::string>;

/// A plugin with an extra of each kind.
plugin_traits plugin() {
  plugin_traits result;
  result.ports = {{80, "scheme", "plain"}, {443}};
  result.extras = {
    {"scheme", option_kind::choice, "secure"},
    {"connect-timeout", option_kind::time, "10s"},
    {"max_requests", option_kind::number, "8"},
    {"share", option_kind::decimal, "0.5"},
    {"verify", option_kind::flag, "true"},
    {"ca-file", option_kind::text, ""},
    {"ciphers", option_kind::list, "a, b"},
  };
  result.secrets = {"passphrase"};
  return result;
}

connection_params with_host(std::string hostname) {
  connection_params result;
  result.hostname = std::move(hostname);
  return result;
}

connection_params with_extras(texts extras,
                              std::optional<uint16_t> port = std::nullopt) {
  auto result = with_host("r1");
  result.extras = std::move(extras);
  result.port = port;
  return result;
}

connection_params with_secret(const std::string& name,
                              const std::string& value) {
  auto result = with_host("r1");
  result.secrets[name] = secret{value};
  return result;
}

struct host_row {
  const char* given;
  const char* canonical;
};

constexpr host_row host_rows[] = {
  {"r1.example.com", "r1.example.com"},
  {"R1.Example.COM", "r1.example.com"},
  {"192.0.2.1", "192.0.2.1"},
  {"2001:DB8::1", "2001:db8::1"},
  {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
  {"::FFFF:192.0.2.1", "::ffff:192.0.2.1"},
  // The name of an interface has a case.
  {"FE80::1%Eth0", "fe80::1%Eth0"},
  // Without the dot it may be another host, by the search list.
  {"r1.example.com.", "r1.example.com."},
  {"no:address", "no:address"},
  {"\xc3\x84.example", "\xc3\x84.example"},
  {"", ""},
};

struct extras_row {
  const char* name;
  texts given;
  texts canonical;
};

const extras_row extras_rows[] = {
  {"none", {}, {}},
  {"at their defaults",
   {{"scheme", "secure"},
    {"connect_timeout", "10s"},
    {"max_requests", "8"},
    {"share", "0.5"},
    {"verify", "true"},
    {"ca_file", ""},
    {"ciphers", "a, b"}},
   {}},
  {"at their defaults, written otherwise",
   {{"connect-timeout", "10000ms"},
    {"max-requests", "0x8"},
    {"share", "0.50"},
    {"ciphers", R"(["a", "b"])"}},
   {}},
  {"a name with dashes", {{"ca-file", "/x"}}, {{"ca_file", "/x"}}},
  {"a time",
   {{"connect_timeout", "1s"}},
   {{"connect_timeout", "1000000000ns"}}},
  {"the same time",
   {{"connect_timeout", "1000ms"}},
   {{"connect_timeout", "1000000000ns"}}},
  {"almost the same",
   {{"connect_timeout", "1000000001ns"}},
   {{"connect_timeout", "1000000001ns"}}},
  {"a choice", {{"scheme", "plain"}}, {{"scheme", "plain"}}},
  {"a flag", {{"verify", "false"}}, {{"verify", "false"}}},
  // These the plugin refuses, in the caller's own words.
  {"no time", {{"connect_timeout", "soon"}}, {{"connect_timeout", "soon"}}},
  {"no flag", {{"verify", "perhaps"}}, {{"verify", "perhaps"}}},
  {"there twice",
   {{"ca-file", "/x"}, {"ca_file", "/x"}},
   {{"ca-file", "/x"}, {"ca_file", "/x"}}},
  {"there twice, at its default",
   {{"ca-file", ""}, {"ca_file", ""}},
   {{"ca-file", ""}, {"ca_file", ""}}},
  {"unknown ones are what they are",
   {{"a-b", "1s"}, {"a_b", "true"}},
   {{"a-b", "1s"}, {"a_b", "true"}}},
  // Case means something here.
  {"a text in another case", {{"ca_file", "/X"}}, {{"ca_file", "/X"}}},
};

struct port_row {
  const char* name;
  connection_params given;
  std::optional<uint16_t> port;
};

const port_row port_rows[] = {
  {"the default", with_extras({}), 443},
  {"written out", with_extras({}, 443), 443},
  {"another", with_extras({}, 8443), 8443},
  {"by an extra", with_extras({{"scheme", "plain"}}), 80},
  {"by an extra at its default", with_extras({{"scheme", "secure"}}), 443},
  {"by an extra, overruled", with_extras({{"scheme", "plain"}}, 443), 443},
  {"zero, which is none", with_extras({}, uint16_t{0}), uint16_t{0}},
};

struct same_row {
  const char* name;
  connection_params x;
  connection_params y;
  bool same;
};

connection_params logs_in_as(const std::string& username,
                             const std::string& password,
                             const std::string& platform = "") {
  auto result = with_host("r1");
  result.username = username;
  result.password = secret{password};
  result.platform = platform;
  return result;
}

const same_row same_rows[] = {
  {"nothing", {}, {}, true},
  {"a host in another case", with_host("R1"), with_host("r1"), true},
  {"another host", with_host("r1"), with_host("r2"), false},
  {"the default port", with_extras({}, 443), with_extras({}), true},
  {"the port of another scheme", with_extras({}, 80), with_extras({}), false},
  {"an extra at its default", with_extras({{"verify", "true"}}),
   with_extras({}), true},
  {"an extra", with_extras({{"verify", "false"}}), with_extras({}), false},
  {"dashes", with_extras({{"ca-file", "/x"}}), with_extras({{"ca_file", "/x"}}),
   true},
  {"the same login", logs_in_as("a", "b"), logs_in_as("a", "b"), true},
  {"a username in another case", logs_in_as("a", "b"), logs_in_as("A", "b"),
   false},
  {"another password", logs_in_as("a", "b"), logs_in_as("a", "c"), false},
  {"another platform", logs_in_as("a", "b", "x"), logs_in_as("a", "b", "y"),
   false},
  {"an empty secret", with_secret("passphrase", ""), with_host("r1"), true},
  {"an empty secret that the plugin does not know", with_secret("other", ""),
   with_host("r1"), false},
  {"a secret", with_secret("passphrase", "x"), with_host("r1"), false},
  {"another secret", with_secret("passphrase", "x"),
   with_secret("passphrase", "y"), false},
};

/// A plugin that reads files which may say more.
plugin_traits plugin_with_files() {
  plugin_traits result;
  result.ports = {{22, "files", ""}};
  result.extras = {
    {"files", option_kind::text, ""},
    {"timeout", option_kind::time, "10s", "files"},
  };
  return result;
}

struct fixture {
  fixture() {
    init();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(canonical_params_test, fixture)

BOOST_AUTO_TEST_CASE(a_host_has_one_name) {
  for (const auto& r : host_rows)
    for (const auto& known : {plugin_traits{}, plugin()})
      BOOST_TEST(canonical(with_host(r.given), known).hostname == r.canonical);
}

BOOST_AUTO_TEST_CASE(extras_are_written_in_one_way) {
  for (const auto& r : extras_rows)
    BOOST_TEST_CONTEXT(r.name) {
      auto got = canonical(with_extras(r.given), plugin());
      BOOST_CHECK(got.extras == r.canonical);
      // Once more changes nothing.
      auto again = canonical(with_extras(got.extras), plugin());
      BOOST_CHECK(again.extras == r.canonical);
    }
}

BOOST_AUTO_TEST_CASE(a_port_that_is_not_given_is_the_default) {
  for (const auto& r : port_rows)
    BOOST_TEST_CONTEXT(r.name)
  BOOST_CHECK(canonical(r.given, plugin()).port == r.port);
}

BOOST_AUTO_TEST_CASE(of_a_plugin_that_tells_nothing_all_is_as_it_is_given) {
  for (const auto& r : extras_rows) {
    auto got = canonical(with_extras(r.given), {});
    BOOST_CHECK(got.extras == r.given);
    BOOST_CHECK(!got.port);
  }
}

BOOST_AUTO_TEST_CASE(params_mean_the_same_as_the_table_says) {
  for (const auto& r : same_rows)
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(mean_same(r.x, r.y, plugin(), "ssh") == r.same);
      BOOST_TEST(mean_same(r.y, r.x, plugin(), "ssh") == r.same);
      BOOST_TEST(mean_same(r.x, r.x, plugin(), "ssh"));
    }
}

BOOST_AUTO_TEST_CASE(where_files_may_say_more_a_default_is_none) {
  auto plain = with_extras({});
  auto written_out = with_extras({{"timeout", "10s"}}, 22);
  BOOST_TEST(mean_same(plain, written_out, plugin_with_files(), "ssh"));
  plain.extras["files"] = "/etc/more";
  written_out.extras["files"] = "/etc/more";
  BOOST_TEST(!mean_same(plain, written_out, plugin_with_files(), "ssh"));
  auto only_extra = plain;
  only_extra.extras["timeout"] = "10s";
  BOOST_TEST(!mean_same(plain, only_extra, plugin_with_files(), "ssh"));
  auto only_port = plain;
  only_port.port = 22;
  BOOST_TEST(!mean_same(plain, only_port, plugin_with_files(), "ssh"));
  auto in_capitals = plain;
  in_capitals.hostname = "R1";
  BOOST_TEST(!mean_same(plain, in_capitals, plugin_with_files(), "ssh"));
  // What is written out is the same in any spelling all the same.
  auto otherwise = written_out;
  otherwise.extras["timeout"] = "10000ms";
  BOOST_TEST(mean_same(written_out, otherwise, plugin_with_files(), "ssh"));
  // By default there may be files, and none for one connection.
  auto with_default = plugin_with_files();
  with_default.extras.front().fallback = "/etc/more";
  BOOST_TEST(
    !mean_same(with_extras({}), with_extras({}, 22), with_default, "ssh"));
  BOOST_TEST(mean_same(with_extras({{"files", ""}}),
                       with_extras({{"files", ""}}, 22), with_default, "ssh"));
}

BOOST_AUTO_TEST_CASE(jump_hosts_are_the_same_however_they_are_written) {
  auto behind = [](const char* name, connection_params way) {
    connection_params result;
    result.via.push_back({{"bastion", name}, std::move(way)});
    return result;
  };
  auto plain = with_extras({});
  auto written_out = with_extras({}, 443);
  BOOST_TEST(mean_same(behind("ssh", plain), behind("ssh", written_out),
                       plugin(), "ssh"));
  BOOST_TEST(!mean_same(behind("ssh", plain), behind("ssh", written_out),
                        plugin(), "netconf"));
  BOOST_TEST(!mean_same(behind("ssh", plain),
                        behind("ssh", with_extras({}, 2222)), plugin(), "ssh"));
  BOOST_TEST(
    !mean_same(behind("ssh", plain), connection_params{}, plugin(), "ssh"));
}

BOOST_AUTO_TEST_SUITE_END()
