#include <tieline/transports/http/profile.hpp>

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
  {"auth", "auto", true},
  {"auth", "none", true},
  {"auth", "digest", false},
  // There is nobody to log in as.
  {"auth", "basic", false},
  {"auth", "bearer", false},
  {"client_cert_file", "~/me.pem", true},
  // There is no certificate.
  {"client_key_file", "~/me.key", false},
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
  {"no_such_thing", "1", false},
  {"token", "a_secret", false},
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
                     data::make({"", "a b", "a/b", "a@b", "a:80", "\xc3\xa4"}),
                     host) {
  auto params = good_params();
  params.hostname = host;
  BOOST_TEST(cause_of(params).find("hostname") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
