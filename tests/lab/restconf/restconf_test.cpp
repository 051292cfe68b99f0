// RESTCONF servers, met with the `curl` program and with bare sockets.

#include "http.hpp"
#include "resource.hpp"

#include "tieline/lab/clients/test_client.hpp"
#include "tieline/lab/lab.hpp"

#include <arpa/inet.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

using namespace tieline::lab;
using namespace tieline::lab::restconf;
using test::eventually;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What the `curl` program brought: its exit code (as `man curl` lists them)
/// and what it printed, head and body.
struct outcome {
  int code;
  std::string text;

  /// Returns the status of HTTP; 0 if there is none.
  int status() const {
    return text.size() > 12 ? std::atoi(text.c_str() + 9) : 0;
  }
};

outcome curl(std::vector<std::string> args) {
  int ends[2];
  BOOST_REQUIRE_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  args.insert(args.begin(),
              {"curl", "-q", "-s", "-i", "--max-time", "20", "--noproxy", "*"});
  std::vector<char*> argv;
  for (auto& a : args)
    argv.push_back(a.data());
  argv.push_back(nullptr);
  auto pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  outcome result{};
  char bytes[64 * 1024];
  for (ssize_t n; (n = read(ends[0], bytes, sizeof(bytes))) > 0;)
    result.text.append(bytes, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

struct restconf_device {
  restconf_device() {
    tieline::lab::options o;
    o.restconf.enabled = true;
    o.restconf.token = "first";
    s = std::make_unique<server>(o);
  }

  device d() const {
    return s->at(0);
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(d().restconf_port()) + path;
  }

  /// Asks as the user lab.
  outcome ask(const std::string& method, const std::string& path,
              const std::string& body = "",
              std::vector<std::string> more = {}) const {
    std::vector<std::string> args{"-u", "lab:lab"};
    if (method == "HEAD")
      args.push_back("-I");
    else
      args.insert(args.end(), {"-X", method});
    if (!body.empty())
      args.insert(args.end(), {"-H", "Content-Type: application/yang-data+xml",
                               "--data-binary", body});
    args.insert(args.end(), more.begin(), more.end());
    args.push_back(url(path));
    return curl(args);
  }

  std::string running() const {
    return d().config(netconf::store::running);
  }

  std::unique_ptr<server> s;
};

/// A connection that does no more than it is told.
class bare_socket {
public:
  explicit bare_socket(std::uint16_t port)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE_EQUAL(
      connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof(where)), 0);
  }
  bare_socket(const bare_socket&) = delete;
  bare_socket& operator=(const bare_socket&) = delete;
  ~bare_socket() {
    close(fd_);
  }

  void write(const std::string& bytes) {
    BOOST_REQUIRE_EQUAL(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                        static_cast<ssize_t>(bytes.size()));
  }

  /// Returns what comes up to and with the text; less if nothing more comes.
  std::string read_to(const std::string& text) {
    for (;;) {
      if (auto at = buffer_.find(text); at != std::string::npos) {
        auto result = buffer_.substr(0, at + text.size());
        buffer_.erase(0, result.size());
        return result;
      }
      pollfd ready{fd_, POLLIN, 0};
      char bytes[4096];
      ssize_t n = 0;
      if (poll(&ready, 1, 20'000) <= 0
          || (n = recv(fd_, bytes, sizeof(bytes), 0)) <= 0)
        return std::exchange(buffer_, {});
      buffer_.append(bytes, static_cast<std::size_t>(n));
    }
  }

private:
  int fd_;
  std::string buffer_;
};

constexpr const char* authorization = "Authorization: Basic bGFiOmxhYg==\r\n";

const std::string interfaces = "/restconf/data/ietf-interfaces:interfaces";
const std::string eth0 = interfaces + "/interface=eth0";
const std::string eth9 = interfaces + "/interface=eth%2F9";
const std::string interface_9
  = "<interface xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'>"
    "<name>eth/9</name><enabled>true</enabled></interface>";

} // namespace

BOOST_AUTO_TEST_SUITE(restconf_test)

BOOST_AUTO_TEST_SUITE(restconf_parts)

BOOST_AUTO_TEST_CASE(requests_are_read_however_they_are_cut) {
  const std::string bytes = "POST /a%20b?x=1&y=%26&z HTTP/1.1\r\nHost: h\r\n"
                            "Content-Length:  4\r\n\r\nbody"
                            "PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                            "\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
                            "GET / HTTP/1.1\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    request_reader r;
    std::vector<request> got;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      r.push(bytes.substr(at, piece));
      while (auto next = r.next())
        got.push_back(*next);
    }
    BOOST_REQUIRE_EQUAL(got.size(), 3);
    BOOST_CHECK_EQUAL(got[0].path, "/a%20b");
    BOOST_CHECK_EQUAL(got[0].query.at("y"), "&");
    BOOST_CHECK_EQUAL(got[0].query.at("z"), "");
    BOOST_CHECK_EQUAL(got[0].header("host"), "h");
    BOOST_CHECK_EQUAL(got[0].body, "body");
    BOOST_CHECK_EQUAL(got[1].body, "abcde");
    BOOST_CHECK_EQUAL(got[2].method, "GET");
  }
}

BOOST_DATA_TEST_CASE(what_is_no_request_is_refused,
                     boost::unit_test::data::make(
                       {"hello\r\n\r\n", "GET /\r\n\r\n",
                        "GET / FTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nx\r\n\r\n",
                        "GET /?%zz HTTP/1.1\r\n\r\n",
                        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "1\r\nabc"})) {
  request_reader r;
  r.push(sample);
  BOOST_CHECK_THROW(r.next(), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(texts_are_decoded_and_quoted) {
  BOOST_CHECK_EQUAL(base64_decoded("bGFiOmxhYg==").value(), "lab:lab");
  BOOST_CHECK_EQUAL(base64_decoded("YQ").value(), "a");
  BOOST_CHECK(!base64_decoded("a b"));
  BOOST_CHECK_EQUAL(percent_decoded("a%2Fb+c"), "a/b+c");
  BOOST_CHECK_EQUAL(percent_encoded("a/b=\xc3"), "a%2Fb%3D%C3");
  BOOST_CHECK_THROW(percent_decoded("%1"), std::invalid_argument);
  BOOST_CHECK_EQUAL(json_quoted("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
}

BOOST_AUTO_TEST_CASE(a_path_is_taken_apart) {
  auto path = parse_path("/m:top/list=a%2Cb,c/n:leaf/");
  BOOST_REQUIRE_EQUAL(path.size(), 3);
  BOOST_CHECK(path[0].module == "m" && path[0].name == "top");
  BOOST_CHECK((path[1].keys == std::vector<std::string>{"a,b", "c"}));
  BOOST_CHECK(path[2].module == "n" && path[2].keys.empty());
  BOOST_CHECK(parse_path("").empty());
  for (auto wrong : {"x", "/top", "/m:top//x", "/m:top/%"})
    BOOST_CHECK_THROW(parse_path(wrong), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(restconf_servers, restconf_device)

BOOST_AUTO_TEST_CASE(who_wants_no_server_has_none) {
  server plain;
  BOOST_CHECK_EQUAL(plain.at(0).restconf_port(), 0);
  BOOST_CHECK_NE(d().restconf_port(), d().port());
}

BOOST_AUTO_TEST_CASE(the_root_is_discovered) {
  auto meta = curl({url("/.well-known/host-meta")});
  BOOST_CHECK_EQUAL(meta.status(), 200);
  BOOST_CHECK(has(meta.text, "application/xrd+xml"));
  BOOST_CHECK(has(meta.text, "<Link rel='restconf' href='/restconf'/>"));
  BOOST_CHECK(has(ask("GET", "/restconf").text, "<yang-library-version>"));
  BOOST_CHECK(has(ask("GET", "/restconf/operations").text, "<lab:echo"));
  BOOST_CHECK(
    has(ask("GET", "/restconf/yang-library-version").text, "2019-01-04"));
  BOOST_CHECK_EQUAL(ask("GET", "/other").status(), 404);
}

BOOST_AUTO_TEST_CASE(users_and_bearers_are_let_in) {
  BOOST_CHECK_EQUAL(ask("GET", eth0).status(), 200);
  auto nobody = curl({url(eth0)});
  BOOST_CHECK_EQUAL(nobody.status(), 401);
  BOOST_CHECK(has(nobody.text, "WWW-Authenticate: Basic realm=\"lab\""));
  BOOST_CHECK(has(nobody.text, "<error-tag>access-denied</error-tag>"));
  BOOST_CHECK_EQUAL(curl({"-u", "lab:guess", url(eth0)}).status(), 401);
  BOOST_CHECK_EQUAL(curl({"-u", "guest:lab", url(eth0)}).status(), 401);
  auto bearer = [&](const char* token) {
    return curl(
      {"-H", std::string{"Authorization: Bearer "} + token, url(eth0)});
  };
  BOOST_CHECK_EQUAL(bearer("first").status(), 200);
  d().rotate_token("second");
  auto old = bearer("first");
  BOOST_CHECK_EQUAL(old.status(), 401);
  BOOST_CHECK(has(old.text, "Bearer realm=\"lab\", error=\"invalid_token\""));
  BOOST_CHECK_EQUAL(bearer("second").status(), 200);
  BOOST_CHECK_EQUAL(d().restconf_status().unauthorized, 4);
  BOOST_CHECK_EQUAL(d().restconf_status().requests.at("GET"), 7);
}

BOOST_AUTO_TEST_CASE(data_is_read) {
  auto found = ask("GET", eth0 + "/description");
  BOOST_CHECK(has(found.text, "Content-Type: application/yang-data+xml"));
  BOOST_CHECK(has(found.text,
                  "\r\n\r\n<description xmlns=\"urn:ietf:params:xml:ns:yang:"
                  "ietf-interfaces\">uplink</description>"));
  auto all = ask("GET", "/restconf/data").text;
  BOOST_CHECK(has(all, "<hostname>") && has(all, "<restconf-state"));
  auto config = ask("GET", "/restconf/data?content=config").text;
  BOOST_CHECK(has(config, "<hostname>") && !has(config, "<restconf-state"));
  auto state = ask("GET", "/restconf/data?content=nonconfig").text;
  BOOST_CHECK(!has(state, "<hostname>") && has(state, "<restconf-state"));
  auto head = ask("HEAD", eth0);
  BOOST_CHECK_EQUAL(head.status(), 200);
  BOOST_CHECK(has(head.text, "Content-Length: "));
  BOOST_CHECK(head.text.substr(head.text.size() - 4) == "\r\n\r\n");
  BOOST_CHECK_EQUAL(ask("GET", eth9).status(), 404);
  BOOST_CHECK_EQUAL(ask("GET", "/restconf/data/x:interfaces").status(), 404);
  BOOST_CHECK_EQUAL(ask("GET", "/restconf/data/interfaces").status(), 400);
  BOOST_CHECK_EQUAL(ask("GET", eth0 + "?depth=1").status(), 400);
  BOOST_CHECK(has(ask("OPTIONS", eth0).text, "Accept-Patch: "));
}

BOOST_AUTO_TEST_CASE(data_is_written) {
  auto made = ask("POST", interfaces, interface_9);
  BOOST_CHECK_EQUAL(made.status(), 201);
  BOOST_CHECK(has(made.text, "Location: " + url(eth9) + "\r\n"));
  auto again = ask("POST", interfaces, interface_9);
  BOOST_CHECK_EQUAL(again.status(), 409);
  BOOST_CHECK(has(again.text, "<error-tag>data-exists</error-tag>"));
  BOOST_CHECK(has(again.text, "/p1:interfaces/p1:interface</error-path>"));
  BOOST_CHECK(has(running(), "<name>eth/9</name><enabled>true</enabled>"));
  auto patch = "<interface xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'>"
               "<name>eth/9</name><mtu>9000</mtu></interface>";
  BOOST_CHECK_EQUAL(ask("PATCH", eth9, patch).status(), 204);
  BOOST_CHECK(has(running(), "<name>eth/9</name><enabled>true</enabled>"
                             "<mtu>9000</mtu>"));
  BOOST_CHECK_EQUAL(ask("PUT", eth9, patch).status(), 204);
  BOOST_CHECK(has(running(), "<name>eth/9</name><mtu>9000</mtu>"));
  BOOST_CHECK_EQUAL(ask("DELETE", eth9).status(), 204);
  BOOST_CHECK(!has(running(), "eth/9"));
  BOOST_CHECK_EQUAL(ask("DELETE", eth9).status(), 404);
  BOOST_CHECK_EQUAL(ask("PATCH", eth9, patch).status(), 404);
  BOOST_CHECK_EQUAL(ask("PUT", eth9, patch).status(), 201);
  // The others are as they were.
  BOOST_CHECK(has(running(), "uplink") && has(running(), "eth1"));
  auto top = "<top xmlns='urn:x:top'><a>1</a></top>";
  auto made_top = ask("POST", "/restconf/data", top);
  BOOST_CHECK(has(made_top.text, "/restconf/data/top:top\r\n"));
  BOOST_CHECK(has(running(), "<top xmlns=\"urn:x:top\"><a>1</a></top>"));
  auto data = [](const std::string& inside) {
    return "<data xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'>" + inside
           + "</data>";
  };
  BOOST_CHECK_EQUAL(ask("PATCH", "/restconf/data",
                        data("<top xmlns='urn:x:top'><b/></top>"))
                      .status(),
                    204);
  BOOST_CHECK(has(running(), "<a>1</a><b/>"));
  BOOST_CHECK_EQUAL(ask("PUT", "/restconf/data", data(top)).status(), 204);
  BOOST_CHECK_EQUAL(running(), "<top xmlns=\"urn:x:top\"><a>1</a></top>");
}

BOOST_AUTO_TEST_CASE(what_is_written_wrongly_is_an_error) {
  auto before = running();
  BOOST_CHECK_EQUAL(ask("PUT", eth0, interface_9).status(), 400);
  BOOST_CHECK_EQUAL(ask("PUT", eth0, "<interface").status(), 400);
  BOOST_CHECK_EQUAL(ask("PUT", eth0, "<a/><b/>").status(), 400);
  BOOST_CHECK_EQUAL(ask("PUT", "/restconf/data", interface_9).status(), 400);
  BOOST_CHECK_EQUAL(ask("POST", interfaces + "/none", interface_9).status(),
                    404);
  BOOST_CHECK_EQUAL(ask("DELETE", "/restconf/data").status(), 405);
  BOOST_CHECK_EQUAL(ask("BREW", eth0).status(), 405);
  BOOST_CHECK_EQUAL(curl({"-u", "lab:lab", "-X", "PUT", "--data", "{}", "-H",
                          "Content-Type: application/yang-data+json",
                          url(eth0)})
                      .status(),
                    415);
  d().set(fault::netconf_invalid);
  BOOST_CHECK(has(ask("DELETE", eth0).text, "invalid-value"));
  BOOST_CHECK_EQUAL(running(), before);
}

BOOST_AUTO_TEST_CASE(errors_are_json_for_those_who_ask) {
  auto json = curl({"-u", "lab:lab", "-H", "Accept: application/yang-data+json",
                    "-X", "DELETE", url(eth9)});
  BOOST_CHECK_EQUAL(json.status(), 404);
  BOOST_CHECK(has(json.text, "{\"ietf-restconf:errors\":{\"error\":[{"
                             "\"error-type\":\"application\","
                             "\"error-tag\":\"data-missing\","));
  BOOST_CHECK_EQUAL(curl({"-u", "lab:lab", "-H",
                          "Accept: application/yang-data+json", url(eth0)})
                      .status(),
                    406);
}

BOOST_AUTO_TEST_CASE(an_operation_is_carried_out) {
  auto input = [](const std::string& inside) {
    return "<input xmlns='urn:tieline:lab'>" + inside + "</input>";
  };
  auto echo = "/restconf/operations/lab:echo";
  BOOST_CHECK(has(ask("POST", echo, input("<text>hi</text>")).text,
                  "<output xmlns=\"urn:tieline:lab\">"
                  "<text xmlns=\"urn:tieline:lab\">hi</text></output>"));
  BOOST_CHECK_EQUAL(ask("POST", echo, input("")).status(), 400);
  BOOST_CHECK_EQUAL(ask("GET", echo).status(), 405);
  BOOST_CHECK_EQUAL(
    ask("POST", "/restconf/operations/lab:fly", input("")).status(), 501);
}

BOOST_AUTO_TEST_CASE(a_lock_of_netconf_holds_for_restconf) {
  test::client c{d()};
  BOOST_REQUIRE(c.open());
  auto channel = ssh_channel_new(c.raw());
  BOOST_REQUIRE_EQUAL(ssh_channel_open_session(channel), SSH_OK);
  BOOST_REQUIRE_EQUAL(ssh_channel_request_subsystem(channel, "netconf"),
                      SSH_OK);
  const std::string said
    = "<hello xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><capabilities>"
      "<capability>urn:ietf:params:netconf:base:1.0</capability>"
      "</capabilities></hello>]]>]]><rpc message-id='1' "
      "xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><lock><target>"
      "<running/></target></lock></rpc>]]>]]>";
  ssh_channel_write(channel, said.data(),
                    static_cast<std::uint32_t>(said.size()));
  BOOST_REQUIRE(
    eventually([&] { return !d().netconf_status().locks.empty(); }));
  auto refused = ask("DELETE", eth0);
  BOOST_CHECK_EQUAL(refused.status(), 409);
  BOOST_CHECK(has(refused.text, "<error-tag>in-use</error-tag>"));
  ssh_channel_free(channel);
  BOOST_CHECK(eventually([&] { return d().netconf_status().locks.empty(); }));
  BOOST_CHECK_EQUAL(ask("DELETE", eth0).status(), 204);
}

BOOST_AUTO_TEST_CASE(a_connection_serves_many_requests) {
  auto twice = curl({"-u", "lab:lab", url(eth0), url(eth0)});
  BOOST_CHECK_EQUAL(twice.code, 0);
  BOOST_CHECK_EQUAL(d().count().accepted, 1);
  // Pipelined, and the last of them asks for the end.
  bare_socket c{d().restconf_port()};
  auto get = "GET " + eth0 + " HTTP/1.1\r\n" + authorization;
  c.write(get + "\r\n" + get + "Connection: close\r\n\r\n");
  BOOST_CHECK(has(c.read_to("</interface>"), "200 OK"));
  auto last = c.read_to("never");
  BOOST_CHECK(has(last, "200 OK") && has(last, "</interface>"));
}

BOOST_AUTO_TEST_CASE(a_large_body_waits_for_leave) {
  auto big = "<interface xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'>"
             "<name>eth0</name><description>"
             + std::string(100'000, 'x') + "</description></interface>";
  auto put = ask("PUT", eth0, big, {"-H", "Expect: 100-continue"});
  BOOST_CHECK(has(put.text, "HTTP/1.1 100 Continue"));
  BOOST_CHECK(has(put.text, "HTTP/1.1 204 No Content"));
  BOOST_CHECK_GT(running().size(), 100'000);
}

BOOST_AUTO_TEST_CASE(events_flow_to_those_who_listen) {
  auto state = ask("GET", "/restconf/data/ietf-restconf-monitoring:"
                          "restconf-state/streams/stream=NETCONF/access")
                 .text;
  BOOST_CHECK(has(state, "<location>" + url("/streams/NETCONF") + "<"));
  d().notify("<one xmlns='urn:x'>a\nb</one>");
  bare_socket c{d().restconf_port()};
  c.write("GET /streams/NETCONF?start-time=2000-01-01T00:00:00Z HTTP/1.1\r\n"
          "Accept: text/event-stream\r\n"
          + std::string{authorization} + "\r\n");
  auto head = c.read_to("\r\n\r\n");
  BOOST_CHECK(has(head, "200 OK") && has(head, "text/event-stream"));
  auto first = c.read_to("\n\n\r\n");
  BOOST_CHECK(has(first, "data: <notification "));
  BOOST_CHECK(has(first, "<one xmlns=\"urn:x\">a\ndata: b</one>"));
  BOOST_CHECK(has(c.read_to("\n\n\r\n"), "<replayComplete"));
  BOOST_CHECK_EQUAL(d().restconf_status().streams, 1);
  d().notify("<two xmlns='urn:x'/>");
  BOOST_CHECK(has(c.read_to("\n\n\r\n"), "<two"));
  {
    bare_socket leaves{d().restconf_port()};
    leaves.write("GET /streams/NETCONF HTTP/1.1\r\n"
                 + std::string{authorization} + "\r\n");
    leaves.read_to("\r\n\r\n");
    BOOST_CHECK_EQUAL(d().netconf_status().subscriptions, 2);
  }
  BOOST_CHECK(eventually([&] { return d().restconf_status().streams == 1; }));
  // With an end: curl reads all of it.
  auto ended = ask("GET", "/streams/NETCONF?start-time=2000-01-01T00:00:00Z"
                          "&stop-time=2001-01-01T00:00:00Z");
  BOOST_CHECK_EQUAL(ended.code, 0);
  BOOST_CHECK(has(ended.text, "<replayComplete") && !has(ended.text, "<one"));
  BOOST_CHECK_EQUAL(ask("GET", "/streams/NETCONF?start-time=soon").status(),
                    400);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(restconf_faults, restconf_device)

BOOST_AUTO_TEST_CASE(silence_reset_and_close) {
  d().set(fault::http_silence);
  auto silent = ask("DELETE", eth0, "", {"--max-time", "0.3"});
  BOOST_CHECK_EQUAL(silent.code, 28); // timeout
  BOOST_CHECK_EQUAL(silent.text, "");
  // It did what it was told.
  BOOST_CHECK(!has(running(), "eth0"));
  d().heal();
  d().set(fault::http_reset);
  BOOST_CHECK_EQUAL(ask("GET", interfaces).code, 56); // failure in receiving
  d().heal();
  d().set(fault::http_close);
  BOOST_CHECK_EQUAL(ask("GET", interfaces).code, 52); // nothing
}

BOOST_AUTO_TEST_CASE(bodies_that_are_not_what_the_head_says) {
  d().set(fault::http_half_body);
  auto half = ask("GET", eth0);
  BOOST_CHECK_EQUAL(half.code, 18); // partial
  BOOST_CHECK(has(half.text, "<interface") && !has(half.text, "</interface>"));
  d().heal();
  d().set(fault::http_wrong_length, 12);
  auto few = ask("GET", eth0);
  BOOST_CHECK_EQUAL(few.code, 0);
  BOOST_CHECK_EQUAL(few.text.substr(few.text.size() - 12), "<interface x");
  d().set(fault::http_wrong_length, 1'000'000);
  BOOST_CHECK_EQUAL(ask("GET", eth0, "", {"--max-time", "0.3"}).code, 28);
  d().heal();
  d().set(fault::http_bad_chunk);
  BOOST_CHECK_EQUAL(ask("GET", eth0).code, 56);
}

BOOST_AUTO_TEST_CASE(heads_that_take_their_time) {
  for (auto slow : {fault::http_slow_headers, fault::http_slow}) {
    d().set(slow, 2);
    BOOST_CHECK_EQUAL(ask("GET", eth0).code, 0);
    d().set(slow, 3'600'000);
    BOOST_CHECK_EQUAL(ask("GET", eth0, "", {"--max-time", "0.3"}).code, 28);
    d().heal();
  }
  d().heal();
  d().set(fault::http_endless_headers);
  // curl has a limit, which it tells as 56 or, since 8.6, as 100; a bare socket
  // reads on.
  auto refused = ask("GET", eth0).code;
  BOOST_CHECK(refused == 56 || refused == 100);
  bare_socket c{d().restconf_port()};
  c.write("GET / HTTP/1.1\r\n\r\n");
  BOOST_CHECK(!has(c.read_to("X-Line-100000: "), "\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_storm_of_401_hits_the_right_password_too) {
  d().set(fault::http_unauthorized);
  for (int i = 0; i < 3; ++i)
    BOOST_CHECK_EQUAL(ask("GET", eth0).status(), 401);
  BOOST_CHECK_EQUAL(d().restconf_status().unauthorized, 3);
  d().heal();
  BOOST_CHECK_EQUAL(ask("GET", eth0).status(), 200);
}

BOOST_AUTO_TEST_CASE(faults_of_the_connecting_phase_hit_both_ports) {
  d().set(fault::refuse);
  BOOST_CHECK_EQUAL(ask("GET", eth0).code, 7); // could not connect
  d().heal();
  d().set(fault::close_at_once);
  BOOST_CHECK_NE(ask("GET", eth0).code, 0);
  d().heal();
  d().set(fault::freeze);
  BOOST_CHECK_EQUAL(ask("GET", eth0, "", {"--max-time", "0.3"}).code, 28);
  d().heal();
  BOOST_CHECK_EQUAL(ask("GET", eth0).status(), 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
