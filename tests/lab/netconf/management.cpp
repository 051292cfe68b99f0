#include "management.hpp"

#include "xml.hpp"

#include <algorithm>
#include <utility>

namespace tieline::lab::netconf {

management::management(netconf::options how, std::function<void()> stir)
  : settings_(std::move(how)),
    stir_(std::move(stir)),
    data_(settings_.schema, settings_.config),
    log_(settings_.log_size, wall_clock::now()) {
  // nop
}

bool management::supports(std::string_view capability) const {
  auto wanted = std::string{capability_prefix}.append(capability) + ':';
  return std::any_of(settings_.capabilities.begin(),
                     settings_.capabilities.end(), [&](auto& known) {
                       return known.compare(0, wanted.size(), wanted) == 0;
                     });
}

session_id management::enter(session_handle& who) {
  sessions_.emplace(++last_id_, &who);
  return last_id_;
}

void management::leave(session_id who) {
  sessions_.erase(who);
  data_.leave(who);
}

bool management::kill(session_id who) {
  auto i = sessions_.find(who);
  if (i == sessions_.end())
    return false;
  i->second->kill();
  // Who killed it may count on that: RFC 6241 section 7.9.
  leave(who);
  stir();
  return true;
}

void management::notify(const std::string& content) {
  pugi::xml_document given;
  parse_fragment(given, content);
  auto added = log_.add(inside(given), wall_clock::now());
  for (auto sink : sinks_)
    sink->on_event(added);
  stir();
}

void management::count_rpc(std::string_view operation) {
  ++rpcs_[std::string{operation}];
}

std::string management::state() const {
  std::string out
    = "<netconf-state "
      "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">"
      "<capabilities>";
  for (auto& c : settings_.capabilities)
    out += "<capability>" + escaped(c) + "</capability>";
  out += "</capabilities><datastores>";
  for (auto which : {store::running, store::candidate, store::startup}) {
    out += "<datastore><name>" + std::string{to_string(which)} + "</name>";
    if (auto owner = data_.holder(which))
      out += "<locks><global-lock><locked-by-session>" + std::to_string(*owner)
             + "</locked-by-session></global-lock></locks>";
    out += "</datastore>";
  }
  out += "</datastores><schemas>";
  for (auto& entry : settings_.yang)
    out += "<schema><identifier>" + entry.first
           + "</identifier><version/><format>yang</format>"
             "<location>NETCONF</location></schema>";
  out += "</schemas><sessions>";
  for (auto& [id, who] : sessions_)
    out += "<session><session-id>" + std::to_string(id)
           + "</session-id><transport>netconf-ssh</transport><username>"
           + escaped(who->user()) + "</username></session>";
  out += "</sessions></netconf-state>";
  if (!supports("notification"))
    return out;
  out += "<netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\">"
         "<streams><stream><name>NETCONF</name><description>all"
         "</description><replaySupport>true</replaySupport>"
         "<replayLogCreationTime>"
         + to_time_text(log_.begin()) + "</replayLogCreationTime>";
  if (auto aged = log_.aged())
    out += "<replayLogAgedTime>" + to_time_text(*aged) + "</replayLogAgedTime>";
  return out + "</stream></streams></netconf>";
}

netconf::status management::status() const {
  netconf::status result;
  for (auto& entry : sessions_)
    result.sessions.insert(entry.first);
  result.opened = last_id_;
  result.subscriptions = sinks_.size();
  result.rpcs.insert(rpcs_.begin(), rpcs_.end());
  for (auto which : {store::running, store::candidate, store::startup})
    if (auto owner = data_.holder(which))
      result.locks.emplace(to_string(which), *owner);
  result.commit_pending = data_.deadline() != clock::time_point::max();
  result.running = data_.text(store::running);
  return result;
}

} // namespace tieline::lab::netconf
