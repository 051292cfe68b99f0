#include "datastores.hpp"

#include "xml.hpp"

#include <utility>

namespace tieline::lab::netconf {

datastores::datastores(schema known, const std::string& config)
  : known_(std::move(known)) {
  put(store::running, config);
  at(store::startup).reset(at(store::running));
}

std::string datastores::text(store which) const {
  return inside(at(which));
}

void datastores::put(store which, const std::string& config) {
  pugi::xml_document given;
  parse_fragment(given, config);
  at(which).reset();
  adopt_inside(at(which), given);
  changed(which);
}

// -- edits --------------------------------------------------------------------

std::vector<problem>
datastores::edit(store which, session_id who, pugi::xml_node config,
                 edit_operation by_default, error_option on_error) {
  require_access(which, who);
  auto refused = netconf::edit(known_, at(which), config, by_default, on_error);
  changed(which);
  return refused;
}

std::vector<problem> datastores::try_edit(store which, pugi::xml_node config,
                                          edit_operation by_default) const {
  pugi::xml_document copy;
  copy.reset(at(which));
  return netconf::edit(known_, copy, config, by_default, error_option::stop);
}

void datastores::copy(store to, session_id who, store from) {
  if (to == from)
    throw invalid_value("source and target are the same");
  require_access(to, who);
  at(to).reset(at(from));
  changed(to);
}

void datastores::copy(store to, session_id who, pugi::xml_node config) {
  require_access(to, who);
  at(to).reset();
  adopt_inside(at(to), config);
  changed(to);
}

void datastores::clear(store which, session_id who) {
  if (which == store::running)
    throw invalid_value("running cannot be deleted");
  require_access(which, who);
  at(which).reset();
  changed(which);
}

void datastores::require_access(store which, session_id who) const {
  if (auto owner = holder(which); owner && *owner != who)
    throw in_use(std::string{to_string(which)} + " is locked by session "
                 + std::to_string(*owner));
}

void datastores::changed(store which) {
  if (which == store::candidate)
    candidate_is_modified_ = true;
  else if (which == store::running && !candidate_is_modified_)
    at(store::candidate).reset(at(store::running));
}

// -- locks --------------------------------------------------------------------

void datastores::lock(store which, session_id who) {
  if (auto owner = holder(which))
    throw lock_denied(*owner);
  // RFC 6241 section 7.5: neither changes of nobody knows whom, nor a commit of
  // another that may yet be rolled back.
  if (which == store::candidate && candidate_is_modified_)
    throw lock_denied(0);
  if (which == store::running && pending_ && pending_->who != who)
    throw lock_denied(pending_->who);
  locks_[index(which)] = who;
}

void datastores::unlock(store which, session_id who) {
  if (holder(which) != who)
    throw failed("the session has no lock on " + std::string{to_string(which)});
  release(which);
}

void datastores::release(store which) {
  locks_[index(which)].reset();
  // RFC 6241 section 8.3.5.2.
  if (which == store::candidate) {
    at(store::candidate).reset(at(store::running));
    candidate_is_modified_ = false;
  }
}

void datastores::leave(session_id who) {
  // Without persist it can be confirmed by this session only.
  if (pending_ && pending_->who == who && !pending_->persist)
    roll_back();
  for (auto which : {store::running, store::candidate, store::startup})
    if (holder(which) == who)
      release(which);
}

// -- commits ------------------------------------------------------------------

void datastores::require_same_commit(
  session_id who, const std::optional<std::string>& id) const {
  if (id ? !pending_ || pending_->persist != id
         : pending_ && pending_->persist.has_value())
    throw invalid_value("persist-id is not that of the pending commit");
  if (pending_ && !pending_->persist && pending_->who != who)
    throw in_use("session " + std::to_string(pending_->who)
                 + " has a commit to confirm");
}

void datastores::commit(const commit_order& how, clock::time_point now) {
  require_same_commit(how.who, how.persist_id);
  require_access(store::running, how.who);
  require_access(store::candidate, how.who);
  if (how.confirmed) {
    if (!pending_) {
      pending_.emplace();
      pending_->before.reset(at(store::running));
    }
    pending_->deadline = now + how.timeout;
    pending_->who = how.who;
    pending_->persist = how.persist;
  } else {
    pending_.reset();
  }
  at(store::running).reset(at(store::candidate));
  candidate_is_modified_ = false;
}

void datastores::cancel_commit(session_id who,
                               const std::optional<std::string>& id) {
  if (!pending_ && !id)
    throw failed("no commit waits to be confirmed");
  require_same_commit(who, id);
  roll_back();
}

void datastores::discard(session_id who) {
  require_access(store::candidate, who);
  at(store::candidate).reset(at(store::running));
  candidate_is_modified_ = false;
}

clock::time_point datastores::deadline() const {
  return pending_ ? pending_->deadline : clock::time_point::max();
}

bool datastores::expire(clock::time_point now) {
  if (deadline() > now)
    return false;
  roll_back();
  return true;
}

void datastores::roll_back() {
  at(store::running).reset(pending_->before);
  pending_.reset();
  changed(store::running);
}

} // namespace tieline::lab::netconf
