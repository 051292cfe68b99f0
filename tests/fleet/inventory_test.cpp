
#include "fleet/inventory.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace fleet;

namespace {

/// The files of an inventory; empty ones are not written.
struct files {
  std::string hosts;
  std::string groups;
  std::string defaults;
};

std::vector<host> load(const files& x, const std::string& plugin = "ssh") {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", x.hosts);
  if (!x.groups.empty())
    folder.write("groups.yaml", x.groups);
  if (!x.defaults.empty())
    folder.write("defaults.yaml", x.defaults);
  return resolve(read_inventory(folder.path(), plugin));
}

/// Returns the error without the folder that the files were in.
std::string error_of(const files& x) {
  try {
    load(x);
  } catch (const inventory_error& ex) {
    std::string text = ex.what();
    auto slash = text.rfind('/', text.find(".yaml"));
    return slash == std::string::npos ? text : text.substr(slash + 1);
  }
  return "no error";
}

std::string password_of(const host& x) {
  return std::string{x.params.password.reveal()};
}

struct precedence_row {
  const char* name;
  files given;
  const char* username;
};

const precedence_row precedence_rows[] = {
  {"a host's own value wins",
   {"r1: {username: host, groups: [a], connection_options: {}}",
    "a: {username: group}", "username: defaults"},
   "host"},
  {"a group wins over the defaults",
   {"r1: {groups: [a]}", "a: {username: group}", "username: defaults"},
   "group"},
  {"the defaults are left", {"r1: {}", "", "username: defaults"}, "defaults"},
  {"of two groups the last listed wins",
   {"r1: {groups: [a, b]}", "{a: {username: a}, b: {username: b}}", ""},
   "b"},
  {"a last group without the field takes nothing away",
   {"r1: {groups: [a, b]}", "{a: {username: a}, b: {port: 1}}", ""},
   "a"},
  {"a child group beats its parent",
   {"r1: {groups: [child]}",
    "{parent: {username: parent}, child: {username: child, groups: [parent]}}",
    ""},
   "child"},
  {"what a child lacks comes from its parent",
   {"r1: {groups: [child]}",
    "{parent: {username: parent}, child: {groups: [parent]}}", ""},
   "parent"},
  {"a parent through the last group beats the first group",
   {"r1: {groups: [a, b]}",
    "{top: {username: top}, a: {username: a}, b: {groups: [top]}}", ""},
   "top"},
  {"the plugin's options win over the host's own value",
   {"r1: {username: host, connection_options: {ssh: {username: plugin}}}", "",
    ""},
   "plugin"},
  {"even the plugin's options of the defaults win over the host's own value",
   {"r1: {username: host}", "",
    "connection_options: {ssh: {username: plugin}}"},
   "plugin"},
  {"the plugin's options of the host win over those of its group",
   {"r1: {groups: [a], connection_options: {ssh: {username: host}}}",
    "a: {connection_options: {ssh: {username: group}}}", ""},
   "host"},
  {"the options of another plugin do not count",
   {"r1: {username: host, connection_options: {netconf: {username: other}}}",
    "", ""},
   "host"},
  {"null counts as not written",
   {"r1: {username: null, groups: [a]}", "a: {username: group}", ""},
   "group"},
};

struct credential_row {
  const char* name;
  files given;
  /// `username:password:credential`.
  const char* login;
};

const credential_row credential_rows[] = {
  {"a credential is named", {"r1: {credential: core}", "", ""}, "::core"},
  {"it may have another username",
   {"r1: {credential: core, username: me}", "", ""},
   "me::core"},
  {"a host's takes the place of the defaults' login",
   {"r1: {credential: core}", "", "{username: u, password: p}"},
   "::core"},
  {"a host's username is for the defaults' credential",
   {"r1: {username: me}", "", "credential: core"},
   "me::core"},
  {"a host's password takes the place of a group's",
   {"r1: {username: me, password: p, groups: [a]}", "a: {credential: core}",
    ""},
   "me:p:"},
  {"a host's wins over a group's",
   {"r1: {credential: core, groups: [a]}", "a: {credential: edge}", ""},
   "::core"},
  {"that of the plugin's options wins",
   {"r1: {password: p, connection_options: {ssh: {credential: core}}}", "", ""},
   "::core"},
};

struct error_row {
  files given;
  const char* message;
};

const error_row error_rows[] = {
  {{"r1:\n  hostnam: x\n", "", ""}, "hosts.yaml:2: r1.hostnam: unknown field"},
  {{"r1:\n  password: p\n  credential: core\n", "", ""},
   "hosts.yaml:3: r1.credential: contradicts password"},
  {{"r1:\n  hostnam:\n", "", ""}, "hosts.yaml:2: r1.hostnam: unknown field"},
  {{"r1:\n  port: 70000\n", "", ""},
   "hosts.yaml:2: r1.port: must be a number from 1 to 65535, not '70000'"},
  {{"r1:\n  port: 0\n", "", ""},
   "hosts.yaml:2: r1.port: must be a number from 1 to 65535, not '0'"},
  {{"r1:\n  port: 22x\n", "", ""},
   "hosts.yaml:2: r1.port: must be a number from 1 to 65535, not '22x'"},
  {{"r1:\n  username: [a, b]\n", "", ""},
   "hosts.yaml:2: r1.username: must be text, not a list"},
  {{"r1: {}\nr2: text\n", "", ""},
   "hosts.yaml:2: r2: must be a map, not 'text'"},
  {{"- r1\n- r2\n", "", ""}, "hosts.yaml:1: must be a map, not a list"},
  {{"r1:\n  groups: a\n", "a: {}", ""},
   "hosts.yaml:2: r1.groups: must be a list, not 'a'"},
  {{"r1:\n  groups:\n    - a\n    - b\n", "a: {}", ""},
   "hosts.yaml:4: r1.groups: unknown group 'b'"},
  {{"r1: {}", "a:\n  groups: [b]\n", ""},
   "groups.yaml:2: a.groups: unknown group 'b'"},
  {{"r1: {groups: [a]}", "a:\n  groups: [b]\nb:\n  groups: [a]\n", ""},
   "groups.yaml:4: b.groups: cycle: a -> b -> a"},
  {{"r1: {}", "a:\n  groups: [a]\n", ""},
   "groups.yaml:2: a.groups: cycle: a -> a"},
  {{"r1: {}", "", "groups: [a]\n"}, "defaults.yaml:1: groups: unknown field"},
  {{"r1:\n  connection_options:\n    ssh:\n      porto: 1\n", "", ""},
   "hosts.yaml:4: r1.connection_options.ssh.porto: unknown field"},
  {{"r1:\n  connection_options:\n    other:\n      port: x\n", "", ""},
   "hosts.yaml:4: r1.connection_options.other.port: must be a number from 1 "
   "to 65535, not 'x'"},
  {{"r1:\n  connection_options:\n    ssh:\n      extras:\n        a: [1]\n", "",
    ""},
   "hosts.yaml:5: r1.connection_options.ssh.extras.a: must be text, not a "
   "list"},
  {{"r1: {}\nr1: {}\n", "", ""}, "hosts.yaml:2: r1: is there twice"},
  {{"r1:\n  data: 7\n", "", ""},
   "hosts.yaml:2: r1.data: must be a map, not '7'"},
  {{"r1: {}\n---\nr2: {}\n", "", ""},
   "hosts.yaml:3: a second YAML document: there may be only one"},
  {{"r1: {}\n...\n---\n", "", ""},
   "hosts.yaml:4: a second YAML document: there may be only one"},
  {{"r1: {}", "a: {}\n---\nb: {}\n", ""},
   "groups.yaml:3: a second YAML document: there may be only one"},
  {{"r1: {}", "", "port: 1\n---\nport: 2\n"},
   "defaults.yaml:3: a second YAML document: there may be only one"},
  {{"", "", ""}, "hosts.yaml: there are no hosts"},
  {{"# r1: {}\n", "", ""}, "hosts.yaml: there are no hosts"},
  {{"r1:\n  password: !vault abc\n", "", ""},
   "hosts.yaml:2: r1.password: the tag '!vault' is not supported"},
  {{"r1:\n  port: !!binary MjI=\n", "", ""},
   "hosts.yaml:2: r1.port: the tag 'tag:yaml.org,2002:binary' is not "
   "supported"},
  {{"r1: !include r1.yaml\n", "", ""},
   "hosts.yaml:1: r1: the tag '!include' is not supported"},
  {{"r1:\n  groups: !some [a]\n", "a: {}", ""},
   "hosts.yaml:2: r1.groups: the tag '!some' is not supported"},
  {{"r1:\n  username: !empty\n", "", ""},
   "hosts.yaml:2: r1.username: the tag '!empty' is not supported"},
  {{"r1: &x\n  port: 1\nr2:\n  <<: *x\n", "", ""},
   "hosts.yaml:4: r2.<<: merging maps is not supported"},
  {{"r1: {}\nr2: [\n", "", ""}, "hosts.yaml:3: end of sequence flow not found"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(inventory_test)

BOOST_AUTO_TEST_CASE(a_credential_is_a_whole_login) {
  for (auto& row : credential_rows) {
    BOOST_TEST_CONTEXT(row.name) {
      auto hosts = load(row.given);
      BOOST_REQUIRE(hosts.size() == 1u);
      auto extras = hosts[0].params.extras;
      BOOST_TEST(hosts[0].params.username + ':' + password_of(hosts[0]) + ':'
                   + extras["credential"]
                 == row.login);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_field_comes_from_where_it_has_precedence) {
  for (auto& row : precedence_rows)
    BOOST_TEST_CONTEXT(row.name) {
      auto hosts = load(row.given);
      BOOST_REQUIRE_EQUAL(hosts.size(), 1u);
      BOOST_TEST(hosts[0].params.username == row.username);
    }
}

BOOST_AUTO_TEST_CASE(an_error_names_file_line_and_field) {
  for (auto& row : error_rows)
    BOOST_TEST(error_of(row.given) == row.message);
}

BOOST_AUTO_TEST_CASE(all_fields_are_read) {
  auto hosts = load({R"(
r1:
  hostname: 192.0.2.1
  port: 2222
  username: admin
  password: hidden
  platform: ios
  data: {site: ber, tags: [a, b]}
  connection_options:
    ssh:
      port: 22
      extras:
        known_hosts: /etc/known
        passphrase: open sesame
    napalm:
      extras:
        optional_args: {nested: [1, 2]}
)",
                     "", ""});
  BOOST_REQUIRE_EQUAL(hosts.size(), 1u);
  auto& [name, groups, params, plugin, jump, direct, jump_place] = hosts[0];
  BOOST_TEST(jump == "");
  BOOST_TEST(!direct);
  BOOST_TEST(jump_place.line == 0);
  BOOST_TEST(name == "r1");
  BOOST_TEST(groups.empty());
  BOOST_TEST(params.hostname == "192.0.2.1");
  BOOST_TEST(*params.port == 22);
  BOOST_TEST(params.username == "admin");
  BOOST_TEST(password_of(hosts[0]) == "hidden");
  BOOST_TEST(params.platform == "ios");
  BOOST_TEST(params.extras.size() == 1u);
  BOOST_TEST(params.extras.at("known_hosts") == "/etc/known");
  BOOST_TEST(params.secrets.size() == 1u);
  BOOST_TEST(params.secrets.at("passphrase").reveal() == "open sesame");
}

// yaml-cpp finds documents without end in it.
BOOST_AUTO_TEST_CASE(a_text_that_is_no_document_is_an_error) {
  BOOST_CHECK_THROW(load({",rpc\n  conn", "", ""}), fleet::inventory_error);
}

BOOST_AUTO_TEST_CASE(tags_of_yaml_itself_change_nothing) {
  auto hosts = load({"r1: !!map {port: !!int \"22\", username: !!str 7, "
                     "groups: !!seq [a], password: ! x}\n",
                     "a: {}", ""});
  BOOST_TEST(*hosts.at(0).params.port == 22);
  BOOST_TEST(hosts.at(0).params.username == "7");
  BOOST_TEST(password_of(hosts.at(0)) == "x");
}

BOOST_AUTO_TEST_CASE(groups_and_defaults_may_be_empty) {
  auto hosts = load({"---\nr1: {}\n", "# none yet\n", "---\n"});
  BOOST_TEST(hosts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_to_its_end_is_an_error) {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "r1: {}\n");
  std::filesystem::create_directory(folder / "groups.yaml");
  BOOST_CHECK_THROW(read_inventory(folder.path(), "ssh"), inventory_error);
}

BOOST_AUTO_TEST_CASE(extras_are_merged_key_by_key) {
  auto hosts = load(
    {"r1: {groups: [a], connection_options: {ssh: {extras: {known_hosts: "
     "host}}}}",
     "a: {connection_options: {ssh: {extras: {known-hosts: group, "
     "agent-socket: group}}}}",
     "connection_options: {ssh: {extras: {agent_socket: defaults, "
     "private_key_file: defaults}}}"});
  auto& extras = hosts.at(0).params.extras;
  BOOST_TEST(extras.size() == 3u);
  BOOST_TEST(extras.at("known_hosts") == "host");
  BOOST_TEST(extras.at("agent_socket") == "group");
  BOOST_TEST(extras.at("private_key_file") == "defaults");
}

BOOST_AUTO_TEST_CASE(secrets_of_each_plugin_are_taken_for_secrets) {
  struct row {
    const char* plugin;
    std::vector<std::string> secrets;
  };
  const row rows[] = {
    {"ssh", {"private_key", "passphrase"}},
    {"netconf", {"private_key", "passphrase"}},
    {"http", {"token", "client_key", "passphrase", "proxy_password"}},
    // Some plugin of another process.
    {"other",
     {"private_key", "passphrase", "token", "client_key", "proxy_password"}},
  };
  for (auto& [plugin, secrets] : rows)
    for (auto& name : secrets) {
      BOOST_TEST_CONTEXT(plugin << ' ' << name) {
        auto dashed = name;
        std::replace(dashed.begin(), dashed.end(), '_', '-');
        for (auto& written : {name, dashed}) {
          auto hosts = load({"r1: {connection_options: {" + std::string{plugin}
                               + ": {extras: {" + written + ": abc}}}}",
                             "", ""},
                            plugin);
          auto& params = hosts.at(0).params;
          BOOST_TEST(params.extras.empty());
          BOOST_REQUIRE(params.secrets.count(name) == 1u);
          BOOST_TEST(params.secrets.at(name).reveal() == "abc");
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(extras_of_a_connection_are_those_of_three_tables) {
  auto hosts = load({"r1: {connection_options: {netconf: {extras: "
                     "{open-retries: 0, jump_domain: berlin, max_channels: 2, "
                     "max_depth: 99, credential: core}}}}",
                     "", ""},
                    "netconf");
  BOOST_TEST(hosts.at(0).params.extras.size() == 5u);
}

BOOST_AUTO_TEST_CASE(extras_of_a_plugin_that_is_not_here_may_be_any) {
  auto hosts
    = load({"r1: {connection_options: {x25: {extras: {colour: red}}}}", "", ""},
           "x25");
  BOOST_TEST(hosts.at(0).params.extras.at("colour") == "red");
}

BOOST_AUTO_TEST_CASE(a_wrong_extra_is_an_error_before_the_first_connection) {
  auto extras = [](const std::string& text) {
    return "connection_options:\n  ssh:\n    extras:\n      " + text + '\n';
  };
  auto misspelt = error_of({"r1: {}", "", extras("max_chanels: 1")});
  auto begin = std::string{"defaults.yaml:4: "
                           "connection_options.ssh.extras.max_chanels: "
                           "unknown; there are connect_timeout, "};
  BOOST_TEST(misspelt.substr(0, begin.size()) == begin);
  for (auto* known : {"max_channels", "open_retries", "jump_domain"})
    BOOST_TEST(misspelt.find(known) != std::string::npos);
  BOOST_TEST(error_of({"r1: {}", "", extras("max_channels: 0")})
             == "defaults.yaml:4: connection_options.ssh.extras.max_channels: "
                "must be 1 to 1000, not '0'");
  BOOST_TEST(
    error_of({"r1: {}", "", extras("{max-channels: 1, max_channels: 1}")})
    == "defaults.yaml:4: connection_options.ssh.extras.max_channels: is there "
       "with dashes, too");
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_shown_is_an_error) {
  BOOST_TEST(error_of({"r0: {}\n\"r1\\nr2 | ok\": {}", "", ""})
             == R"(hosts.yaml:2: r1\nr2 | ok: the name has a character that )"
                R"(cannot be shown: 'r1\nr2 | ok')");
  for (const auto* field : {"hostname", "username", "platform", "credential"}) {
    auto text = "r1: {" + std::string{field} + R"(: "a\e[2J"})";
    BOOST_TEST(error_of({text, "", ""})
               == "hosts.yaml:1: r1." + std::string{field}
                    + R"(: the name has a character that cannot be shown: )"
                      R"('a\x1b[2J')");
  }
  BOOST_TEST(load({"\xc3\x80: {}\n\xe4\xb8\xad: {}", "", ""}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_host_without_hostname_has_its_name) {
  BOOST_TEST(load({"r1.example:\n", "", ""}).at(0).params.hostname
             == "r1.example");
}

BOOST_AUTO_TEST_CASE(a_host_is_in_the_groups_of_its_groups_once) {
  auto hosts = load({"r1: {groups: [a, b]}",
                     "{a: {groups: [top]}, b: {groups: [top]}, top: {}}", ""});
  auto groups = hosts.at(0).groups;
  std::sort(groups.begin(), groups.end());
  BOOST_TEST(groups == (std::vector<std::string>{"a", "b", "top"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hosts_keep_the_order_of_the_file) {
  auto hosts = load({"r2: {}\nr10: {}\nr1: {}\n", "", ""});
  std::string order;
  for (auto& x : hosts)
    order += x.name + ' ';
  BOOST_TEST(order == "r2 r10 r1 ");
}

BOOST_AUTO_TEST_CASE(the_hosts_file_itself_may_be_named) {
  tieline::test::temp_dir folder;
  auto path = folder.write("berlin.yaml", "r1: {groups: [a]}");
  folder.write("groups.yaml", "a: {username: group}");
  auto hosts = resolve(read_inventory(path, "ssh"));
  BOOST_TEST(hosts.at(0).params.username == "group");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_an_error) {
  tieline::test::temp_dir folder;
  BOOST_CHECK_THROW(read_inventory(folder.path(), "ssh"), inventory_error);
  BOOST_CHECK_THROW(read_inventory(folder / "no.yaml", "ssh"), inventory_error);
}

BOOST_AUTO_TEST_CASE(deep_diamonds_of_groups_are_resolved_once_each) {
  std::string groups = "g0: {username: top}\n";
  for (int i = 1; i <= 60; ++i) {
    auto lower = std::to_string(i - 1);
    auto name = std::to_string(i);
    // Walked path by path, this would be 2^60 steps.
    groups += "l" + name + ": {groups: [g" + lower + "]}\n";
    groups += "g" + name + ": {groups: [l" + name + ", g" + lower + "]}\n";
  }
  auto hosts = load({"r1: {groups: [g60]}", groups, ""});
  BOOST_TEST(hosts.at(0).params.username == "top");
  BOOST_TEST(hosts.at(0).groups.size() == 121u);
}

BOOST_AUTO_TEST_SUITE_END()
