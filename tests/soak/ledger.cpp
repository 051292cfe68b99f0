#include "ledger.hpp"

#include <tieline/messages/failure.hpp>

namespace tieline::soak {

namespace {

constexpr size_t complaints_kept = 10;

} // namespace

void ledger::answered(question what, const caf::error& reason) {
  auto code = code_of(reason);
  auto foreign = reason && code == errc::none;
  auto outcome = foreign ? outcomes - 1 : static_cast<size_t>(code);
  ++answered_.at(index(what)).at(outcome);
  if (foreign)
    blame(std::string{questions.at(index(what))}
          + " was answered with an error that is not tieline's: "
          + to_string(reason));
}

void ledger::blame(std::string what) {
  std::lock_guard guard{mutex_};
  if (complaints_.size() < complaints_kept)
    complaints_.push_back(std::move(what));
  else
    ++further_complaints_;
}

uint64_t ledger::answered_of(question what) const {
  uint64_t result = 0;
  for (auto& x : answered_.at(index(what)))
    result += x;
  return result;
}

uint64_t ledger::answered_in_all() const {
  uint64_t result = 0;
  for (size_t i = 0; i < questions.size(); ++i)
    result += answered_of(static_cast<question>(i));
  return result;
}

std::vector<std::string> ledger::complaints() const {
  std::lock_guard guard{mutex_};
  auto result = complaints_;
  if (further_complaints_ > 0)
    result.push_back("and " + std::to_string(further_complaints_) + " more");
  return result;
}

} // namespace tieline::soak
