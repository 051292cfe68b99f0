#include "fleet/options.hpp"

#include <tieline/actors/cluster/membership/cluster_settings.hpp>
#include <tieline/actors/node/node_settings.hpp>
#include <tieline/actors/settings.hpp>
#include <tieline/messages/failure.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/options/config.hpp>
#include <tieline/messages/options/groups.hpp>
#include <tieline/messages/options/option_table.hpp>
#include <tieline/transports/cli/cli.hpp>
#include <tieline/transports/credentials/credentials.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

// What all options have in common, for each row of each table.

using namespace tieline;

namespace {

struct fixture {
  fixture() {
    init();
  }
};

using all_options
  = std::tuple<policy, settings, limit_domains, cli_options, ssh_options,
               netconf_options, http_options, credential, node_settings,
               cluster_settings, fleet::options>;

const connection_key key{"r1", "p"};

using extras_map = std::map<std::string, std::string>;

caf::settings parsed(const std::string& text) {
  std::istringstream in{text};
  auto config = caf::actor_system_config::parse_config(in);
  BOOST_REQUIRE(config);
  return std::move(*config);
}

/// Returns what reading one value from a config says; empty: nothing.
template <class Options>
std::string
read_one(Options& into, const std::string& name, const std::string& value) {
  auto error = Options::table().read(into, parsed(name + " = " + value),
                                     "here");
  BOOST_CHECK(!error || error == errc::invalid_setting);
  return error ? failure_of(error).cause : std::string{};
}

std::string in_quotes(const std::string& text) {
  return '"' + text + '"';
}

bool has_ends(const option_info& x) {
  return x.kind == option_kind::time || x.kind == option_kind::number
         || x.kind == option_kind::decimal;
}

/// Returns the value that is so much more; a time in nanoseconds.
std::string moved(const option_info& x, const std::string& text, int by) {
  caf::config_value value{text};
  if (x.kind == option_kind::time)
    return std::to_string(caf::get_as<caf::timespan>(value)->count() + by)
           + "ns";
  return std::to_string(caf::get_as<int64_t>(value).value() + by);
}

/// Returns a value that is good and not the default.
template <class Options>
std::string another(const option_info& x) {
  if (x.kind == option_kind::list)
    return R"(["a=h:1"])";
  auto candidates = x.ends;
  for (auto* text : {"some text", "/x", "http", "h:1", "password", "strict"})
    candidates.emplace_back(text);
  for (const auto& value : candidates)
    if (value != x.fallback
        && Options::table().check_value(x.name, caf::config_value{value}) == "")
      return value;
  BOOST_FAIL("no other value");
  return {};
}

/// Returns a value as a command line has it, as a file has it.
std::string in_file(const option_info& x, const std::string& value) {
  return x.kind == option_kind::text || x.kind == option_kind::choice
           ? in_quotes(value)
           : value;
}

template <class Options>
std::vector<std::string> shown(const Options& x) {
  std::vector<std::string> result;
  for (const auto& row : Options::table().rows())
    result.push_back(Options::table().show(x, row.name));
  return result;
}

/// Checks that an option, and no other, has that value.
template <class Options>
void check_only(const Options& x, const option_info& row,
                const std::string& value) {
  auto expected = shown(Options{});
  const auto& rows = Options::table().rows();
  Options scratch{};
  Options::table().set(scratch, row.name, caf::config_value{value});
  expected[&row - rows.data()] = Options::table().show(scratch, row.name);
  BOOST_TEST(expected[&row - rows.data()] != row.fallback);
  BOOST_TEST(shown(x) == expected, boost::test_tools::per_element());
}

/// A program's config that declares the options of a table.
template <class Options>
struct program : config {
  program() {
    Options::table().declare(custom_options_);
  }

  /// Returns what a command line sets of the options.
  Options given(std::vector<std::string> args) {
    BOOST_CHECK(!parse(std::move(args)));
    Options result{};
    const auto* group = caf::get_if<caf::settings>(&content,
                                                   Options::table().category());
    BOOST_REQUIRE(group != nullptr);
    // Without what contradicts, which is not what this is about.
    for (const auto& [name, value] : *group)
      if (Options::table().has(name))
        BOOST_TEST(Options::table().set(result, name, value) == "");
    return result;
  }
};

std::string cause_of(const caf::error& error) {
  BOOST_REQUIRE(error);
  return failure_of(error).cause;
}

const std::vector<std::string> wrong_values(option_kind kind) {
  switch (kind) {
    case option_kind::time:
      return {"5", "1.5", "true", "\"soon\"", "[1]", "\"\"", "\"5\""};
    case option_kind::number:
      return {"-1", "1.5", "true", "5s", "\"many\"", "[1]", "\"\"", "1e300"};
    case option_kind::decimal:
      return {"true", "5s", "\"much\"", "[1]", "\"\"", "\"nan\""};
    case option_kind::flag:
      return {"1", "5s", "\"yes\"", "\"\"", "\"TRUE\"", "[true]"};
    case option_kind::choice:
      return {"\"maybe\"", "\"\"", "[1]", "true"};
    case option_kind::text:
      return {"[1]", "[]"};
    case option_kind::list:
      return {};
  }
  return {};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(table_test, fixture)

BOOST_AUTO_TEST_CASE_TEMPLATE(each_default_is_within_its_range, Options,
                              all_options) {
  // A login has no defaults: what is not given is not there.
  if (std::is_same_v<Options, credential>)
    return;
  BOOST_CHECK(!Options::table().check(Options{}));
  for (const auto& x : Options::table().rows())
    BOOST_TEST(
      Options::table().check_value(x.name, caf::config_value{x.fallback}) == "",
      x.name);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
  each_option_may_be_what_its_range_says_and_no_more, Options, all_options) {
  for (const auto& x : Options::table().rows()) {
    BOOST_TEST_CONTEXT(x.name) {
      Options scratch{};
      for (const auto& end : x.ends) {
        BOOST_TEST(Options::table().set(scratch, x.name, caf::config_value{end})
                   == "");
      }
      if (!has_ends(x))
        continue;
      for (const auto& beyond :
           {moved(x, x.ends.front(), -1), moved(x, x.ends.back(), 1)}) {
        auto why = "here." + x.name + ": must be " + x.range + ", not '";
        BOOST_TEST(read_one(scratch, x.name, beyond).rfind(why, 0) == 0u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_value_of_another_type_is_refused, Options,
                              all_options) {
  for (const auto& x : Options::table().rows())
    for (const auto& value : wrong_values(x.kind)) {
      BOOST_TEST_CONTEXT(x.name << " = " << value) {
        Options scratch{};
        auto why = "here." + x.name + ": must be " + x.range + ", not '";
        BOOST_TEST(read_one(scratch, x.name, value).rfind(why, 0) == 0u);
        BOOST_TEST(shown(scratch) == shown(Options{}),
                   boost::test_tools::per_element());
      }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_unknown_name_is_refused_with_the_known_ones,
                              Options, all_options) {
  const auto& first = Options::table().rows().front().name;
  Options scratch{};
  for (std::string name :
       {"no-such-thing = 1", "no_such_thing = 1", "no-such-group { a = 1 }"}) {
    auto error = Options::table().read(scratch, parsed(name), "here");
    auto expected = "here." + name.substr(0, name.find(' '))
                    + ": unknown; there are " + first;
    BOOST_TEST(cause_of(error).rfind(expected, 0) == 0u);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_option_sets_itself_and_nothing_else, Options,
                              all_options) {
  for (const auto& x : Options::table().rows()) {
    BOOST_TEST_CONTEXT(x.name) {
      auto value = another<Options>(x);
      // It may contradict another, but it is not out of range.
      Options read{};
      BOOST_TEST(read_one(read, x.name, in_file(x, value)).find("must be")
                 == std::string::npos);
      check_only(read, x, value);
      Options spelled{};
      read_one(spelled, underscored(x.name), in_file(x, value));
      check_only(spelled, x, value);
      for (const auto& name : {x.name, underscored(x.name)}) {
        Options taken{};
        extras_map extras{{name, value}, {"another", "1"}};
        auto error = Options::table().take_extras(key, taken, extras, false);
        BOOST_CHECK(!error || error == errc::invalid_params);
        check_only(taken, x, value);
        if (!error)
          BOOST_TEST((extras == extras_map{{"another", "1"}}));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_extra_that_is_wrong_is_named, Options,
                              all_options) {
  for (const auto& x : Options::table().rows()) {
    Options scratch{};
    auto name = underscored(x.name);
    extras_map twice{{name, x.fallback}, {x.name, x.fallback}};
    if (twice.size() == 2 && !std::is_same_v<Options, credential>)
      BOOST_TEST(
        cause_of(Options::table().take_extras(key, scratch, twice, false))
        == "extras." + name + ": is there with dashes, too");
    if (x.kind == option_kind::text || x.kind == option_kind::list)
      continue;
    extras_map wrong{{name, "nonsense"}};
    auto error = Options::table().take_extras(key, scratch, wrong, false);
    BOOST_TEST(cause_of(error)
               == "extras." + name + ": must be " + x.range
                    + ", not 'nonsense'");
    BOOST_CHECK(failure_of(error).key == key);
    BOOST_CHECK(error == errc::invalid_params);
  }
}

BOOST_AUTO_TEST_CASE(what_names_files_or_verification_is_not_for_peers) {
  struct row {
    const option_list& table;
    std::set<std::string> kept;
  };
  const row rows[] = {
    {ssh_options::table(),
     {"host-key-policy", "known-hosts", "global-known-hosts",
      "private-key-file", "certificate-file", "agent-socket", "config-file",
      "config-exec"}},
    {http_options::table(),
     {"scheme", "verify", "ca-file", "client-cert-file", "client-key-file",
      "token-file", "proxy", "proxy-username"}},
    {cli_options::table(), {"platforms"}},
    {netconf_options::table(), {}},
    {policy::table(), {}},
    {limit_domains::table(), {}},
  };
  for (const auto& [table, kept] : rows)
    for (const auto& x : table.rows())
      BOOST_TEST_CONTEXT(table.category() << '.' << x.name) {
        auto expected = kept.count(x.name) > 0;
        BOOST_TEST((x.who == said_by::this_process) == expected);
        // A new one must not be forgotten.
        auto is_path = x.range.find("path") != std::string::npos
                       || x.name.find("file") != std::string::npos;
        if (is_path && x.name != "open-path" && x.name != "restconf-root")
          BOOST_TEST(expected);
        for (const auto& name : {x.name, underscored(x.name)}) {
          BOOST_TEST(table.refuse(name, false) == "");
          BOOST_TEST(table.refuse(name, true).empty() == !expected);
        }
      }
}

BOOST_AUTO_TEST_CASE(a_node_says_what_else_its_peers_may_say) {
  const auto& table = ssh_options::table();
  for (std::string name : {"known_hosts", "known-hosts"}) {
    ssh_options into;
    extras_map extras{{name, "/x"}};
    auto error = table.take_extras(key, into, extras, true);
    BOOST_CHECK(error == errc::invalid_params);
    BOOST_TEST(cause_of(error)
               == "extras." + name
                    + ": is not for other processes to say; "
                      "tieline.node.peer-extras permits it");
    BOOST_TEST(into.known_hosts == ssh_options{}.known_hosts);
    permit_from_peers({"known_hosts"});
    BOOST_CHECK(!table.take_extras(key, into, extras, true));
    BOOST_TEST(into.known_hosts == "/x");
    permit_from_peers({});
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_option_is_declared_with_help_and_default,
                              Options, all_options) {
  const auto& table = Options::table();
  caf::config_option_set declared;
  table.declare(declared);
  BOOST_TEST(declared.size() == table.rows().size());
  for (const auto& x : table.rows()) {
    BOOST_TEST_CONTEXT(x.name) {
      BOOST_TEST(!x.help.empty());
      BOOST_TEST(!x.range.empty());
      const auto* option
        = declared.qualified_name_lookup(table.category() + '.' + x.name);
      BOOST_REQUIRE(option != nullptr);
      auto help = option->description();
      BOOST_TEST(std::string(help.data(), help.size()).rfind(x.help, 0) == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_command_line_sets_each_option, Options,
                              all_options) {
  for (const auto& x : Options::table().rows()) {
    auto argument = "--" + Options::table().category() + '.' + x.name;
    BOOST_TEST_CONTEXT(argument) {
      auto value = another<Options>(x);
      check_only(program<Options>{}.given({argument + '=' + value}), x, value);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
  an_empty_value_is_possible_on_a_command_line_as_in_a_file, Options,
  all_options) {
  for (const auto& x : Options::table().rows()) {
    auto argument = "--" + Options::table().category() + '.' + x.name + '=';
    caf::config_value empty{std::string{}};
    if (Options::table().check_value(x.name, empty) != "")
      continue;
    BOOST_TEST_CONTEXT(argument) {
      auto got = program<Options>{}.given({argument});
      BOOST_TEST(Options::table().show(got, x.name) == "");
      got
        = program<Options>{}.given({argument + another<Options>(x), argument});
      BOOST_TEST(Options::table().show(got, x.name) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_flag_is_given_in_three_ways, Options,
                              all_options) {
  for (const auto& x : Options::table().rows()) {
    if (x.kind != option_kind::flag)
      continue;
    auto argument = "--" + Options::table().category() + '.' + x.name;
    auto shown = [&](const std::string& given) {
      auto got = program<Options>{}.given({argument + given});
      return Options::table().show(got, x.name);
    };
    BOOST_TEST(shown("") == "true", x.name);
    BOOST_TEST(shown("=true") == "true", x.name);
    BOOST_TEST(shown("=false") == "false", x.name);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_value_on_a_command_line_is_named_with_the_range) {
  struct : config {
    void declare() {
      ssh_options::add_options(custom_options_);
    }
  } cfg;
  cfg.declare();
  BOOST_REQUIRE(!cfg.parse({"--tieline.ssh.max-channels=many"}));
  auto got = ssh_options::load(content(cfg));
  BOOST_REQUIRE(!got);
  BOOST_TEST(cause_of(got.error())
             == "tieline.ssh.max-channels: must be 1 to 1000, not 'many'");
}

BOOST_AUTO_TEST_CASE(a_section_that_is_none_is_named) {
  BOOST_TEST(cause_of(ssh_options::load(parsed("tieline { ssh = 5 }")).error())
             == "tieline.ssh: not a group of settings");
  BOOST_TEST(cause_of(node_settings::load(parsed("tieline = 5")).error())
             == "tieline: not a group of settings");
  BOOST_CHECK(http_options::load({}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_group_of_each_table_is_known, Options,
                              all_options) {
  auto category = Options::table().category();
  BOOST_TEST(!check_groups(parsed(category + " { }")), category);
}

template <class Options>
void check_unknown_group() {
  constexpr auto told = "tieline.shh: unknown group; there are cli, cluster, "
                        "credential, http, netconf, node, plugin, ssh";
  auto got = Options::load(parsed("tieline { shh { max-channels = 1 } }"));
  BOOST_REQUIRE(!got);
  BOOST_CHECK(got.error() == errc::invalid_setting);
  BOOST_TEST(cause_of(got.error()) == told);
}

// Whichever part of tieline a program has, and reads the settings of.
BOOST_AUTO_TEST_CASE(an_unknown_group_is_named_with_the_known_ones) {
  check_unknown_group<settings>();
  check_unknown_group<node_settings>();
  check_unknown_group<cluster_settings>();
  check_unknown_group<cli_options>();
  check_unknown_group<ssh_options>();
  check_unknown_group<netconf_options>();
  check_unknown_group<http_options>();
  check_unknown_group<credentials>();
  check_unknown_group<fleet::options>();
  BOOST_CHECK(settings::load(parsed("mine { shh { max-channels = 1 } }")));
}

BOOST_AUTO_TEST_CASE(a_secret_among_extras_is_told_as_one) {
  const auto& http = http_options::table();
  for (const auto& x : http.secrets())
    BOOST_TEST(check_extra(x.name, "abc", {&http})
               == "is a secret, and no extra");
  BOOST_TEST(http.has_secret("proxy-password"));
  BOOST_TEST(!ssh_options::table().has_secret("token"));
}

BOOST_AUTO_TEST_CASE(the_secrets_of_all_plugins_may_come_from_a_credential) {
  for (const auto* table :
       std::vector<const option_list*>{&ssh_options::table(),
                                       &netconf_options::table(),
                                       &http_options::table()})
    for (const auto& x : table->secrets())
      BOOST_TEST(credential::table().has(x.name + "_file"), x.name);
}

BOOST_AUTO_TEST_CASE(what_is_no_option_of_ours_is_left_as_it_is) {
  program<settings> cfg;
  const std::vector<std::string> args{
    "--caf.scheduler.policy=", "--no-such", "--no-such=", "-x", "--", "--",
    "--tieline.keep-open"};
  BOOST_TEST(spelled_out(args, cfg.custom_options()) == args,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
