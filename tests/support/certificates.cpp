#include "support/certificates.hpp"

#include "support/process.hpp"

#include <utility>
#include <vector>

namespace tieline::test {

namespace {

constexpr auto program = "/usr/bin/openssl";

std::vector<std::string> new_key(const std::string& file,
                                 const std::string& passphrase) {
  std::vector<std::string> result{"-newkey",  "ec",
                                  "-pkeyopt", "ec_paramgen_curve:P-256",
                                  "-keyout",  file};
  if (passphrase.empty())
    result.emplace_back("-nodes");
  else
    result.insert(result.end(), {"-passout", "pass:" + passphrase});
  return result;
}

void openssl(std::vector<std::string> words,
             const std::vector<std::string>& more = {}) {
  words.insert(words.begin(), program);
  words.insert(words.end(), more.begin(), more.end());
  run_checked(words);
}

} // namespace

authority::authority() : file_(dir_ / "ca.pem"), key_(dir_ / "ca.key") {
  require_program(program, "openssl");
  openssl({"req", "-x509", "-days", "30", "-subj", "/CN=tieline test authority",
           "-out", file_},
          new_key(key_, ""));
}

certificate authority::issue(const std::string& name,
                             const certificate_wish& wish) {
  certificate result{dir_ / (name + ".pem"), dir_ / (name + ".key")};
  auto request = dir_ / (name + ".csr");
  auto extensions = dir_.write(name + ".ext",
                               "subjectAltName=" + wish.names + "\n");
  openssl({"req", "-subj", "/CN=" + name, "-out", request},
          new_key(result.key, wish.passphrase));
  openssl({"x509", "-req", "-in", request, "-CA", file_, "-CAkey", key_,
           "-CAcreateserial", "-days", wish.expired ? "0" : "30", "-extfile",
           extensions, "-out", result.file});
  return result;
}

} // namespace tieline::test
