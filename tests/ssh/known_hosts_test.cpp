#include <tieline/transports/ssh/host_key_check.hpp>
#include <tieline/transports/ssh/known_hosts.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline::ssh;

namespace {

const std::string ed25519
  = "AAAAC3NzaC1lZDI1NTE5AAAAIKkggTWsyuz+mJBxfeAM/6AjOYsRJi6hiUOdTGByc4XU";

const std::string ecdsa
  = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDuTE1RhzHJBoil9Pk6K"
    "cq+d38LizluuN1vgZHu6DJ/kLsd1wksglEGqjIinBoaE4PGlWK1trVHb3OOexc7vooI=";

// Another key of the same type.
const std::string ed25519_2
  = "AAAAC3NzaC1lZDI1NTE5AAAAIKkggTWsyuz+mJBxfeAM/6AjOYsRJi6hiUOdTGByc4XX";

std::string line(const std::string& names, const std::string& key = ed25519) {
  return names + (key == ecdsa ? " ecdsa-sha2-nistp256 " : " ssh-ed25519 ")
         + key + '\n';
}

struct row {
  const char* name;
  std::string names;
  const char* host;
  uint16_t port;
  bool found;
};

const row rows[] = {
  {"the name", "r1", "r1", 22, true},
  {"another name", "r1", "r2", 22, false},
  {"a part of the name", "r1", "r11", 22, false},
  {"upper case asked", "r1", "R1", 22, true},
  {"upper case written", "R1", "r1", 22, true},
  {"one of several", "r0,r1,r2", "r1", 22, true},
  {"an address", "192.0.2.1", "192.0.2.1", 22, true},
  {"an IPv6 address", "2001:db8::1", "2001:db8::1", 22, true},
  {"another port", "r1", "r1", 2222, false},
  {"with port", "[r1]:2222", "r1", 2222, true},
  {"with port, asked without", "[r1]:2222", "r1", 22, false},
  {"with another port", "[r1]:2223", "r1", 2222, false},
  {"a star", "*.example", "r1.example", 22, true},
  {"a star for nothing", "r1*", "r1", 22, true},
  {"a star elsewhere", "*.example", "r1.example.org", 22, false},
  {"stars", "*1*x*", "r1.example", 22, true},
  {"a question mark", "r?", "r1", 22, true},
  {"a question mark for nothing", "r1?", "r1", 22, false},
  {"a star over a port", "[*]:2222", "r1", 2222, true},
  {"negated", "*.example,!r1.example", "r1.example", 22, false},
  {"negated first", "!r1.example,*.example", "r1.example", 22, false},
  {"another one negated", "!r2.example,*.example", "r1.example", 22, true},
  {"only negated", "!r2", "r1", 22, false},
  {"hashed", "|1|X7axd0+Kmpic4hHlBA6DxCmWr/s=|TfAjWrEpUzqEsLiFS/wyc4egrq0=",
   "r1.example", 22, true},
  {"hashed with port",
   "|1|KpWW0gi41sNy7WTmkgs5pFaerXg=|xLfgdQBsibvs23+TuxTQwpCYMUM=", "r1.example",
   2222, true},
  {"hashed, another name",
   "|1|X7axd0+Kmpic4hHlBA6DxCmWr/s=|TfAjWrEpUzqEsLiFS/wyc4egrq0=", "r2.example",
   22, false},
  {"hashed badly", "|1|X7axd0", "r1.example", 22, false},
  {"hashed emptily", "|1||", "r1.example", 22, false},
};

known_key entry(const std::string& key, bool revoked = false) {
  return {parse_host_key(key), revoked, 1};
}

known_key bare(const std::string& key, bool revoked = false) {
  auto result = entry(key, revoked);
  result.bare = true;
  return result;
}

known_key authority(const std::string& key) {
  auto result = entry(key);
  result.authority = true;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(known_hosts_test)

BOOST_AUTO_TEST_CASE(names_match_as_sshd_8_says) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.name) {
      known_hosts file{line(x.names)};
      BOOST_TEST(file.find(x.host, x.port).size() == (x.found ? 1u : 0u));
    }
}

BOOST_AUTO_TEST_CASE(lines_that_make_no_sense_are_left_out) {
  known_hosts file{"# r1 " + line("") + "\n  \nr1\nr1 ssh-ed25519\n"
                   + "r1 ssh-ed25519 not-base64\n" + "r1 ssh-rsa " + ed25519
                   + "\n@cert-authority " + line("r1") + "@what " + line("r1")
                   + "r1 ssh-ed25519 AAAA\r\n" + "  " + line("r1")
                   + "r1\tssh-ed25519\t" + ed25519 + " a comment\r\n"
                   + "r1 ssh-ed25519 " + ed25519_2};
  auto found = file.find("r1", 22);
  BOOST_REQUIRE_EQUAL(found.size(), 3u);
  BOOST_TEST(found[0].line == 11u);
  BOOST_TEST(found[1].line == 12u);
  BOOST_TEST(found[2].line == 13u);
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_marked) {
  auto found = known_hosts{"@revoked " + line("*")}.find("r1", 22);
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].revoked);
}

BOOST_AUTO_TEST_CASE(lines_of_authorities_are_kept_apart) {
  known_hosts file{"@cert-authority " + line("*.example") + line("r1.example")};
  BOOST_TEST(file.find("r1.example", 22).size() == 1u);
  auto found = file.find_authorities("r1.example", 22);
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].authority);
  BOOST_TEST(found[0].line == 1u);
  BOOST_TEST(file.find_authorities("r1", 22).empty());
}

BOOST_AUTO_TEST_CASE(a_hashed_name_is_found_again_and_after_another_line) {
  known_hosts file{
    line("|1|X7axd0+Kmpic4hHlBA6DxCmWr/s=|TfAjWrEpUzqEsLiFS/wyc4egrq0=")};
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(file.find("r1.example", 22).size() == 1u);
  BOOST_TEST(file.find("r2", 22).empty());
  file.append(line("r2"));
  BOOST_TEST(file.find("r2", 22).size() == 1u);
  file.append(
    line("|1|X7axd0+Kmpic4hHlBA6DxCmWr/s=|TfAjWrEpUzqEsLiFS/wyc4egrq0="));
  BOOST_TEST(file.find("r1.example", 22).size() == 2u);
}

BOOST_AUTO_TEST_CASE(only_plain_names_can_be_written) {
  for (const auto* name : {"r1", "192.0.2.1", "2001:db8::1", "fe80::1%eth0"})
    BOOST_TEST(is_plain_name(name));
  for (const auto* name : {"", "*", "r?", "!r1", "r1,r2", "|1|x", "#r1", "@r1",
                           "r1 r2", "r1\n*", "[r1]:22",
                           "r\xc2\x9b"
                           "1"})
    BOOST_TEST(!is_plain_name(name));
}

BOOST_AUTO_TEST_CASE(what_is_written_is_found) {
  auto key = parse_host_key(ecdsa);
  known_hosts file;
  file.append(known_hosts_line("R1.example", 2222, key));
  auto found = file.find("r1.example", 2222);
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].key.blob == key.blob);
  BOOST_TEST(file.find("r1.example", 22).empty());
}

BOOST_AUTO_TEST_CASE(fingerprints_are_those_of_ssh_keygen) {
  BOOST_TEST(fingerprint(parse_host_key(ed25519))
             == "SHA256:ZpJ/nHAn4Rg9kU7UJs1RTDFerDPhI3Y58VMet3F5pnw");
  BOOST_TEST(fingerprint(parse_host_key(ecdsa))
             == "SHA256:J/wXTSZuNuW+wmngHMmaZveUukjWw+FRdrpUS2mPLoI");
}

BOOST_AUTO_TEST_CASE(keys_that_are_none_have_no_type) {
  for (const auto* text : {"", "A", "AAAA", "AAAAC3Nz", "////", "AAAAAA=="})
    BOOST_TEST(parse_host_key(text).type.empty());
}

BOOST_AUTO_TEST_CASE(a_presented_key_is_judged_by_the_known_ones) {
  using v = host_key_verdict;
  struct {
    const char* name;
    std::vector<known_key> known;
    v expected;
  } rows[] = {
    {"nothing known", {}, v::unknown},
    {"the same", {entry(ed25519)}, v::good},
    {"another of its type", {entry(ed25519_2)}, v::changed},
    {"another of another type", {entry(ecdsa)}, v::changed},
    {"one of several", {entry(ecdsa), entry(ed25519)}, v::good},
    {"one of several, first", {entry(ed25519), entry(ecdsa)}, v::good},
    {"revoked", {entry(ed25519, true)}, v::revoked},
    {"known and revoked", {entry(ed25519), entry(ed25519, true)}, v::revoked},
    {"another one revoked", {entry(ecdsa, true)}, v::unknown},
    {"known, another one revoked",
     {entry(ecdsa, true), entry(ed25519)},
     v::good},
    {"known without the port", {bare(ed25519)}, v::good},
    {"another without the port", {bare(ecdsa)}, v::unknown},
    {"revoked without the port", {bare(ed25519, true)}, v::revoked},
    {"an authority's", {authority(ed25519)}, v::unknown},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.name)
  BOOST_TEST((judge(x.known, parse_host_key(ed25519)) == x.expected));
}

BOOST_AUTO_TEST_CASE(algorithms_of_known_keys_are_asked_for_first) {
  auto starts = [](const std::vector<known_key>& known, const char* with) {
    return host_key_algorithms(known).find(with) == 0;
  };
  BOOST_TEST(starts({}, "ssh-ed25519,"));
  BOOST_TEST(starts({entry(ecdsa)}, "ecdsa-sha2-nistp256,ssh-ed25519,"));
  BOOST_TEST(starts({entry(ecdsa, true)}, "ssh-ed25519,"));
  known_key rsa;
  rsa.key.type = "ssh-rsa";
  BOOST_TEST(starts({rsa}, "rsa-sha2-512,rsa-sha2-256,ssh-ed25519,"));
  BOOST_TEST(host_key_algorithms({entry(ecdsa)}).size()
             == host_key_algorithms({}).size());
}

BOOST_AUTO_TEST_CASE(policies_rule_on_what_is_presented) {
  using tieline::errc;
  using policy = tieline::host_key_policy;
  using action = host_key_check::action;
  const std::vector<known_key> same{entry(ed25519)};
  const std::vector<known_key> other{entry(ecdsa)};
  const std::vector<known_key> revoked{entry(ed25519, true)};
  struct {
    const char* name;
    policy mode;
    std::vector<known_key> known;
    action expected;
    errc code;
  } rows[] = {
    {"strict, known", policy::strict, same, action::trust, errc::none},
    {"strict, unknown",
     policy::strict,
     {},
     action::refuse,
     errc::host_key_unknown},
    {"strict, changed", policy::strict, other, action::refuse,
     errc::host_key_changed},
    {"strict, revoked", policy::strict, revoked, action::refuse,
     errc::host_key_changed},
    {"accept_new, known", policy::accept_new, same, action::trust, errc::none},
    {"accept_new, unknown", policy::accept_new, {}, action::add, errc::none},
    {"accept_new, changed", policy::accept_new, other, action::refuse,
     errc::host_key_changed},
    {"accept_new, revoked", policy::accept_new, revoked, action::refuse,
     errc::host_key_changed},
    {"accept_new, another without the port",
     policy::accept_new,
     {bare(ecdsa)},
     action::add,
     errc::none},
    {"strict, an authority's",
     policy::strict,
     {authority(ecdsa)},
     action::refuse,
     errc::host_key_unknown},
    {"accept_new, an authority's",
     policy::accept_new,
     {authority(ecdsa)},
     action::refuse,
     errc::host_key_unknown},
    {"accept_new, known besides an authority's",
     policy::accept_new,
     {entry(ed25519), authority(ecdsa)},
     action::trust,
     errc::none},
    {"off, unknown", policy::off, {}, action::trust, errc::none},
    {"off, changed", policy::off, other, action::trust, errc::none},
  };
  auto presented = parse_host_key(ed25519);
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.name) {
      auto checked = check_host_key(presented, x.known, x.mode, "r1 in a file");
      BOOST_TEST((checked.what == x.expected));
      BOOST_TEST((checked.code == x.code));
      auto says = [&](const std::string& part) {
        return checked.cause.find(part) != std::string::npos;
      };
      if (x.code != errc::none)
        BOOST_TEST((says(fingerprint(presented)) && says("r1 in a file")));
      if (x.code == errc::host_key_changed && !x.known[0].revoked)
        BOOST_TEST(says(fingerprint(x.known[0].key)));
    }
  auto nonsense = check_host_key({}, {}, policy::strict, "r1");
  BOOST_TEST((nonsense.code == errc::protocol_error));
}

BOOST_AUTO_TEST_SUITE_END()
