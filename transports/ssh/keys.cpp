#include "tieline/transports/ssh/keys.hpp"

#include "tieline/messages/secret_file.hpp"
#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/transports/credentials/key_cost.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t first_clean_up = 64;

// Without this OpenSSL asks for the passphrase on the terminal.
int no_passphrase(const char*, char*, size_t, int, int, void*) {
  return -1;
}

loaded_key import_text(const secret& text, const secret& passphrase) {
  if (auto wrong = check_key_cost(text.reveal()); !wrong.empty())
    return {nullptr, wrong};
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

loaded_key no_thread(const std::string& why) {
  return {nullptr, why, errc::transport_failed};
}

} // namespace

/// Knows the keys that some login uses, and holds none. Any thread may use it.
class key_loader::in_use {
public:
  loaded_key import(const secret& text, const secret& passphrase) {
    auto mark = make_keyed_mark({text.reveal(), passphrase.reveal()});
    if (auto known = find(mark))
      return {known, {}};
    auto result = import_text(text, passphrase);
    if (result.key)
      add(mark, result.key);
    return result;
  }

private:
  private_key find(const keyed_mark& mark) {
    std::lock_guard guard{mutex_};
    auto pos = keys_.find(mark);
    return pos != keys_.end() ? pos->second.lock() : nullptr;
  }

  void add(const keyed_mark& mark, const private_key& key) {
    std::lock_guard guard{mutex_};
    keys_[mark] = key;
    if (keys_.size() < next_clean_up_)
      return;
    for (auto pos = keys_.begin(); pos != keys_.end();)
      pos = pos->second.expired() ? keys_.erase(pos) : std::next(pos);
    next_clean_up_ = std::max(first_clean_up, 2 * keys_.size());
  }

  std::mutex mutex_;
  std::map<keyed_mark, std::weak_ptr<ssh_key_struct>> keys_;
  size_t next_clean_up_ = first_clean_up;
};

key_loader::key_loader()
  : in_use_(std::make_shared<in_use>()),
    // One key is decrypted once, not by each thread.
    workers_(1) {
  // nop
}

void key_loader::import(secret text, secret passphrase, caf::actor_addr asker,
                        callback done) {
  auto group = make_keyed_mark({text.reveal()}).hex();
  workers_.ask(
    std::move(group), std::move(asker),
    [keys = in_use_, text = std::move(text),
     passphrase = std::move(passphrase)] {
      return keys->import(text, passphrase);
    },
    no_thread, std::move(done));
}

void key_loader::load(std::string path, secret passphrase,
                      caf::actor_addr asker, callback done) {
  auto group = path;
  workers_.ask(
    std::move(group), std::move(asker),
    [keys = in_use_, path = std::move(path),
     passphrase = std::move(passphrase)]() -> loaded_key {
      secret text;
      if (auto wrong = read_secret_file(path, secret_text::all, text);
          !wrong.empty())
        return {nullptr, wrong};
      return keys->import(text, passphrase);
    },
    no_thread, std::move(done));
}

} // namespace tieline::ssh
