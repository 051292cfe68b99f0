#include <tieline/transports/http/profile.hpp>

#include <caf/config_option_set.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace tieline;
using namespace tieline::http;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

struct type_ids {
  type_ids() {
    init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(type_ids);

const connection_key key{"r1", "http"};

connection_params good_params() {
  connection_params result;
  result.hostname = "192.0.2.1";
  return result;
}

struct row {
  const char* name;
  const char* value;
  bool good;
};

std::ostream& operator<<(std::ostream& out, const row& x) {
  return out << x.name << " = " << x.value;
}

const row extras[] = {
  {"scheme", "http", true},
  {"scheme", "https", true},
  {"scheme", "ftp", false},
  {"scheme", "", false},
  {"open_path", "/", true},
  {"open_path", "", true},
  {"open_path", "/a?b", true},
  {"open_path", "a", false},
  {"open_path", "/a b", false},
  {"connect_timeout", "500ms", true},
  {"connect_timeout", "1h", true},
  {"connect_timeout", "2h", false},
  {"connect_timeout", "10", false},
  {"connect_timeout", "0s", false},
  {"response_timeout", "1s", true},
  {"response_timeout", "soon", false},
  {"http_version", "negotiate", true},
  {"http_version", "1.1", true},
  {"http_version", "2", true},
  {"http_version", "3", false},
  {"auth", "auto", true},
  {"auth", "none", true},
  {"auth", "digest", false},
  // There is nobody to log in as.
  {"auth", "basic", false},
  {"auth", "bearer", false},
  {"verify", "true", true},
  {"verify", "false", true},
  {"verify", "no", false},
  {"ca_file", "/etc/ssl/x.pem", true},
  {"client_cert_file", "~/me.pem", true},
  // There is no certificate.
  {"client_key_file", "~/me.key", false},
  {"token_file", "/run/token", true},
  {"proxy", "http://proxy:3128", true},
  {"proxy", "http://proxy:3128/", true},
  {"proxy", "http://[2001:db8::1]:3128", true},
  {"proxy", "socks5h://proxy:1080", true},
  {"proxy", "socks5://proxy:1080", false},
  {"proxy", "https://proxy:3128", false},
  {"proxy", "http://proxy", false},
  {"proxy", "http://me:secret@proxy:3128", false},
  {"proxy", "proxy", false},
  {"proxy_username", "me", true},
  {"redirects", "0", true},
  {"redirects", "20", true},
  {"redirects", "21", false},
  {"max_requests", "1", true},
  {"max_requests", "1000", true},
  {"max_requests", "0", false},
  {"max_requests", "1001", false},
  {"max_connections", "100", true},
  {"max_connections", "0", false},
  {"max_connections", "101", false},
  {"max-requests", "8", false},
  {"no_such_thing", "1", false},
};

struct misfit {
  const char* named;
  void (*change)(connection_params&);
};

std::ostream& operator<<(std::ostream& out, const misfit& x) {
  return out << x.named;
}

const misfit misfits[] = {
  {"port", [](auto& x) { x.port = 0; }},
  {"secrets.pin", [](auto& x) { x.secrets["pin"] = secret{"1"}; }},
  {"password",
   [](auto& x) {
     x.password = secret{std::string_view{"a\0b", 3}};
   }},
  {"secrets.token", [](auto& x) { x.secrets["token"] = secret{"abc\r\nx"}; }},
  {"extras.http_version",
   [](auto& x) {
     x.extras["scheme"] = "http";
     x.extras["http_version"] = "2";
   }},
};

caf::expected<profile> made(const connection_params& params) {
  return make_profile(key, params, {});
}

std::string cause_of(const connection_params& params) {
  auto result = made(params);
  return result ? "" : failure_of(result.error()).cause;
}

caf::settings config_of(const char* name, caf::config_value value) {
  caf::settings result;
  caf::put(result, std::string{"tieline.http."} + name, std::move(value));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_DATA_TEST_CASE(extras_are_checked_and_named_when_wrong,
                     data::make(extras), x) {
  auto params = good_params();
  params.extras[x.name] = x.value;
  auto result = made(params);
  BOOST_TEST(bool(result) == x.good);
  if (x.good || result)
    return;
  BOOST_TEST((code_of(result.error()) == errc::invalid_params));
  auto cause = failure_of(result.error()).cause;
  BOOST_TEST_INFO(cause);
  BOOST_TEST((cause.find(x.name) != std::string::npos
              || std::string_view{x.name} == "auth"
              || std::string_view{x.name} == "client_key_file"));
  BOOST_TEST(cause.find("me:secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_to_connect_to_follows_from_scheme_host_and_proxy) {
  auto params = good_params();
  BOOST_TEST(made(params)->origin == "https://192.0.2.1:443");
  params.extras["scheme"] = "http";
  BOOST_TEST(made(params)->origin == "http://192.0.2.1:80");
  params.port = 8080;
  params.hostname = "2001:db8::1";
  BOOST_TEST(made(params)->origin == "http://[2001:db8::1]:8080");
  params.hostname = "fe80::1%lo";
  BOOST_TEST(made(params)->origin == "http://[fe80::1%25lo]:8080");
  BOOST_TEST(made(params)->dial_host == "fe80::1%lo");
  BOOST_TEST(made(params)->dial_port == 8080);
  params.extras["proxy"] = "http://[2001:db8::2]:3128";
  BOOST_TEST(made(params)->dial_host == "2001:db8::2");
  BOOST_TEST(made(params)->dial_port == 3128);
}

BOOST_AUTO_TEST_CASE(how_to_log_in_follows_from_what_there_is) {
  auto chosen = [](const connection_params& params) {
    auto result = made(params);
    return result ? to_string(result->options.auth)
                  : failure_of(result.error()).cause;
  };
  auto params = good_params();
  BOOST_TEST(chosen(params) == "none");
  params.username = "me";
  BOOST_TEST(chosen(params) == "basic");
  params.extras["token_file"] = "/x";
  BOOST_TEST(chosen(params) == "bearer");
  params.extras.erase("token_file");
  params.secrets["token"] = secret{"abc"};
  BOOST_TEST(chosen(params) == "bearer");
  params.extras["auth"] = "basic";
  BOOST_TEST(chosen(params) == "basic");
  params.username = "me:you";
  BOOST_TEST(chosen(params).find("username") == 0u);
  params.extras["auth"] = "none";
  BOOST_TEST(chosen(params) == "none");
}

BOOST_DATA_TEST_CASE(params_that_cannot_work_are_refused, data::make(misfits),
                     what) {
  auto params = good_params();
  what.change(params);
  auto cause = cause_of(params);
  BOOST_TEST_INFO(cause);
  BOOST_TEST(cause.find(what.named) == 0u);
  BOOST_TEST(cause.find("abc") == std::string::npos);
}

BOOST_DATA_TEST_CASE(a_host_that_is_no_host_is_refused,
                     data::make({"", "a b", "a/b", "a@b", "a:80", "[::1]",
                                 "\xc3\xa4"}),
                     host) {
  auto params = good_params();
  params.hostname = host;
  BOOST_TEST(cause_of(params).find("hostname") == 0u);
}

BOOST_AUTO_TEST_CASE(settings_are_read_under_their_names_with_dashes) {
  auto result = http_options::load(
    config_of("response-timeout", caf::config_value{caf::timespan{2s}}));
  BOOST_REQUIRE(result);
  BOOST_TEST((result->response_timeout == caf::timespan{2s}));
  result = http_options::load(config_of("verify", caf::config_value{false}));
  BOOST_REQUIRE(result);
  BOOST_TEST(!result->verify);
  BOOST_TEST(bool(http_options::load({})));
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_named) {
  const std::pair<const char*, caf::config_value> wrong[] = {
    {"connect-timeout", caf::config_value{5}},
    {"max-requests", caf::config_value{0}},
    {"max_requests", caf::config_value{5}},
    {"scheme", caf::config_value{"gopher"}},
    {"no-such-setting", caf::config_value{1}},
    {"token-source", caf::config_value{1}},
  };
  for (const auto& [name, value] : wrong) {
    BOOST_TEST_CONTEXT(name) {
      auto result = http_options::load(config_of(name, value));
      BOOST_REQUIRE(!result);
      BOOST_TEST((code_of(result.error()) == errc::invalid_setting));
      BOOST_TEST(failure_of(result.error()).cause.find(name)
                 != std::string::npos);
    }
  }
  caf::settings config;
  caf::put(config, "tieline.http", 5);
  BOOST_TEST(!http_options::load(config));
}

BOOST_AUTO_TEST_CASE(all_settings_can_be_given_on_the_command_line) {
  caf::config_option_set options;
  http_options::add_options(options);
  caf::settings parsed;
  auto result = options.parse(
    parsed,
    {"--tieline.http.connect-timeout=3s", "--tieline.http.max-requests=4",
     "--tieline.http.http-version=1.1", "--tieline.http.verify=false",
     "--tieline.http.open-path=/x", "--tieline.http.ca-file=/tmp/ca"});
  BOOST_TEST((result.first == caf::pec::success));
  auto loaded = http_options::load(parsed);
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->connect_timeout == caf::timespan{3s}));
  BOOST_TEST(loaded->max_requests == 4u);
  BOOST_TEST((loaded->http_version == http_version::http_1_1));
  BOOST_TEST(!loaded->verify);
  BOOST_TEST(loaded->open_path == "/x");
  BOOST_TEST(loaded->ca_file == "/tmp/ca");
}

BOOST_AUTO_TEST_CASE(options_given_as_a_struct_are_checked_too) {
  BOOST_TEST(http_options{}.check().empty());
  auto wrong = [](auto change) {
    http_options options;
    change(options);
    return failure_of(options.check()).cause;
  };
  BOOST_TEST(wrong([](auto& x) { x.scheme = "ftp"; })
             == "tieline.http.scheme: out of range");
  BOOST_TEST(wrong([](auto& x) { x.max_requests = 0; })
             == "tieline.http.max-requests: out of range");
  BOOST_TEST(wrong([](auto& x) { x.open_path = "a"; })
             == "tieline.http.open-path: out of range");
}

BOOST_AUTO_TEST_SUITE_END()
