#include "support/temp_dir.hpp"

#include "tieline/transports/ssh/config/files.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tieline::ssh::config;
using tieline::test::temp_dir;

namespace {

/// A home of its own with files in .ssh.
struct fixture {
  fixture() {
    std::filesystem::create_directories(home / ".ssh/conf.d");
    here.home = home.path();
  }

  std::string add(const std::string& name, const std::string& text) const {
    auto path = home.write(".ssh/" + name, text);
    chmod(path.c_str(), 0600);
    return path;
  }

  file_set files(const std::string& path = "~/.ssh/config") const {
    file_set result{{path}, here};
    result.refresh();
    return result;
  }

  std::string user_of(const file_set& from, const std::string& host) const {
    evaluation got;
    if (from.wrong())
      return to_string(from.wrong());
    auto wrong = evaluate(from.files(), {host}, here, {}, got);
    return wrong ? to_string(wrong) : got.find(keyword::user)->value();
  }

  temp_dir home;
  surroundings here = own_surroundings();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(files_test, fixture)

BOOST_AUTO_TEST_CASE(includes_are_relative_to_the_folder_of_the_user) {
  add("config", "Include conf.d/*.conf\nInclude ~/.ssh/more nothing-*\n");
  add("conf.d/1.conf", "Host a\nUser one\n");
  add("conf.d/2.conf", "Host a b\nUser two\n");
  add("conf.d/ignored", "User three\n");
  add("more", "Host c\nUser four\n");
  auto from = files();
  BOOST_TEST(user_of(from, "a") == "one");
  BOOST_TEST(user_of(from, "b") == "two");
  BOOST_TEST(user_of(from, "c") == "four");
  BOOST_TEST(user_of(from, "d") == here.user);
  BOOST_TEST(from.all().size() == 4u);
}

BOOST_AUTO_TEST_CASE(an_include_in_a_block_applies_to_that_block_only) {
  add("config", "Host a\nInclude inner\nUser outer\n");
  add("inner", "Host *\nPort 1\nHost b\nUser inner\n");
  auto from = files();
  BOOST_TEST(user_of(from, "a") == "outer");
  BOOST_TEST(user_of(from, "b") == here.user);
}

BOOST_AUTO_TEST_CASE(files_are_parsed_once_for_each_change) {
  add("config", "Include conf.d/*\nUser x\n");
  auto from = files();
  BOOST_TEST(!from.refresh());
  auto before = from.files();
  BOOST_TEST((from.files() == before));
  add("conf.d/new", "User y\n");
  BOOST_TEST(from.refresh());
  BOOST_TEST(user_of(from, "a") == "y");
  BOOST_TEST(!from.refresh());
  std::filesystem::remove(here.home + "/.ssh/conf.d/new");
  BOOST_TEST(from.refresh());
  BOOST_TEST(user_of(from, "a") == "x");
  // An error is no end of it.
  std::filesystem::remove(here.home + "/.ssh/config");
  BOOST_TEST(from.refresh());
  BOOST_TEST(!!from.wrong());
  add("config", "User z\n");
  BOOST_TEST(from.refresh());
  BOOST_TEST(user_of(from, "a") == "z");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_told_with_its_place) {
  auto ssh = here.home + "/.ssh/";
  BOOST_TEST(to_string(files(ssh + "none").wrong())
             == ssh + "none cannot be read: No such file or directory");
  add("config", "\nInclude a\n");
  add("a", "Include b\n");
  add("b", "Host x\nInclude ~/.ssh/a\n");
  BOOST_TEST(to_string(files().wrong())
             == ssh + "b:2: Include: includes itself: " + ssh + "a -> " + ssh
                  + "b -> " + ssh + "a");
  add("b", "Port x\n");
  BOOST_TEST(to_string(files().wrong())
             == ssh + "b:1: Port: must be a port, 1 to 65535, not 'x'");
  std::filesystem::remove(ssh + "b");
  mkfifo((ssh + "b").c_str(), 0600);
  BOOST_TEST(to_string(files().wrong())
             == ssh + "a:1: " + ssh
                  + "b cannot be read: it is no regular file");
}

BOOST_AUTO_TEST_CASE(files_that_others_may_write_are_refused) {
  auto config = add("config", "Include a\n");
  auto included = add("a", "User x\n");
  chmod(included.c_str(), 0602);
  auto why = ": others may write to the file, or own it";
  BOOST_TEST(to_string(files().wrong()) == included + why);
  chmod(included.c_str(), 0644);
  chmod(config.c_str(), 0666);
  BOOST_TEST(to_string(files().wrong()) == config + why);
  // As with `ssh -F`, whoever names a file has looked at it.
  auto named = add("named", "User y\n");
  chmod(named.c_str(), 0666);
  BOOST_TEST(user_of(files(named), "a") == "y");
}

BOOST_AUTO_TEST_CASE(each_file_tells_once_what_is_not_supported) {
  auto config = add("config", "Include a a\nSendEnv LANG\nSendEnv LC_*\n");
  auto included = add("a", "Match exec true\nForwardAgent yes\n");
  auto told = unsupported_in(files());
  BOOST_TEST(
    told
      == (std::vector<std::string>{config + ": not supported: SendEnv (line 2)",
                                   included
                                     + ": not supported: Match exec (line 1), "
                                       "ForwardAgent (line 2)"}),
    boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
