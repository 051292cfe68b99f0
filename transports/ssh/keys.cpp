#include "tieline/transports/ssh/keys.hpp"

#include "tieline/messages/secret_file.hpp"
#include "tieline/messages/support/file.hpp"
#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/messages/support/pruning.hpp"
#include "tieline/transports/io/post.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace tieline::ssh {

namespace {

constexpr size_t certificate_limit = size_t{64} * 1024;

loaded_key key_not_loaded(const std::string& why) {
  return {nullptr, why, errc::transport_failed};
}

// Told in the words of the params.
void certify(loaded_key& key, const std::string& path) {
  if (!key.key || path.empty())
    return;
  std::string text;
  auto wrong = read_file(path, certificate_limit, text);
  if (wrong.empty()) {
    wrong = add_certificate(text, key);
    if (!wrong.empty())
      wrong = path + ": " + wrong;
  }
  if (!wrong.empty())
    key = {nullptr, "extras.certificate_file: " + wrong};
}

// Nobody asked for it, so it is no error if it cannot be used.
void certify_by_neighbor(loaded_key& key, const std::string& path) {
  std::string text;
  if (key.key && read_file(path, certificate_limit, text).empty())
    add_certificate(text, key);
}

} // namespace

/// Knows the keys that some login uses, and holds none. Any thread may use it.
class key_loader::in_use {
public:
  loaded_key import(const secret& text, const secret& passphrase,
                    const std::function<bool()>& wanted) {
    auto mark = make_keyed_mark({text.reveal(), passphrase.reveal()});
    if (auto known = find(mark))
      return {known, {}};
    auto result = read_private_key(text.reveal(), passphrase, wanted);
    if (result.key)
      add(mark, result.key);
    return result;
  }

  /// Returns whether this is the first call with the path.
  bool first_of(const std::string& path) {
    std::lock_guard guard{mutex_};
    return told_.insert(path).second;
  }

private:
  private_key find(const keyed_mark& mark) {
    std::lock_guard guard{mutex_};
    auto pos = keys_.find(mark);
    return pos != keys_.end() ? pos->second.lock() : nullptr;
  }

  void add(const keyed_mark& mark, const private_key& key) {
    std::lock_guard guard{mutex_};
    pruning_.run(keys_, [](const auto& x) { return x.second.expired(); });
    keys_[mark] = key;
  }

  std::mutex mutex_;
  std::map<keyed_mark, std::weak_ptr<ssh_key_struct>> keys_;
  pruning pruning_;
  std::set<std::string> told_;
};

key_loader::key_loader()
  : in_use_(std::make_shared<in_use>()),
    // One key is decrypted once, not by each thread.
    workers_(1) {
  // nop
}

void key_loader::import(secret text, secret passphrase, caf::actor_addr asker,
                        callback done, std::string certificate) {
  auto group = make_keyed_mark({text.reveal()}).hex();
  workers_.ask(
    std::move(group), asker,
    [keys = in_use_, text = std::move(text), passphrase = std::move(passphrase),
     certificate = std::move(certificate), asker] {
      auto result = keys->import(text, passphrase,
                                 [&] { return io::alive(asker); });
      certify(result, certificate);
      return result;
    },
    key_not_loaded, std::move(done));
}

void key_loader::load(std::string path, secret passphrase,
                      caf::actor_addr asker, callback done,
                      std::string certificate,
                      std::vector<std::string> candidates) {
  auto group = path;
  workers_.ask(
    std::move(group), asker,
    [keys = in_use_, path = std::move(path), passphrase = std::move(passphrase),
     certificate = std::move(certificate), candidates = std::move(candidates),
     asker] {
      loaded_key result;
      secret text;
      result.error = read_secret_file(path, secret_text::all, text);
      if (!result.error.empty())
        return result;
      result = keys->import(text, passphrase, [&] { return io::alive(asker); });
      if (!result.error.empty())
        result.error = path + ": " + result.error;
      if (!certificate.empty())
        certify(result, certificate);
      for (const auto& x : candidates)
        if (!result.certified)
          certify_by_neighbor(result, x);
      if (certificate.empty() && !result.certified)
        certify_by_neighbor(result, path + "-cert.pub");
      if (open_to(everybody::reads, path) && keys->first_of(path))
        result.notice = "everybody can read the private key " + path;
      return result;
    },
    key_not_loaded, std::move(done));
}

} // namespace tieline::ssh
