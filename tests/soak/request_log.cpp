#include "request_log.hpp"

#include <tieline/messages/failure.hpp>

namespace tieline::soak {

namespace {

constexpr size_t violations_kept = 10;

} // namespace

void request_log::answered(request_kind what, const caf::error& reason) {
  auto code = code_of(reason);
  auto foreign = reason && code == errc::none;
  auto outcome = foreign ? outcomes - 1 : static_cast<size_t>(code);
  ++answered_.at(index(what)).at(outcome);
  if (foreign)
    violation(std::string{request_kinds.at(index(what))}
              + " was answered with an error that is not tieline's: "
              + to_string(reason));
}

void request_log::violation(std::string what) {
  std::lock_guard guard{mutex_};
  if (violations_.size() < violations_kept)
    violations_.push_back(std::move(what));
  else
    ++further_violations_;
}

uint64_t request_log::answered_of(request_kind what) const {
  uint64_t result = 0;
  for (auto& x : answered_.at(index(what)))
    result += x;
  return result;
}

uint64_t request_log::answered_in_all() const {
  uint64_t result = 0;
  for (size_t i = 0; i < request_kinds.size(); ++i)
    result += answered_of(static_cast<request_kind>(i));
  return result;
}

std::vector<std::string> request_log::violations() const {
  std::lock_guard guard{mutex_};
  auto result = violations_;
  if (further_violations_ > 0)
    result.push_back("and " + std::to_string(further_violations_) + " more");
  return result;
}

} // namespace tieline::soak
