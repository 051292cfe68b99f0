#include "cli/shell_world.hpp"
#include "support/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

using cli::shell_request;
using cli::shell_session;
using lab::fault;

namespace {

const std::string version = "Lab OS 7.1\nuptime is 1 day\n";

shell_request lines(std::vector<std::string> what) {
  shell_request result;
  result.lines = std::move(what);
  return result;
}

cli::pattern look(const std::string& text) {
  std::string why;
  auto result = cli::pattern::compile(text, why);
  BOOST_REQUIRE_MESSAGE(result, why);
  return *result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shell_session_test)

// -- opening ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_shipped_platform_opens_runs_and_closes) {
  for (const auto& how : lab::shell::personalities())
    BOOST_TEST_CONTEXT(how.name) {
      shell_world::options o;
      o.platform = how.name;
      shell_world world{std::move(o)};
      BOOST_TEST(world.open() == "");
      auto answer = world.run("show version");
      BOOST_TEST(answer.error == "");
      BOOST_TEST(answer.result.output == version);
      BOOST_TEST(answer.result.indicator == "");
      BOOST_TEST(answer.result.mode
                 == shipped(std::string{how.name})->default_mode);
      answer = world.run("nonsense");
      BOOST_TEST(answer.error == "");
      BOOST_TEST(answer.result.indicator != "");
      BOOST_TEST(answer.result.failed_command == "nonsense");
      BOOST_TEST(world.run("show version").result.output == version);
      world.session().close(world.now());
      BOOST_TEST(world.comes<shell_session::parted>());
    }
}

BOOST_AUTO_TEST_CASE(each_configuration_mode_is_entered_and_left) {
  size_t entered = 0;
  for (const auto& how : lab::shell::personalities()) {
    auto kind = shipped(std::string{how.name});
    for (const auto& mode : kind->modes) {
      if (mode.name.compare(0, 13, "configuration") != 0
          || (how.name == "cisco_nxos"
              && mode.name == "configuration_exclusive"))
        continue;
      BOOST_TEST_CONTEXT(how.name << ' ' << mode.name) {
        shell_world::options o;
        o.platform = how.name;
        shell_world world{std::move(o)};
        BOOST_TEST(world.open() == "");
        auto what = lines({"hostname r2"});
        what.mode = mode.name;
        auto answer = world.run(what);
        BOOST_TEST(answer.error == "");
        BOOST_TEST(answer.result.mode == mode.name);
        answer = world.run("show version");
        BOOST_TEST(answer.error == "");
        BOOST_TEST(answer.result.output == version);
        BOOST_TEST(answer.result.mode == kind->default_mode);
        ++entered;
      }
    }
  }
  BOOST_TEST(entered >= 14u);
}

BOOST_AUTO_TEST_CASE(the_enable_secret_is_given_when_it_is_asked_for) {
  shell_world::options o;
  o.enable_secret = "s3cret";
  o.secrets = {{"enable", secret{"s3cret"}}};
  shell_world world{std::move(o)};
  BOOST_TEST(world.open() == "");
  BOOST_TEST(world.run("show version").result.mode == "privileged_exec");
}

BOOST_AUTO_TEST_CASE(a_wrong_or_missing_enable_secret_is_told) {
  shell_world::options o;
  o.enable_secret = "s3cret";
  shell_world missing{o};
  BOOST_TEST(missing.open()
             == "invalid_params: secrets.enable: the device asks for it with "
                "'Password: ', and there is none");
  o.secrets = {{"enable", secret{"wrong"}}};
  shell_world wrong{std::move(o)};
  BOOST_TEST(wrong.open()
             == "operation_failed: the device asks again: 'Password: '");
}

BOOST_AUTO_TEST_CASE(a_device_that_never_prompts_is_given_up) {
  shell_world::options o;
  o.faults = {{fault::cli_slow_prompt, 600'000}};
  shell_world world{std::move(o)};
  BOOST_TEST(contains(world.open(), "timeout: no prompt"));
}

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(several_lines_have_their_outputs_apart) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto answer = world.run(lines({"show version", "lines a 2", "show version"}));
  BOOST_TEST(answer.error == "");
  BOOST_TEST(answer.result.output == version + "of a 0\nof a 1\n" + version);
  BOOST_TEST((answer.result.sizes
              == std::vector<uint64_t>{version.size(), 14, version.size()}));
  BOOST_TEST(answer.result.prompt == "r1#");
}

BOOST_AUTO_TEST_CASE(lines_behind_one_that_failed_are_not_sent) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto what = lines({"show version", "nonsense", "lines b 1"});
  auto answer = world.run(what);
  BOOST_TEST(answer.result.failed_command == "nonsense");
  BOOST_TEST(answer.result.indicator == "% Invalid input");
  BOOST_TEST(answer.result.complaint
             == "% Invalid input detected at '^' marker.");
  BOOST_TEST(answer.result.sizes.size() == 2u);
  BOOST_TEST(!contains(world.sent(), "lines b"));
  what.stop_on_failure = false;
  answer = world.run(what);
  BOOST_TEST(answer.result.sizes.size() == 3u);
  BOOST_TEST(answer.result.failed_command == "nonsense");
  BOOST_TEST(contains(answer.result.output, "of b 0\n"));
}

BOOST_AUTO_TEST_CASE(raw_keeps_echo_and_prompt) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto what = lines({"show version", "lines a 1"});
  what.raw = true;
  BOOST_TEST(world.run(what).result.output
             == "r1#show version\n" + version + "r1#lines a 1\nof a 0\nr1#");
}

BOOST_AUTO_TEST_CASE(questions_are_answered_as_the_request_says) {
  shell_world::options o;
  o.secrets = {{"scp", secret{"12345"}}};
  shell_world world{std::move(o)};
  BOOST_TEST(world.open() == "");
  auto what = lines({"clear counters"});
  what.answers = {{look("\\[confirm\\]$"), ""}};
  auto answer = world.run(what);
  BOOST_TEST(answer.error == "");
  BOOST_TEST(contains(answer.result.output, "[confirm]"));
  what = lines({"delete x"});
  what.answers = {{look("\\[yes/no\\]:\\s*$"), "yes"}};
  answer = world.run(what);
  BOOST_TEST(contains(answer.result.output, "\nDeleted.\n"));
  what = lines({"copy x"});
  what.answers = {{look("password:\\s*$"), "scp", true}};
  answer = world.run(what);
  BOOST_TEST(contains(answer.result.output, "Copied with 5 characters.\n"));
  BOOST_TEST(world.run("show version").result.output == version);
}

BOOST_AUTO_TEST_CASE(an_unknown_question_is_told_and_then_got_out_of) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto answer = world.run(lines({"delete x", "show version"}), 2s);
  BOOST_TEST(answer.error
             == "timeout: no prompt behind 'delete x'; the last line was "
                "'Delete x? [yes/no]: '");
  answer = world.run("show version");
  BOOST_TEST(answer.error == "");
  BOOST_TEST(answer.result.output == version);
}

BOOST_AUTO_TEST_CASE(an_own_end_ends_a_line) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto what = lines({"delete x", "yes"});
  what.expect = look("\\]: $|r1#$");
  auto answer = world.run(what);
  BOOST_TEST(answer.error == "");
  BOOST_TEST(contains(answer.result.output, "Deleted.\n"));
  what = lines({"delete x"});
  what.expect = look("\\]: $");
  answer = world.run(what);
  BOOST_TEST(answer.error == "");
  BOOST_TEST(answer.result.output == "Delete x? [yes/no]: ");
  BOOST_TEST(world.run("show version").result.output == version);
}

BOOST_AUTO_TEST_CASE(a_changed_hostname_is_learned) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto what = lines({"hostname router-2", "interface Gi1", "description x"});
  what.mode = "configuration";
  auto answer = world.run(what);
  BOOST_TEST(answer.error == "");
  BOOST_TEST(answer.result.prompt == "router-2(config-if)#");
  answer = world.run("show version");
  BOOST_TEST(answer.result.output == version);
  BOOST_TEST(answer.result.prompt == "router-2#");
}

BOOST_AUTO_TEST_CASE(a_mode_that_cannot_be_entered_is_told) {
  shell_world::options o;
  o.platform = "juniper_junos";
  shell_world world{std::move(o)};
  BOOST_TEST(world.open() == "");
  world.config().holder = &o;
  auto what = lines({"set x"});
  what.mode = "configuration_exclusive";
  BOOST_TEST(world.run(what).error
             == "operation_failed: the device did not go to mode "
                "'configuration_exclusive' with 'configure exclusive' but is "
                "in 'exec'; it said 'error: configuration database locked by "
                "another session'");
  BOOST_TEST(world.run("show version").result.output == version);
  what.mode = "nowhere";
  BOOST_TEST(contains(world.run(what).error, "there is no way"));
}

BOOST_AUTO_TEST_CASE(too_much_output_is_given_up) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto what = lines({"lines a 2000"});
  what.output_limit = 1000;
  BOOST_TEST(world.run(what).error == "output_limit: more than 1000 bytes");
  BOOST_TEST(world.run("show version").result.output == version);
}

BOOST_AUTO_TEST_CASE(a_stream_keeps_little_of_50_megabytes) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  auto what = lines({"show tech"});
  what.streams = true;
  auto id = world.submit(what, 10min);
  size_t bytes = 0;
  size_t largest = 0;
  auto is_done = false;
  while (!is_done && world.wait())
    for (auto& x : world.take_events()) {
      if (auto* piece = std::get_if<shell_session::output>(&x)) {
        bytes += piece->text.size();
        largest = std::max(largest, piece->text.size());
      } else if (auto* done = std::get_if<shell_session::done>(&x)) {
        BOOST_TEST(done->id == id);
        BOOST_TEST(done->result.output == "");
        BOOST_TEST(done->result.sizes.front() == 50'000'000u);
        is_done = true;
      }
    }
  BOOST_TEST(is_done);
  BOOST_TEST(bytes == 50'000'000u);
  BOOST_TEST(largest < 64u * 1024u);
}

// -- what devices do ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_habit_of_a_device_changes_what_is_handed_out) {
  const std::pair<fault, uint64_t> all[]{
    {fault::cli_slow_prompt, 2000},
    {fault::cli_slow_bytes, 10},
    {fault::cli_banner, 0},
    {fault::cli_login, 0},
    {fault::cli_log, 0},
    {fault::cli_log_in_prompt, 0},
    {fault::cli_pager, 0},
    {fault::cli_redraw, 0},
    {fault::cli_no_echo, 0},
    {fault::cli_carriage, 0},
    {fault::slow_command, 3000},
  };
  std::string many;
  for (int i = 0; i < 60; ++i) {
    many += "of a " + std::to_string(i) + '\n';
    if (i % 7 == 3)
      many += "r1#\n";
  }
  for (auto x : all)
    BOOST_TEST_CONTEXT(lab::to_string(x.first)) {
      shell_world::options o;
      o.faults = {x};
      shell_world world{std::move(o)};
      BOOST_TEST(world.open() == "");
      for (int i = 0; i < 3; ++i) {
        auto answer = world.run("show version");
        BOOST_TEST(answer.error == "");
        BOOST_TEST(answer.result.output == version);
        answer = world.run("lines a 60");
        BOOST_TEST(answer.error == "");
        BOOST_TEST(answer.result.output == many);
        answer = world.run("nonsense " + std::string(100, 'n'));
        BOOST_TEST(answer.error == "");
        BOOST_TEST(answer.result.complaint
                   == "% Invalid input detected at '^' marker.");
      }
    }
}

BOOST_AUTO_TEST_CASE(a_prompt_within_output_ends_nothing) {
  for (uint64_t pause : {0, 5, 9}) {
    shell_world world;
    BOOST_TEST(world.open() == "");
    if (pause > 0)
      world.faults().set(fault::slow_command, pause);
    BOOST_TEST(world.run("show banner").result.output
               == "The prompt is\nr1#\nand also\nr1#show version\n"
                  "and that is all.\n");
  }
}

BOOST_AUTO_TEST_CASE(each_shipped_platform_gets_back_to_its_prompt) {
  for (const auto& x : lab::shell::personalities()) {
    BOOST_TEST_CONTEXT(x.name) {
      shell_world::options o;
      o.platform = x.name;
      shell_world world{std::move(o)};
      BOOST_TEST_REQUIRE(world.open() == "");
      BOOST_TEST(
        contains(world.run(lines({"sleep 60000"}), 1s).error, "timeout"));
      BOOST_TEST(world.run("show version").result.output == version);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_times_out_leaves_nothing_behind) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  BOOST_TEST(contains(world.run(lines({"sleep 20000"}), 1s).error,
                      "timeout: no prompt behind 'sleep 20000'"));
  auto answer = world.run("show version");
  BOOST_TEST(answer.error == "");
  BOOST_TEST(answer.result.output == version);
}

BOOST_AUTO_TEST_CASE(a_deaf_device_is_waited_for_in_bounds) {
  shell_world::options o;
  o.faults = {{fault::cli_deaf, 0}};
  shell_world world{o};
  BOOST_TEST(world.open() == "");
  BOOST_TEST(contains(world.run(lines({"sleep 3000"}), 1s).error, "timeout"));
  BOOST_TEST(world.run("show version").result.output == version);
  BOOST_TEST(contains(world.run(lines({"sleep 60000"}), 1s).error, "timeout"));
  BOOST_TEST(contains(world.run("show version").error, "connection_lost"));
}

BOOST_AUTO_TEST_CASE(without_a_comment_or_an_echo_a_session_is_not_used_again) {
  shell_world::options o;
  o.change = [](cli::platform& x) { x.comment.clear(); };
  shell_world silent{o};
  BOOST_TEST(silent.open() == "");
  BOOST_TEST(contains(silent.run(lines({"sleep 3000"}), 1s).error, "timeout"));
  BOOST_TEST(silent.comes<shell_session::lost>());
  o.change = {};
  o.faults = {{fault::cli_no_echo, 0}};
  shell_world blind{o};
  BOOST_TEST(blind.open() == "");
  BOOST_TEST(contains(blind.run(lines({"sleep 3000"}), 1s).error, "timeout"));
  BOOST_TEST(blind.comes<shell_session::lost>());
}

BOOST_AUTO_TEST_CASE(a_configuration_that_was_given_up_is_left) {
  shell_world::options o;
  o.platform = "cisco_iosxr";
  shell_world world{std::move(o)};
  BOOST_TEST(world.open() == "");
  world.faults().set(fault::slow_command, 9000);
  auto what = lines({"interface x", "show version"});
  what.mode = "configuration_exclusive";
  BOOST_TEST(contains(world.run(what, 1s).error, "timeout"));
  world.faults().clear(fault::slow_command);
  world.pass(5s);
  BOOST_TEST(world.config().holder == nullptr);
  BOOST_TEST(world.config().running.empty());
  BOOST_TEST(world.run("show version").result.mode == "privileged_exec");
}

BOOST_AUTO_TEST_CASE(a_shell_that_ends_is_lost) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  world.faults().set(fault::cli_close, 0);
  BOOST_TEST(world.run("show version").error
             == "connection_lost: the device has ended the shell");
  BOOST_TEST(world.comes<shell_session::lost>());
}

// -- keeping it alive ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_probe_is_a_prompt_away) {
  shell_world world;
  BOOST_TEST(world.open() == "");
  world.session().probe(77, world.now());
  BOOST_TEST(world.comes<shell_session::probed>());
  world.session().probe(78, world.now());
  BOOST_TEST(world.run("show version").result.output == version);
}

BOOST_AUTO_TEST_CASE(an_idle_session_sends_returns_if_it_is_told_to) {
  shell_world quiet;
  BOOST_TEST(quiet.open() == "");
  auto before = quiet.sent();
  quiet.pass(10min);
  BOOST_TEST(quiet.sent() == before);
  shell_world::options o;
  o.idle_return_interval = 1min;
  shell_world world{std::move(o)};
  BOOST_TEST(world.open() == "");
  before = world.sent();
  world.pass(10min + 10s);
  auto returns = world.sent().substr(before.size());
  BOOST_TEST(returns.size() >= 9u);
  BOOST_TEST((returns.find_first_not_of('\n') == std::string::npos));
  BOOST_TEST(world.run("show version").result.output == version);
}

// -- never handed out dirty ---------------------------------------------------

BOOST_AUTO_TEST_CASE(no_byte_of_one_request_reaches_another) {
  size_t done = 0;
  size_t whole = 0;
  size_t failed = 0;
  size_t lost = 0;
  size_t given_up = 0;
  for (uint32_t seed = 0; seed < 10'000; ++seed) {
    std::mt19937 random{seed};
    const char* platforms[] = {"cisco_iosxe", "cisco_nxos", "huawei_vrp",
                               "arista_eos"};
    const fault faults[] = {fault::cli_types_ahead,  fault::cli_deaf,
                            fault::cli_log,          fault::cli_pager,
                            fault::cli_carriage,     fault::cli_banner,
                            fault::cli_log_in_prompt};
    shell_world::options o;
    o.seed = seed;
    o.platform = platforms[random() % std::size(platforms)];
    for (auto n = random() % 3; n > 0; --n)
      o.faults.emplace_back(faults[random() % std::size(faults)], 0);
    // The first request is given up while its output pauses behind what looks
    // like the prompt, and the device echoes at once what is typed then.
    uint64_t first = random() % 4 == 0 ? 2 : 1;
    if (first == 2)
      o.faults = {{fault::cli_types_ahead, 0}, {fault::slow_command, 300}};
    shell_world world{std::move(o)};
    if (!world.open().empty())
      continue;
    std::map<uint64_t, size_t> wanted;
    std::set<uint64_t> answered;
    auto is_lost = false;
    if (first == 2) {
      world.submit(lines({"show banner"}), 1min);
      world.pass(std::chrono::milliseconds{random() % 15});
      // One that was through by then shows nothing.
      if (!world.take_events().empty())
        continue;
      world.session().cancel(1, errc::canceled, "so", world.now());
      wanted[1] = 0;
      ++given_up;
    }
    auto look_at = [&](shell_session::event& x) {
      if (auto* how = std::get_if<shell_session::failed>(&x)) {
        BOOST_REQUIRE(answered.insert(how->id).second);
        ++failed;
      } else if (std::holds_alternative<shell_session::lost>(x)) {
        is_lost = true;
        ++lost;
      }
      auto* how = std::get_if<shell_session::done>(&x);
      if (how == nullptr)
        return;
      BOOST_REQUIRE(answered.insert(how->id).second);
      ++done;
      auto mine = "of " + std::to_string(how->id) + ' ';
      size_t count = 0;
      const auto& all = how->result.output;
      for (auto at = all.find("of "); at != std::string::npos;
           at = all.find("of ", at + 1)) {
        BOOST_REQUIRE_MESSAGE(all.compare(at, mine.size(), mine) == 0,
                              "seed " << seed << ": request " << how->id
                                      << " got " << all);
        ++count;
      }
      for (const auto* text : {"The prompt", "and also", "that is all"})
        BOOST_REQUIRE_MESSAGE(all.find(text) == std::string::npos,
                              "seed " << seed << ": request " << how->id
                                      << " got " << all);
      whole += count == wanted[how->id] ? 1 : 0;
    };
    for (auto i = first; i < first + 6 && !is_lost; ++i) {
      wanted[i] = random() % 40;
      auto line = "lines " + std::to_string(i) + ' '
                  + std::to_string(wanted[i]);
      world.submit(lines({line}),
                   std::chrono::milliseconds{50 + random() % 2000});
      // Some come while others run; some are given up.
      world.pass(std::chrono::milliseconds{random() % 1000});
      if (random() % 8 == 0)
        world.session().cancel(1 + random() % i, errc::canceled, "so",
                               world.now());
      for (auto& x : world.take_events())
        look_at(x);
    }
    world.pass(1min);
    for (auto& x : world.take_events())
      look_at(x);
    BOOST_REQUIRE(answered.size() == wanted.size());
  }
  BOOST_TEST_MESSAGE(done << " done, " << whole << " of them whole, " << failed
                          << " failed, " << lost << " sessions lost");
  BOOST_TEST(done > 10'000u);
  BOOST_TEST(failed > 1'000u);
  BOOST_TEST(given_up > 1'000u);
}

BOOST_AUTO_TEST_CASE(what_waits_when_a_session_is_lost_had_not_begun) {
  shell_world::options o;
  o.faults = {{fault::cli_deaf, 0}};
  shell_world world{o};
  BOOST_TEST_REQUIRE(world.open() == "");
  auto first = world.submit(lines({"sleep 60000"}), 1s);
  auto second = world.submit(lines({"show version"}), 1min);
  std::map<uint64_t, shell_session::failed> failures;
  while (world.wait())
    for (auto& x : world.take_events())
      if (auto* how = std::get_if<shell_session::failed>(&x))
        failures.emplace(how->id, *how);
  BOOST_TEST_REQUIRE(failures.size() == 2u);
  BOOST_TEST((failures.at(first).code == errc::timeout));
  BOOST_TEST((failures.at(second).code == errc::connection_lost));
  BOOST_TEST(failures.at(second).details["begun"] == "no");
}

BOOST_AUTO_TEST_SUITE_END()
