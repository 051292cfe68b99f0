#include "tieline/actors/admission/opening_scopes.hpp"

#include "tieline/messages/internal/ticket.hpp"

namespace tieline {

namespace {

constexpr caf::timespan window = std::chrono::minutes{1};

/// Returns the name of a ticket's scope, none where the kind does not apply.
const std::string* name_of(const ticket& what, opening_scope::kind_type kind) {
  switch (kind) {
    case opening_scope::credential:
      return &what.credential_domain;
    case opening_scope::jump:
      return what.jump_domain.empty() ? nullptr : &what.jump_domain;
    default:
      return what.opens_per_minute == 0 ? nullptr : &what.key.hostname;
  }
}

template <class F>
scope_set each_kind(const ticket& what, F scope_for) {
  scope_set result{};
  for (size_t i = 0; i < opening_scope::kinds; ++i) {
    auto kind = static_cast<opening_scope::kind_type>(i);
    if (const auto* name = name_of(what, kind))
      result[i] = scope_for(kind, *name);
  }
  return result;
}

} // namespace

scope_set opening_scopes::use(const ticket& what) {
  return each_kind(what, [this](auto kind, const std::string& name) {
    auto& x = all_[kind][name];
    x.kind = kind;
    x.name = name;
    ++x.users;
    return &x;
  });
}

scope_set opening_scopes::find(const ticket& what) const {
  return each_kind(what, [this](auto kind, const std::string& name) {
    auto i = all_[kind].find(name);
    // Found to be asked only; a set of pointers to const would be another type.
    return i == all_[kind].end() ? nullptr
                                 : const_cast<opening_scope*>(&i->second);
  });
}

void opening_scopes::drop(const scope_set& in) {
  for (auto* x : in)
    if (x != nullptr)
      drop(x);
}

void opening_scopes::drop(opening_scope* x) {
  if (--x->users > 0)
    return;
  auto& all = all_[x->kind];
  all.erase(all.find(x->name));
}

opening_scope* opening_scopes::full(const scope_set& in, uint64_t rate) const {
  for (auto* x : in)
    if (x != nullptr && x->used >= limit(x->kind, rate))
      return x;
  return nullptr;
}

uint64_t opening_scopes::limit(opening_scope::kind_type kind,
                               uint64_t rate) const {
  switch (kind) {
    case opening_scope::credential:
      return limits_.opening_per_credential;
    case opening_scope::jump:
      return limits_.opening_per_jump_domain;
    default:
      return rate;
  }
}

void opening_scopes::take(const scope_set& in) {
  for (auto* x : in)
    if (x != nullptr)
      ++x->used;
}

void opening_scopes::begin(const scope_set& in, time_point now) {
  if (auto* x = in[opening_scope::host]) {
    ++x->users;
    recent_.emplace_back(now + window, x);
  }
}

void opening_scopes::give_back(const scope_set& in, bool begun) {
  for (auto* x : in)
    if (x != nullptr && (x->kind != opening_scope::host || !begun))
      --x->used;
}

opening_scope* opening_scopes::expired(time_point now) {
  if (recent_.empty() || recent_.front().first > now)
    return nullptr;
  auto* x = recent_.front().second;
  recent_.pop_front();
  --x->used;
  return x;
}

std::optional<opening_scopes::time_point> opening_scopes::next_expiry() const {
  if (recent_.empty())
    return std::nullopt;
  return recent_.front().first;
}

size_t opening_scopes::size() const noexcept {
  auto result = recent_.size();
  for (const auto& all : all_)
    result += all.size();
  return result;
}

} // namespace tieline
