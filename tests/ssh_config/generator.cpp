#include "ssh_config/generator.hpp"

#include "support/temp_dir.hpp"

#include <cctype>
#include <filesystem>
#include <random>

namespace tieline::test {

namespace {

using words = std::vector<std::string>;

/// What a keyword may be given. Each value is written as it is, unless it is
/// one word that may as well be quoted.
struct values_of {
  const char* keyword;
  words values;
};

const std::vector<values_of>& keywords() {
  static const std::vector<values_of> result{
    {"HostName",
     {"%h.corp", "10.1.1.1", "Real-%h", "host.example.org", "0:0:0:0:0:0:0:1",
      "127.1", "FE80::1", "x.%h.y"}},
    {"Port", {"22", "2222", "830", "65535", "00022", "ssh"}},
    {"User", {"admin", "deploy", "root", "Bob", "svc-net"}},
    {"IdentityFile",
     {"~/.ssh/id_a", "/keys/%h-%r", "~/.ssh/%n.%p", "none", "/keys/%%/%u",
      "%d/k", "/a\\ b/key"}},
    {"CertificateFile",
     {"~/.ssh/id_a-cert.pub", "/keys/%h-cert.pub", "/keys/c%i",
      "/keys/%l.pub"}},
    {"IdentitiesOnly", {"yes", "no", "TRUE", "False", "Yes"}},
    {"IdentityAgent",
     {"none", "SSH_AUTH_SOCK", "~/agent.sock", "/run/%u/%r.sock", "$MY_SOCK",
      "${HOME}/s", "/run/%L/%k"}},
    {"UserKnownHostsFile",
     {"~/kh", "/kh/%h-%p", "/kh/a /kh/b", "none", "/kh/%u/%n", "${HOME}/kh /b",
      "\"/kh/with space\" /kh/b", "/kh/%k/%r"}},
    {"GlobalKnownHostsFile", {"/etc/a", "/etc/a /etc/b", "none", "/etc/%h"}},
    {"HostKeyAlias", {"alias", "Alias.Corp", "a-%h"}},
    {"StrictHostKeyChecking",
     {"yes", "no", "ask", "off", "accept-new", "true", "Accept-New"}},
    {"ProxyJump",
     {"none", "jump1", "admin@jump2.corp:2222", "jump1,jump2.corp",
      "a@jump1:22,b@jump2.corp", "[fd00::9]:2022"}},
    {"ProxyCommand", {"none", "nc -X 5 %h %p", "ssh -W %h:%p gw"}},
    {"ConnectTimeout", {"10", "1m30s", "2h", "none", "0", "1W", "5S"}},
    {"ServerAliveInterval", {"15", "1m", "none", "0", "1h1m1s"}},
    {"ServerAliveCountMax", {"0", "1", "3", "12"}},
    {"KexAlgorithms",
     {"curve25519-sha256", "+diffie-hellman-group14-sha1",
      "-diffie-hellman-group*,ecdh*", "^ecdh-sha2-nistp521",
      "ecdh-sha2-nistp256,curve25519-sha256,ecdh-sha2-nistp256",
      "+diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha1"}},
    {"HostKeyAlgorithms",
     {"+ssh-rsa", "-*cert*", "^rsa-sha2-*", "ssh-ed25519,rsa-sha2-512",
      "ecdsa-sha2-*", "-ssh-ed25519,ecdsa*,!ecdsa-sha2-nistp256"}},
    {"PubkeyAcceptedAlgorithms",
     {"+ssh-rsa", "-ecdsa*", "^ssh-ed25519", "rsa-sha2-256,rsa-sha2-512"}},
    {"PubkeyAcceptedKeyTypes", {"+ssh-rsa", "rsa-sha2-*"}},
    {"Ciphers",
     {"+3des-cbc,aes128-cbc", "-aes*", "^aes256-gcm@openssh.com,aes256-ctr",
      "aes128-ctr", "aes256-ctr,aes128-gcm@openssh.com", "-chacha20*,*gcm*"}},
    {"MACs",
     {"+hmac-md5", "-*etm*", "^hmac-sha2-512", "hmac-sha2-256,hmac-sha1",
      "-umac-64?*"}},
    {"PreferredAuthentications",
     {"publickey", "password,keyboard-interactive",
      "keyboard-interactive,publickey,password"}},
    {"AddressFamily", {"any", "inet", "inet6", "INET"}},
    {"BindAddress", {"192.0.2.7", "::", "eth0.local"}},
    // Not supported here, and in the way of nothing.
    {"ForwardAgent", {"yes", "no"}},
    {"SendEnv", {"LANG LC_*"}},
    {"LocalForward", {"8080 localhost:80"}},
    {"Compression", {"yes"}},
    {"LogLevel", {"ERROR"}},
    {"UseKeychain", {"yes", "whatever it is"}},
  };
  return result;
}

const words& hosts() {
  static const words result{
    "web1",     "web1.corp", "bastion.corp",     "WEB1",
    "10.0.0.7", "::1",       "db-7.example.net", "a.b.c",
    "127.1",    "core",      "Db-7.Example.Net"};
  return result;
}

const words& patterns() {
  static const words result{"*",
                            "*.corp",
                            "web?",
                            "web*",
                            "10.0.0.*",
                            "db-*",
                            "?*",
                            "*.example.net",
                            "bastion.corp",
                            "*:*",
                            "core",
                            "*.*.?",
                            "w*b*1",
                            "Real-*",
                            "127.0.0.1",
                            "!bastion.corp",
                            "!web1",
                            "!*.net",
                            "host.*",
                            "WEB1",
                            "*1",
                            "db-7.*.net",
                            "!10.*",
                            "*.b.*"};
  return result;
}

class generator {
public:
  generator(uint32_t seed, const std::string& folder)
    : dice_(seed),
      folder_(folder),
      with_commands_(seed % 2 == 0) {
    // nop
  }

  generated_config run() {
    generated_config result;
    std::filesystem::create_directory(folder_ + "/conf.d");
    // At home on a Mac, and an error without the first line.
    auto text = "IgnoreUnknown UseKeychain,AddKeys*\n" + block_lines()
                + blocks(2 + below(6), 0);
    result.main_file = add("config", text);
    result.host = any(hosts());
    if (one_in(4))
      result.user = any({"alice", "deploy", "root"});
    if (one_in(5))
      result.port = any({"2222", "22", "10022"});
    result.text = "ssh -G -F config " + result.host
                  + (result.user.empty() ? "" : " -l " + result.user)
                  + (result.port.empty() ? "" : " -p " + result.port) + '\n'
                  + text_;
    return result;
  }

private:
  size_t below(size_t end) {
    return dice_() % end;
  }

  bool one_in(size_t n) {
    return below(n) == 0;
  }

  const std::string& any(const words& from) {
    return from[below(from.size())];
  }

  std::string any(std::initializer_list<const char*> from) {
    return *(from.begin() + below(from.size()));
  }

  std::string add(const std::string& name, const std::string& text) {
    auto path = folder_ + '/' + name;
    write_file(path, text);
    text_ += "--- " + path + '\n' + text;
    return path;
  }

  std::string in_some_case(std::string word) {
    if (one_in(4))
      for (auto& c : word)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (one_in(6))
      for (auto& c : word)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return word;
  }

  std::string indent() {
    return any({"", "  ", "\t", "    "});
  }

  std::string end() {
    return any({"\n", "\n", "\n", " \n", "\t \n", "\r\n", "\f\n"});
  }

  std::string option() {
    const auto& x = keywords()[below(keywords().size())];
    const auto& value = any(x.values);
    // Versions differ in whether `ProxyJump none` rules a command out.
    std::string_view keyword{x.keyword};
    if ((keyword == "ProxyJump" && value == "none" && with_commands_)
        || (keyword == "ProxyCommand" && value != "none" && !with_commands_))
      return "\n";
    auto is_command = keyword.substr(0, 5) == "Proxy";
    auto is_word = value.find_first_of(" \"\\") == std::string::npos;
    auto written = value;
    auto ending = end();
    if (!is_command) {
      if (is_word && one_in(5))
        written = '"' + value + '"';
      else if (is_word && one_in(9))
        written = '\'' + value + '\'';
      else if (is_word && one_in(9))
        written = value.substr(0, 1) + '"' + value.substr(1) + '"';
      if (one_in(6))
        written += " # " + any({"a comment", "it's one", "\"", ""});
    }
    return indent() + in_some_case(x.keyword)
           + any({" ", "=", " = ", "\t", "  ", " ="}) + written + ending;
  }

  std::string block_lines() {
    std::string result;
    for (auto n = below(6); n > 0; --n)
      result += one_in(8) ? any({"\n", "  \n", "# a comment\n", "\t#x\n"})
                          : option();
    return result;
  }

  std::string host_line() {
    auto result = indent() + in_some_case("Host") + ' ';
    for (auto n = 1 + below(3); n > 0; --n) {
      auto pattern = any(patterns());
      result += (one_in(6) ? '"' + pattern + '"' : pattern) + ' ';
    }
    return result + end();
  }

  std::string pattern_list() {
    auto result = any(patterns());
    while (one_in(2))
      result += ',' + any(patterns());
    return result;
  }

  std::string users() {
    return any({"root", "deploy,admin", "*,!root", "a*", "Bob", "r??t",
                "!alice,*", "svc-*"});
  }

  std::string match_line() {
    auto result = indent() + in_some_case("Match") + ' ';
    if (one_in(8))
      return result + any({"all", "!all", "final all", "ALL"}) + end();
    for (auto n = 1 + below(3); n > 0; --n) {
      auto negation = std::string{one_in(4) ? "!" : ""};
      auto quote = std::string{one_in(4) ? "\"" : ""};
      auto with = [&](const char* name, const std::string& argument) {
        return negation + in_some_case(name) + ' ' + quote + argument + quote
               + ' ';
      };
      switch (below(8)) {
        case 0:
        case 1:
          result += with("host", pattern_list());
          break;
        case 2:
          result += with("originalhost", pattern_list());
          break;
        case 3:
          result += with("user", users());
          break;
        case 4:
          result += with("localuser", users());
          break;
        case 5:
          result += negation + in_some_case("final") + ' ';
          break;
        case 6:
          result += negation + "canonical ";
          break;
        default:
          result += negation + "exec "
                    + any({"true", "false", "\"test %n = web1\"",
                           "\"test %h = 10.1.1.1\"", "\"test %r = deploy\"",
                           "\"test %p -gt 1000\""})
                    + ' ';
          break;
      }
    }
    return result + end();
  }

  std::string include_line(size_t depth) {
    auto name = "conf.d/" + std::to_string(files_++);
    switch (below(4)) {
      case 0: {
        add(name + "-a.inc", file_text(depth));
        add(name + "-b.inc", file_text(depth));
        return indent() + "Include \"" + folder_ + '/' + name + "-*.inc\""
               + end();
      }
      case 1:
        return indent() + "Include " + folder_ + "/conf.d/nothing-*" + end();
      default:
        add(name, file_text(depth));
        return indent() + "include " + folder_ + '/' + name + " /no/such/file"
               + end();
    }
  }

  std::string file_text(size_t depth) {
    return block_lines() + blocks(below(3), depth + 1);
  }

  std::string blocks(size_t n, size_t depth) {
    std::string result;
    for (; n > 0; --n) {
      result += one_in(2) ? host_line() : match_line();
      result += block_lines();
      if (depth < 2 && one_in(3))
        result += include_line(depth) + block_lines();
    }
    return result;
  }

  std::mt19937 dice_;
  std::string folder_;
  bool with_commands_;
  std::string text_;
  size_t files_ = 0;
};

} // namespace

generated_config generate_config(uint32_t seed, const std::string& folder) {
  return generator{seed, folder}.run();
}

} // namespace tieline::test
