#include <tieline/transports/etcd/messages.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

// What etcd 3.4.23 has answered.
const std::string header
  = R"("header":{"cluster_id":"324952591200643719","member_id":"33","revision":"7","raft_term":"2"})";

std::string with_header(const std::string& more) {
  return '{' + header + (more.empty() ? "" : ",") + more + '}';
}

// None of them may be taken for an answer.
const std::vector<std::string> garbage = {
  "",
  "{",
  "null",
  "[]",
  "7",
  "{}",
  "<html><body>502 Bad Gateway</body></html>",
  R"({"header":7})",
  R"({"error":"x"})",
  std::string(1000, '['),
  "\xff\xfe",
};

} // namespace

BOOST_AUTO_TEST_SUITE(etcd_messages_test)

BOOST_AUTO_TEST_CASE(questions_are_what_etcd_understands) {
  struct row {
    std::string made;
    const char* text;
  };
  const row rows[] = {
    {etcd::grant(30s), R"({"TTL":"30"})"},
    {etcd::by_id(77), R"({"ID":"77"})"},
    {etcd::range("a"), R"({"key":"YQ=="})"},
    {etcd::range_below("a"), R"({"key":"YQ==","range_end":"Yg=="})"},
    {etcd::transaction({"a", "b", 7, 0}),
     R"({"compare":[{"create_revision":"0","key":"YQ==","result":"EQUAL","target":"CREATE"}],)"
     R"("failure":[{"request_range":{"key":"YQ=="}}],)"
     R"("success":[{"request_put":{"key":"YQ==","lease":"7","value":"Yg=="}}]})"},
    {etcd::transaction({"a", "b", 7, 9}),
     R"({"compare":[{"key":"YQ==","mod_revision":"9","result":"EQUAL","target":"MOD"}],)"
     R"("failure":[{"request_range":{"key":"YQ=="}}],)"
     R"("success":[{"request_put":{"key":"YQ==","lease":"7","value":"Yg=="}}]})"},
    {etcd::transaction({"a", std::nullopt, 7, 9}),
     R"({"compare":[{"key":"YQ==","mod_revision":"9","result":"EQUAL","target":"MOD"}],)"
     R"("success":[{"request_delete_range":{"key":"YQ=="}}]})"},
    {etcd::authenticate("u", "p\"q\\\x1f"),
     R"({"name":"u","password":"p\"q\\\u001f"})"},
  };
  for (const auto& [made, text] : rows)
    BOOST_CHECK_EQUAL(made, text);
}

BOOST_AUTO_TEST_CASE(leases_are_read) {
  auto granted = etcd::read_lease(with_header(R"("ID":"77","TTL":"30")"));
  BOOST_REQUIRE(granted);
  BOOST_CHECK_EQUAL(granted->id, 77);
  BOOST_CHECK(granted->ttl == 30s);
  auto kept = etcd::read_lease(
    R"({"result":)" + with_header(R"("ID":"77","TTL":"29")") + "}\n");
  BOOST_REQUIRE(kept);
  BOOST_CHECK(kept->ttl == 29s);
  auto gone
    = etcd::read_lease(R"({"result":)" + with_header(R"("ID":"77")") + '}');
  BOOST_REQUIRE(gone);
  BOOST_CHECK(gone->ttl == 0s);
  auto odd = etcd::read_lease(with_header(R"("ID":"77","TTL":"-5")"));
  BOOST_REQUIRE(odd);
  BOOST_CHECK(odd->ttl == 0s);
  for (auto more :
       {R"("ID":"0","TTL":"30")", R"("TTL":"30")", R"("ID":"x","TTL":"30")",
        R"("ID":"77","TTL":[])", R"("ID":"99999999999999999999","TTL":"30")"})
    BOOST_CHECK(!etcd::read_lease(with_header(more)));
}

BOOST_AUTO_TEST_CASE(ranges_are_read) {
  auto none = etcd::read_range(with_header(""));
  BOOST_REQUIRE(none);
  BOOST_CHECK(none->empty());
  auto one = etcd::read_range(with_header(
    R"("kvs":[{"key":"YQ==","create_revision":"2","mod_revision":"3","version":"1","value":"Yg==","lease":"7"},)"
    R"({"key":"Yg==","create_revision":"4","mod_revision":"4"}],"count":"2")"));
  BOOST_REQUIRE(one);
  BOOST_REQUIRE_EQUAL(one->size(), 2u);
  BOOST_CHECK_EQUAL(one->front().key, "a");
  BOOST_CHECK_EQUAL(one->front().value, "b");
  BOOST_CHECK_EQUAL(one->front().create_revision, 2);
  BOOST_CHECK_EQUAL(one->front().mod_revision, 3);
  BOOST_CHECK_EQUAL(one->front().lease, 7);
  BOOST_CHECK_EQUAL(one->back().value, "");
  BOOST_CHECK_EQUAL(one->back().lease, 0);
  for (auto more : {R"("kvs":7)", R"("kvs":[7])", R"("kvs":[{}])",
                    R"("kvs":[{"key":"!","create_revision":"2"}])",
                    R"("kvs":[{"key":"YQ==","create_revision":"2","value":7}])",
                    R"("kvs":[{"key":"YQ==","create_revision":"x"}])"})
    BOOST_CHECK(!etcd::read_range(with_header(more)));
}

BOOST_AUTO_TEST_CASE(transactions_are_read) {
  auto done = etcd::read_transaction(
    with_header(R"("succeeded":true,"responses":[{"response_put":{}}])"));
  BOOST_REQUIRE(done);
  BOOST_CHECK(done->succeeded);
  BOOST_CHECK_EQUAL(done->revision, 7);
  auto refused = etcd::read_transaction(with_header(
    R"("responses":[{"response_range":{"header":{"revision":"2"},)"
    R"("kvs":[{"key":"YQ==","create_revision":"2","mod_revision":"2","value":"Yg=="}],"count":"1"}}])"));
  BOOST_REQUIRE(refused);
  BOOST_CHECK(!refused->succeeded);
  BOOST_REQUIRE(refused->found);
  BOOST_CHECK_EQUAL(refused->found->value, "b");
  auto nothing = etcd::read_transaction(with_header(""));
  BOOST_REQUIRE(nothing);
  BOOST_CHECK(!nothing->succeeded);
  BOOST_CHECK(!nothing->found);
  for (auto more : {R"("succeeded":"yes")", R"("responses":7)",
                    R"("responses":[{"response_range":{"kvs":[{}]}}])"})
    BOOST_CHECK(!etcd::read_transaction(with_header(more)));
  BOOST_CHECK(!etcd::read_transaction(R"({"header":{},"succeeded":true})"));
}

BOOST_AUTO_TEST_CASE(troubles_are_read) {
  auto unary = etcd::read_trouble(
    R"({"error":"etcdserver: requested lease not found","message":"etcdserver: requested lease not found","code":5})");
  BOOST_REQUIRE(unary);
  BOOST_CHECK(unary->not_found());
  BOOST_CHECK(!unary->denied());
  BOOST_CHECK(!unary->of_member());
  BOOST_CHECK_EQUAL(unary->message, "etcdserver: requested lease not found");
  // With the gateway of Debian 13's etcd 3.5.16.
  auto newer = etcd::read_trouble(
    R"({"code":5, "message":"etcdserver: requested lease not found"})");
  BOOST_REQUIRE(newer);
  BOOST_CHECK(newer->not_found());
  BOOST_CHECK_EQUAL(newer->message, "etcdserver: requested lease not found");
  auto newer_stream = etcd::read_trouble(
    R"({"error":{"code":14, "message":"etcdserver: no leader", "details":[]}})");
  BOOST_REQUIRE(newer_stream);
  BOOST_CHECK(newer_stream->of_member());
  auto stream = etcd::read_trouble(
    R"({"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: no leader","http_status":"Service Unavailable"}})");
  BOOST_REQUIRE(stream);
  BOOST_CHECK(stream->of_member());
  struct row {
    etcd::trouble what;
    bool login;
    bool denied;
  };
  const row rows[] = {
    {{16, "etcdserver: invalid auth token"}, true, true},
    {{3, "etcdserver: user name is empty"}, true, true},
    {{3, "etcdserver: revision of auth store is old"}, true, true},
    {{3, "whatever it is called"}, true, true},
    {{7, "etcdserver: permission denied"}, false, true},
    {{5, "etcdserver: requested lease not found"}, false, false},
    {{9, "etcdserver: authentication is not enabled"}, false, false},
    {{14, "etcdserver: no leader"}, false, false},
  };
  for (const auto& [what, login, denied] : rows) {
    BOOST_TEST_CONTEXT(what.message) {
      BOOST_CHECK_EQUAL(what.login_needed(), login);
      BOOST_CHECK_EQUAL(what.denied(), denied);
    }
  }
  BOOST_CHECK(!etcd::read_trouble(with_header("")));
  BOOST_CHECK(!etcd::read_trouble(R"({"error":"x","code":0})"));
  BOOST_CHECK(!etcd::read_trouble(R"({"error":7,"code":5})"));
}

BOOST_AUTO_TEST_CASE(garbage_is_no_answer) {
  for (const auto& text : garbage) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_CHECK(!etcd::read_lease(text));
      BOOST_CHECK(!etcd::read_range(text));
      BOOST_CHECK(!etcd::read_transaction(text));
      BOOST_CHECK(!etcd::read_token(text));
      BOOST_CHECK(!etcd::read_trouble(text));
      BOOST_CHECK(!etcd::is_answer(text));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
