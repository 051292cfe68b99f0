#pragma once

#include "tieline/actors/cluster/shards.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// The state of each shard between a node and its coordinator: whether the node
/// owns it, asks for it, or closes what there is of it to give it back.
class shard_claims {
public:
  enum class phase : uint8_t {
    /// The node does not own it.
    free,
    /// The coordinator is being asked for it.
    asking,
    /// The node owns it.
    ours,
    /// Its connections are being closed; nothing new is made of it.
    handing_over,
  };

  /// What an answer to a claim means.
  enum class answer : uint8_t {
    /// It is the answer to an earlier claim, and changes nothing.
    stale,
    /// The node owns the shard.
    ours,
    /// The node owns the shard, but should not any more: hand it over.
    unwanted,
    /// Another node owns it.
    anothers,
  };

  phase at(uint32_t n) const {
    return shards_[n].now;
  }

  bool ours(uint32_t n) const {
    return at(n) == phase::ours;
  }

  /// Returns who owned it at the last answer; empty if that is not known.
  const std::string& holder(uint32_t n) const {
    return shards_[n].holder;
  }

  /// Returns how many the node owns, those that it hands over included.
  size_t held() const;

  /// Returns those that the node owns and does not hand over yet.
  std::vector<uint32_t> owned() const;

  /// A free shard is asked for. Returns the number of the claim.
  uint64_t ask(uint32_t n);

  /// The coordinator has named the owner.
  /// @param wanted whether the node should own it
  answer answered(uint32_t n, uint64_t claim, std::string owner,
                  const std::string& me, bool wanted);

  /// The coordinator has not answered: the shard may be ours for all that.
  /// Returns false if it was an earlier claim that failed.
  bool failed(uint32_t n, uint64_t claim);

  /// These are to be handed over. Returns the number of the hand-over.
  uint64_t hand_over(const std::vector<uint32_t>& which);

  /// Everything is to be closed, because the lease ends: what the coordinator
  /// still says to earlier claims does not count. Returns the number of the
  /// hand-over.
  uint64_t evacuate();

  /// All connections of a hand-over are closed. Returns the shards that are
  /// free by it, but not those of a later hand-over.
  /// @param lease_ends whether the coordinator forgets them by itself; else it
  ///                   has to be told of each, see @ref release
  std::vector<uint32_t> closed(uint64_t hand_over, bool lease_ends);

  /// Returns whether the coordinator is to be told now that a shard is not
  /// ours. It may have it as ours, and nobody else could have it while we live.
  /// @param wanted whether the node should own it: then it will be asked for
  bool release(uint32_t n, bool wanted);

  /// The coordinator could not be told so.
  void not_released(uint32_t n) {
    shards_[n].unsure = true;
  }

private:
  struct shard {
    phase now = phase::free;
    /// The coordinator may have it as ours, though we are through with it.
    bool unsure = false;
    /// Tells an answer of the coordinator from that to an earlier claim.
    uint64_t claim = 0;
    /// Tells one hand-over from another.
    uint64_t hand_over = 0;
    std::string holder;
  };

  std::array<shard, shard_count> shards_;
  uint64_t last_hand_over_ = 0;
};

} // namespace tieline
