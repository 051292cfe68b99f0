#include "tieline/messages/secret.hpp"

#include "tieline/messages/support/wipe.hpp"

#include <atomic>

namespace tieline {

namespace {

std::atomic<bool> may_be_serialized{false};

} // namespace

secret::secret(secret&& other) noexcept
  : value_(std::move(other.value_)),
    withheld_(other.withheld_),
    given_(other.given_) {
  // A moved-from short string keeps its bytes in place.
  other.wipe();
}

secret& secret::operator=(const secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
    withheld_ = other.withheld_;
    given_ = other.given_;
  }
  return *this;
}

secret& secret::operator=(secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    withheld_ = other.withheld_;
    given_ = other.given_;
    other.wipe();
  }
  return *this;
}

secret::~secret() {
  wipe();
}

void secret::wipe() noexcept {
  tieline::wipe(value_);
  withheld_ = false;
  given_ = false;
}

void secret::permit_serialization(bool permitted) noexcept {
  may_be_serialized = permitted;
}

bool secret::serialization_permitted() noexcept {
  return may_be_serialized;
}

bool operator==(const secret& lhs, const secret& rhs) noexcept {
  if (lhs.value_.size() != rhs.value_.size() || lhs.withheld_ != rhs.withheld_
      || lhs.given_ != rhs.given_)
    return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < lhs.value_.size(); ++i)
    difference |= static_cast<unsigned char>(lhs.value_[i] ^ rhs.value_[i]);
  return difference == 0;
}

} // namespace tieline
