#pragma once

#include "tieline/messages/cluster.hpp"

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

/// One key as it is stored.
struct entry {
  std::string key;
  std::string value;
  /// Of the store, when the key was made and last changed.
  int64_t create_revision = 0;
  int64_t mod_revision = 0;
  /// With whose end the key goes; zero: it stays.
  int64_t lease = 0;
};

/// How a transaction went.
struct outcome {
  /// Whether its condition was met, so that it changed something.
  bool succeeded = false;
  /// The store's revision afterwards.
  int64_t revision = 0;
  /// What the key is, if the condition was not met and there is such a key.
  std::optional<entry> found;
};

/// A lease as etcd tells of it.
struct lease {
  int64_t id = 0;
  /// Zero: there is no such lease any more.
  std::chrono::seconds ttl{0};
};

/// What etcd says when it does not do what it is asked.
struct trouble {
  /// Of gRPC.
  int code = 0;
  std::string message;

  /// The lease, or whatever was named, is not there.
  bool not_found() const noexcept {
    return code == 5;
  }

  /// Another login may help.
  bool login_needed() const;

  /// The login, or what it may do, is refused.
  bool denied() const;

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

/// Makes a key unless there is one.
std::string make(const std::string& key, const std::string& value,
                 int64_t lease);

/// Changes a key unless it was changed since.
std::string change(const std::string& key, const std::string& value,
                   int64_t lease, int64_t mod_revision);

/// Deletes a key unless it was changed since.
std::string remove(const std::string& key, int64_t mod_revision);

std::string authenticate(const std::string& user, std::string_view password);

// -- answers ------------------------------------------------------------------

/// Reads what `grant` and `keepalive` answer.
std::optional<lease> read_lease(const std::string& text);

std::optional<std::vector<entry>> read_range(const std::string& text);

std::optional<outcome> read_transaction(const std::string& text);

std::optional<std::string> read_token(const std::string& text);

/// Reads an answer of which only counts that it is one.
bool is_answer(const std::string& text);

/// Reads what comes in place of an answer, whatever the status.
std::optional<trouble> read_trouble(const std::string& text);

// -- what is stored -----------------------------------------------------------

/// Renders the entry of a node, with the version of its protocol.
std::string print_node(const cluster_node& x);

/// Reads the entry of a node. Returns what is wrong with it; empty if nothing
/// is.
std::string read_node(const std::string& text, cluster_node& out);

// -- base64 -------------------------------------------------------------------

std::string encode(std::string_view bytes);

std::optional<std::string> decode(std::string_view text);

} // namespace tieline::etcd
