#include "tieline/transports/ssh/keys.hpp"

#include "tieline/transports/io/file.hpp"
#include "tieline/transports/ssh/encoding.hpp"

#include <cstddef>
#include <map>

namespace tieline::ssh {

namespace {

constexpr size_t max_key_file = 1 << 20;
constexpr size_t max_cached = 10'000;

// Without this OpenSSL asks for the passphrase on the terminal.
int no_passphrase(const char*, char*, size_t, int, int, void*) {
  return -1;
}

loaded_key import_text(const secret& text, const secret& passphrase) {
  ssh_key key = nullptr;
  auto rc = ssh_pki_import_privkey_base64(text.reveal().data(),
                                          passphrase.empty()
                                            ? nullptr
                                            : passphrase.reveal().data(),
                                          no_passphrase, nullptr, &key);
  if (rc != SSH_OK)
    return {nullptr, "is no private key, or the passphrase is wrong"};
  return {private_key{key, ssh_key_free}, {}};
}

} // namespace

/// Touched by functions on the loader's strand only.
class key_loader::state {
public:
  loaded_key import(const secret& text, const secret& passphrase) {
    // Keeps no secret, only which ones it has seen.
    auto id = sha256(sha256(text.reveal()) + sha256(passphrase.reveal()));
    if (auto pos = keys_.find(id); pos != keys_.end())
      return {pos->second, {}};
    auto result = import_text(text, passphrase);
    if (result.key) {
      if (keys_.size() >= max_cached)
        keys_.clear();
      keys_.emplace(std::move(id), result.key);
    }
    return result;
  }

  loaded_key load(const std::string& path, const secret& passphrase) {
    std::string text;
    if (auto error = io::read_file(io::expand_home(path), max_key_file, text);
        !error.empty())
      return {nullptr, "cannot be read: " + error};
    secret wiped{text};
    explicit_bzero(text.data(), text.size());
    return import(wiped, passphrase);
  }

private:
  std::map<std::string, private_key> keys_;
};

key_loader::key_loader(caf::actor_system& sys)
  : state_(std::make_shared<state>()),
    strand_(std::make_unique<io::strand>(sys, io::strand::kind::detached)) {
  // nop
}

void key_loader::import(secret text, secret passphrase, caf::actor_addr asker,
                        callback done) {
  strand_->run([state = state_, text = std::move(text),
                passphrase = std::move(passphrase), asker = std::move(asker),
                done = std::move(done)] {
    io::post(asker, [done, result = state->import(text, passphrase)] {
      done(result);
    });
  });
}

void key_loader::load(std::string path, secret passphrase,
                      caf::actor_addr asker, callback done) {
  strand_->run([state = state_, path = std::move(path),
                passphrase = std::move(passphrase), asker = std::move(asker),
                done = std::move(done)] {
    io::post(asker,
             [done, result = state->load(path, passphrase)] { done(result); });
  });
}

} // namespace tieline::ssh
