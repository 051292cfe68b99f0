#include "support/exit_status.hpp"

#include "tieline/lab/clients/test_client.hpp"
#include "tieline/lab/lab.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <set>

using namespace tieline::lab;
using test::client;
using test::eventually;

namespace {

options devices(std::size_t n) {
  options o;
  o.devices = n;
  return o;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lab_test)

BOOST_AUTO_TEST_SUITE(logins)

BOOST_AUTO_TEST_CASE(a_password_logs_in) {
  server s;
  client c{s.at(0)};
  BOOST_REQUIRE(c.connect());
  BOOST_CHECK_EQUAL(c.password("lab", "lab"), SSH_AUTH_SUCCESS);
  BOOST_CHECK_EQUAL(s.at(0).count().logins_ok, 1);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_or_user_is_rejected_and_counted) {
  server s;
  client c{s.at(0)};
  BOOST_REQUIRE(c.connect());
  BOOST_CHECK_EQUAL(c.password("lab", "guess"), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(c.password("guest", "lab"), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(s.at(0).count().logins_rejected, 2);
  BOOST_CHECK_EQUAL(c.password("lab", "lab"), SSH_AUTH_SUCCESS);
}

BOOST_AUTO_TEST_CASE(an_authorized_key_logs_in_and_another_does_not) {
  auto mine = test::new_key(), foreign = test::new_key();
  auto o = devices(1);
  o.authorized_keys = {test::public_line(mine) + " me@home"};
  server s{o};
  client c{s.at(0)};
  BOOST_REQUIRE(c.connect());
  BOOST_CHECK_EQUAL(c.key("lab", foreign), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(c.key("guest", mine), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(c.key("lab", mine), SSH_AUTH_SUCCESS);
  BOOST_CHECK_EQUAL(s.count().logins_rejected, 2);
  ssh_key_free(mine);
  ssh_key_free(foreign);
}

BOOST_AUTO_TEST_CASE(a_keyboard_interactive_answer_logs_in) {
  server s;
  client c{s.at(0)};
  BOOST_REQUIRE(c.connect());
  BOOST_CHECK_EQUAL(c.answer("lab", "guess"), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(c.answer("lab", "lab"), SSH_AUTH_SUCCESS);
}

BOOST_AUTO_TEST_CASE(none_logs_in_only_where_it_is_offered) {
  server s{devices(2)};
  s.at(1).offer(auth_none | auth_password);
  client closed{s.at(0)}, open{s.at(1)};
  BOOST_REQUIRE(closed.connect() && open.connect());
  BOOST_CHECK_EQUAL(closed.none(), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(open.none(), SSH_AUTH_SUCCESS);
  BOOST_CHECK_EQUAL(s.count().logins_rejected, 0);
}

BOOST_AUTO_TEST_CASE(only_offered_methods_are_announced_and_accepted) {
  server s;
  s.at(0).offer(auth_keyboard_interactive);
  client c{s.at(0)};
  BOOST_REQUIRE(c.connect());
  BOOST_CHECK_EQUAL(c.none(), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(ssh_userauth_list(c.raw(), nullptr),
                    SSH_AUTH_METHOD_INTERACTIVE);
  BOOST_CHECK_EQUAL(c.password("lab", "lab"), SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(c.answer("lab", "lab"), SSH_AUTH_SUCCESS);
}

BOOST_AUTO_TEST_CASE(every_device_presents_the_host_key_that_it_announces) {
  server s{devices(3)};
  std::set<std::string> keys;
  for (std::size_t i = 0; i < s.size(); ++i) {
    auto d = s.at(i);
    client c{d};
    BOOST_REQUIRE(c.connect());
    BOOST_CHECK_EQUAL(c.host_key(), d.host_key_base64());
    BOOST_CHECK_EQUAL(c.host_key_fingerprint(), d.host_key_fingerprint());
    BOOST_CHECK_EQUAL(d.host_key_line(),
                      "[127.0.0.1]:" + std::to_string(d.port())
                        + " ssh-ed25519 " + d.host_key_base64());
    keys.insert(d.host_key_base64());
  }
  BOOST_CHECK_EQUAL(keys.size(), 3);
}

BOOST_AUTO_TEST_CASE(given_host_keys_of_any_type_are_presented) {
  auto o = devices(3);
  std::vector<std::string> lines;
  for (auto type : {SSH_KEYTYPE_ECDSA_P256, SSH_KEYTYPE_RSA}) {
    ssh_key key = nullptr;
    char* text = nullptr;
    ssh_pki_generate(type, type == SSH_KEYTYPE_RSA ? 2048 : 256, &key);
    ssh_pki_export_privkey_base64(key, nullptr, nullptr, nullptr, &text);
    o.host_keys.emplace_back(text);
    ssh_string_free_char(text);
    lines.push_back(test::public_line(key));
    ssh_key_free(key);
  }
  server s{o};
  for (std::size_t i = 0; i < 3; ++i) {
    client c{s.at(i)};
    BOOST_REQUIRE(c.open());
    auto line = s.at(i).host_key_line();
    BOOST_CHECK_EQUAL(line.substr(line.find(' ') + 1), lines[i % 2]);
    BOOST_CHECK_EQUAL(c.host_key(), s.at(i).host_key_base64());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(every_device_tells_its_own_name_and_serial_number) {
  server s{devices(5)};
  std::set<std::string> outputs;
  for (std::size_t i = 0; i < s.size(); ++i) {
    client c{s.at(i)};
    BOOST_REQUIRE(c.open());
    auto r = c.run("show version").value();
    BOOST_CHECK_EQUAL(r.status, 0);
    BOOST_CHECK_EQUAL(r.error, "");
    BOOST_CHECK(r.output.find(s.at(i).name()) != std::string::npos);
    BOOST_CHECK(r.output.find(s.at(i).serial()) != std::string::npos);
    outputs.insert(c.run("show running-config").value().output
                   + c.run("show interfaces").value().output);
  }
  BOOST_CHECK_EQUAL(outputs.size(), 5);
  BOOST_CHECK_EQUAL(s.count().execs, 15);
}

BOOST_AUTO_TEST_CASE(output_error_status_and_signal_arrive) {
  server s;
  client c{s.at(0)};
  BOOST_REQUIRE(c.open());
  BOOST_CHECK_EQUAL(c.run("echo a  b").value().output, "a  b\n");
  BOOST_CHECK_EQUAL(c.run("echo").value().output, "\n");
  BOOST_CHECK_EQUAL(c.run("stderr oh no").value().error, "oh no\n");
  BOOST_CHECK_EQUAL(c.run("exit 7").value().status, 7);
  BOOST_CHECK_EQUAL(c.run("kill-signal TERM").value().signal, "TERM");
  BOOST_CHECK_EQUAL(c.run("exit 256").value().status, 1);
  for (auto line : {"shew version", "show", "", "  "}) {
    auto r = c.run(line).value();
    BOOST_CHECK_EQUAL(r.error, "% Invalid input\n");
    BOOST_CHECK_EQUAL(r.status, 1);
  }
}

BOOST_AUTO_TEST_CASE(sleep_answers_late_and_delays_nobody_else) {
  server s;
  client slow{s.at(0)}, quick{s.at(0)};
  BOOST_REQUIRE(slow.open() && quick.open());
  BOOST_CHECK_EQUAL(slow.run("sleep 1").value().status, 0);
  auto sleeper = std::async(std::launch::async,
                            [&] { return slow.run("sleep 3600000"); });
  BOOST_REQUIRE(eventually([&] { return s.count().execs == 2; }));
  BOOST_CHECK_EQUAL(quick.run("echo quick").value().output, "quick\n");
  BOOST_CHECK(sleeper.wait_for(std::chrono::seconds{0})
              == std::future_status::timeout);
  s.at(0).end_sessions(hang_up::close);
  BOOST_CHECK_EQUAL(sleeper.get().value().status, -1);
}

BOOST_AUTO_TEST_CASE(cat_returns_what_it_was_sent) {
  server s;
  client c{s.at(0)};
  BOOST_REQUIRE(c.open());
  std::string input;
  while (input.size() < 1'000'000)
    input += std::to_string(input.size()) + '\0';
  auto r = c.run("cat", input).value();
  BOOST_CHECK(r.output == input);
  BOOST_CHECK_EQUAL(r.status, 0);
  BOOST_CHECK_EQUAL(c.run("cat").value().output, "");
}

BOOST_AUTO_TEST_CASE(fifty_megabytes_arrive_in_bounded_memory) {
  server s;
  client c{s.at(0)};
  BOOST_REQUIRE(c.open());
  auto channel = ssh_channel_new(c.raw());
  BOOST_REQUIRE_EQUAL(ssh_channel_open_session(channel), SSH_OK);
  auto before = test::own_status("VmRSS");
  BOOST_REQUIRE_EQUAL(ssh_channel_request_exec(channel, "bytes 50000000"),
                      SSH_OK);
  char buffer[32 * 1024];
  std::uint64_t total = 0;
  long most = 0;
  for (int n; (n = ssh_channel_read(channel, buffer, sizeof(buffer), 0)) > 0;) {
    total += static_cast<std::uint64_t>(n);
    if (total % 64 == 0)
      most = std::max(most, test::own_status("VmRSS") - before);
  }
  BOOST_CHECK_EQUAL(total, 50'000'000);
  BOOST_CHECK_EQUAL(tieline::test::exit_status(channel), 0);
  ssh_channel_free(channel);
  BOOST_TEST_MESSAGE("memory grew by " << most << " kB at most");
#ifndef TIELINE_SANITIZED
  BOOST_CHECK_LT(most, 16 * 1024);
#endif
}

BOOST_AUTO_TEST_CASE(channels_work_at_once_and_one_too_many_is_refused) {
  auto o = devices(1);
  o.max_channels = 8;
  server s{o};
  client c{s.at(0)};
  BOOST_REQUIRE(c.open());
  std::vector<ssh_channel> channels;
  for (int i = 0; i < 8; ++i) {
    channels.push_back(ssh_channel_new(c.raw()));
    BOOST_REQUIRE_EQUAL(ssh_channel_open_session(channels.back()), SSH_OK);
  }
  BOOST_CHECK(!c.run("echo"));
  for (auto channel : channels)
    BOOST_REQUIRE_EQUAL(ssh_channel_request_exec(channel, "cat"), SSH_OK);
  // All are alive: each answers what only it was asked, in another order.
  for (std::size_t i = channels.size(); i-- > 0;)
    ssh_channel_write(channels[i], &"abcdefgh"[i], 1);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    char got = 0;
    BOOST_CHECK_EQUAL(ssh_channel_read(channels[i], &got, 1, 0), 1);
    BOOST_CHECK_EQUAL(got, "abcdefgh"[i]);
    ssh_channel_send_eof(channels[i]);
    BOOST_CHECK_EQUAL(ssh_channel_read(channels[i], &got, 1, 0), 0);
    ssh_channel_free(channels[i]);
  }
  BOOST_CHECK_EQUAL(c.run("echo again").value().output, "again\n");
}

BOOST_AUTO_TEST_CASE(a_registered_command_sees_device_arguments_and_stdin) {
  server s{devices(2)};
  s.add_command(
    "reverse",
    [](const invocation& how) {
      std::string text{how.input};
      std::reverse(text.begin(), text.end());
      return result{how.where.name() + '(' + std::string{how.arguments} + ")"
                      + text,
                    "done", 3};
    },
    input::read);
  s.add_command("show version", [](const invocation&) {
    return result{"replaced", {}};
  });
  client c{s.at(1)};
  BOOST_REQUIRE(c.open());
  auto r = c.run("reverse with care", "abc").value();
  BOOST_CHECK_EQUAL(r.output, "lab-0001(with care)cba");
  BOOST_CHECK_EQUAL(r.error, "done");
  BOOST_CHECK_EQUAL(r.status, 3);
  BOOST_CHECK_EQUAL(c.run("show version").value().output, "replaced");
}

BOOST_AUTO_TEST_CASE(a_command_that_throws_fails_alone) {
  server s;
  s.add_command("boom", [](const invocation&) -> result {
    throw std::runtime_error("no more");
  });
  client c{s.at(0)};
  BOOST_REQUIRE(c.open());
  auto r = c.run("boom").value();
  BOOST_CHECK_EQUAL(r.error, "% Command failed: no more\n");
  BOOST_CHECK_EQUAL(r.status, 1);
  BOOST_CHECK_EQUAL(c.run("echo fine").value().output, "fine\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(serving)

BOOST_AUTO_TEST_CASE(devices_may_have_an_address_each_on_one_port) {
  auto o = devices(300);
  o.layout = layout::addresses;
  o.address = "127.1.0.1";
  server s{o};
  BOOST_CHECK_EQUAL(s.at(0).address(), "127.1.0.1");
  BOOST_CHECK_EQUAL(s.at(253).address(), "127.1.0.254");
  BOOST_CHECK_EQUAL(s.at(254).address(), "127.1.1.1");
  BOOST_CHECK_EQUAL(s.at(299).port(), s.at(0).port());
  client c{s.at(299)};
  BOOST_REQUIRE(c.open());
  BOOST_CHECK_EQUAL(c.run("echo here").value().output, "here\n");
  BOOST_CHECK_EQUAL(s.at(299).count().execs, 1);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_an_error_that_names_it) {
  server s;
  auto o = devices(1);
  o.port = s.at(0).port();
  auto names_it = [&](const std::system_error& x) {
    return std::string{x.what()}.find(std::to_string(o.port))
           != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(server{o}, std::system_error, names_it);
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_errors) {
  BOOST_CHECK_THROW(server{devices(0)}, std::invalid_argument);
  auto o = devices(1);
  o.threads = 0;
  BOOST_CHECK_THROW(server{o}, std::invalid_argument);
  o = devices(1);
  o.address = "localhost";
  BOOST_CHECK_THROW(server{o}, std::invalid_argument);
  o = devices(1);
  o.authorized_keys = {"ssh-ed25519 nonsense"};
  BOOST_CHECK_THROW(server{o}, std::invalid_argument);
  o = devices(100);
  o.port = 65500;
  BOOST_CHECK_THROW(server{o}, std::invalid_argument);
  BOOST_CHECK_THROW(server{}.at(1), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(counters_tell_what_happened_per_device_and_in_total) {
  server s{devices(2)};
  {
    client a{s.at(0)}, b{s.at(0)}, c{s.at(1)};
    BOOST_REQUIRE(a.open() && b.open() && c.connect());
    c.password("lab", "guess");
    a.run("echo");
    BOOST_CHECK_EQUAL(s.at(0).count().live, 2);
    BOOST_CHECK_EQUAL(s.count().live, 3);
  }
  BOOST_REQUIRE(eventually([&] { return s.count().live == 0; }));
  client d{s.at(0)};
  BOOST_REQUIRE(d.open());
  auto first = s.at(0).count(), second = s.at(1).count(), all = s.count();
  BOOST_CHECK_EQUAL(first.accepted, 3);
  BOOST_CHECK_EQUAL(first.logins_ok, 3);
  BOOST_CHECK_EQUAL(first.execs, 1);
  BOOST_CHECK_EQUAL(first.live, 1);
  BOOST_CHECK_EQUAL(first.peak, 2);
  BOOST_CHECK_EQUAL(second.logins_rejected, 1);
  BOOST_CHECK_EQUAL(second.live, 0);
  BOOST_CHECK_EQUAL(all.accepted, 4);
  BOOST_CHECK_EQUAL(all.peak, 3);
}

BOOST_AUTO_TEST_CASE(running_out_of_descriptors_is_survived) {
  server s;
  client old{s.at(0)};
  BOOST_REQUIRE(old.open());
  rlimit normal{};
  getrlimit(RLIMIT_NOFILE, &normal);
  // One free number: the client's own end takes it.
  auto free = dup(0);
  close(free);
  rlimit tight{static_cast<rlim_t>(free) + 1, normal.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  auto fd = test::tcp_connect(s.at(0), 1000);
  int why = 0;
  BOOST_CHECK_EQUAL(test::tcp_read(fd, 300, why), "");
  BOOST_CHECK_EQUAL(s.count().accepted, 1);
  BOOST_CHECK_EQUAL(old.run("echo still").value().output, "still\n");
  setrlimit(RLIMIT_NOFILE, &normal);
  BOOST_CHECK(test::tcp_reads_banner(fd));
  close(fd);
}

BOOST_AUTO_TEST_CASE(stopping_with_live_sessions_leaves_no_fd_and_no_thread) {
  auto fds = test::count_own("fd");
  auto threads = test::count_own("task");
  {
    std::vector<std::unique_ptr<client>> clients;
    auto o = devices(20);
    o.threads = 2;
    auto s = std::make_unique<server>(o);
    BOOST_CHECK_EQUAL(test::count_own("task"), threads + 2);
    s->at(1).set(fault::black_hole);
    s->at(2).set(fault::hang_before_banner);
    auto mute = test::tcp_connect(s->at(2), 1000);
    for (std::size_t i = 3; i < 20; ++i) {
      clients.push_back(std::make_unique<client>(s->at(i)));
      BOOST_REQUIRE(clients.back()->open());
    }
    s->at(3).set(fault::freeze);
    // One is in the middle of an answer that nobody reads.
    auto channel = ssh_channel_new(clients.back()->raw());
    ssh_channel_open_session(channel);
    ssh_channel_request_exec(channel, "bytes 50000000");
    s.reset();
    close(mute);
  }
  BOOST_CHECK_EQUAL(test::count_own("fd"), fds);
  BOOST_CHECK_EQUAL(test::count_own("task"), threads);
}

BOOST_AUTO_TEST_CASE(a_thousand_sessions_at_once_cost_one_thread) {
  constexpr std::size_t n = 1000;
  auto threads = test::count_own("task");
  server s{devices(n)};
  std::vector<std::unique_ptr<client>> clients;
  auto memory = test::own_status("VmRSS");
  auto cpu = test::cpu_ms("lab.0");
  for (std::size_t i = 0; i < n; ++i) {
    clients.push_back(std::make_unique<client>(s.at(i)));
    BOOST_REQUIRE(clients.back()->open());
  }
  auto opened = test::cpu_ms("lab.0");
  for (std::size_t i = 0; i < n; ++i)
    BOOST_REQUIRE(!clients[i]->run("show version").value().output.empty());
  auto executed = test::cpu_ms("lab.0");
  BOOST_CHECK_EQUAL(s.count().peak, n);
  BOOST_CHECK_EQUAL(s.count().live, n);
  BOOST_CHECK_EQUAL(test::count_own("task"), threads + 1);
  std::cout << "server CPU per session: login " << (opened - cpu) / n
            << " ms, exec " << (executed - opened) / n
            << " ms; memory of both ends "
            << (test::own_status("VmRSS") - memory) / static_cast<long>(n)
            << " kB" << std::endl;
  clients.clear();
  BOOST_CHECK(eventually([&] { return s.count().live == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
