#pragma once

#include "tieline/messages/key_value_store.hpp"
#include "tieline/messages/secret.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is said to etcd 3.4 and later through its JSON gateway, and what it
/// answers: bodies of a POST to `/v3/...`. No answer is trusted: a reader
/// returns nothing if the text is not what etcd sends.
namespace tieline::etcd {

/// What etcd says when it does not do what it is asked. Only the code counts:
/// the words change from release to release.
struct trouble {
  /// Of gRPC.
  int code = 0;
  std::string message;

  /// The lease, or whatever was named, is not there.
  bool not_found() const noexcept {
    return code == 5;
  }

  /// Another login may help. Of what we send, etcd calls nothing an invalid
  /// argument but the lack of a login that is still good.
  bool login_needed() const noexcept;

  /// The login, or what it may do, is refused.
  bool denied() const noexcept;

  /// It is this member of etcd that cannot answer now.
  bool of_member() const noexcept;
};

// -- questions ----------------------------------------------------------------

std::string grant(std::chrono::seconds ttl);

/// For both `keepalive` and `revoke`.
std::string by_id(int64_t lease);

/// One key.
std::string range(const std::string& key);

/// All keys that begin so, which is not empty.
std::string range_below(const std::string& prefix);

/// The transaction that changes one key.
std::string transaction(const guarded_write& x);

/// To be wiped.
std::string authenticate(const std::string& user, std::string_view password);

// -- answers ------------------------------------------------------------------

/// Reads what `grant` and `keepalive` answer.
std::optional<stored_lease> read_lease(const std::string& text);

std::optional<std::vector<stored_entry>> read_range(const std::string& text);

std::optional<write_outcome> read_transaction(const std::string& text);

std::optional<secret> read_token(const std::string& text);

/// Reads an answer of which only counts that it is one.
bool is_answer(const std::string& text);

/// Reads what comes in place of an answer, whatever the status: in the form of
/// etcd 3.4, or of the gateway that later ones have.
std::optional<trouble> read_trouble(const std::string& text);

} // namespace tieline::etcd
