#include "dialog.hpp"

#include "operations.hpp"
#include "xml.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tieline::lab::netconf {

namespace {

// While so many bytes wait to be sent nothing more is done.
constexpr std::size_t backlog = 1024 * 1024;
// And so many of a flood are made ahead.
constexpr std::size_t flood_backlog = 64 * 1024;

constexpr std::string_view base_1_0 = "urn:ietf:params:netconf:base:1.0";
constexpr std::string_view base_1_1 = "urn:ietf:params:netconf:base:1.1";

constexpr std::string_view prolog = R"(<?xml version="1.0" encoding="UTF-8"?>)";

/// Ten levels, each ten times the one below.
std::string bomb() {
  std::string result = "<!DOCTYPE rpc-reply [<!ENTITY lol0 \"lol\">";
  for (int level = 1; level < 10; ++level) {
    result += "<!ENTITY lol" + std::to_string(level) + " \"";
    for (int i = 0; i < 10; ++i)
      result += "&lol" + std::to_string(level - 1) + ';';
    result += "\">";
  }
  return result + "]>";
}

std::string warning() {
  return "<rpc-error><error-type>application</error-type>"
         "<error-tag>operation-failed</error-tag>"
         "<error-severity>warning</error-severity>"
         "<error-message>statement not found</error-message></rpc-error>";
}

/// As Junos does it; and the error itself is in no namespace of NETCONF.
std::string hidden_refusal() {
  auto error = to_rpc_error({"application", "operation-failed", "it will not"});
  error.insert(error.find('>'), " xmlns=\"urn:tieline:lab:errors\"");
  return "<commit-results><routing-engine><name>re0</name>" + warning() + error
         + "</routing-engine></commit-results>";
}

std::string complaints(const std::vector<problem>& about) {
  std::string result;
  for (auto& p : about)
    result += to_rpc_error(p);
  return result;
}

} // namespace

dialog::dialog(management& device, const fault_set& faults, std::string user)
  : conversation(faults),
    device_(device),
    user_(std::move(user)),
    id_(device.enter(*this)) {
  if (!has(fault::netconf_no_hello))
    say_hello();
}

dialog::~dialog() {
  device_.unsubscribe(*this);
  device_.leave(id_);
  device_.stir();
}

void dialog::say_hello() {
  auto& settings = device_.settings();
  auto text = std::string{prolog} + "<hello xmlns=\""
              + std::string{has(fault::netconf_old_hello) ? base_1_0
                                                          : base_namespace}
              + "\"><capabilities>";
  constexpr std::string_view protocol = "urn:ietf:params:netconf:";
  auto add = [&](std::string_view uri) {
    std::string told{uri};
    if (has(fault::netconf_old_hello)
        && uri.substr(0, protocol.size()) == protocol)
      told.insert(protocol.size() - 8, "xml:ns:");
    text += "<capability>" + escaped(told) + "</capability>";
  };
  if (settings.base_1_0 && !has(fault::netconf_no_base))
    add(base_1_0);
  if (settings.base_1_1 && !has(fault::netconf_no_base))
    add(base_1_1);
  for (auto& c : settings.capabilities)
    add(c);
  text += "</capabilities>";
  if (!has(fault::netconf_no_session_id))
    text += "<session-id>" + std::to_string(id_) + "</session-id>";
  text += "</hello>";
  output_.add(frame(text, framing::end_of_message));
}

// -- input --------------------------------------------------------------------

bool dialog::wants_input() const noexcept {
  return output_.size() < backlog;
}

void dialog::take(std::string_view bytes) {
  reader_.push(bytes);
}

void dialog::work(clock::time_point now) {
  try {
    while (!over_ && wants_input()) {
      auto message = reader_.next();
      if (!message)
        break;
      if (greeted_)
        read_rpc(*message, now);
      else
        read_hello(*message);
    }
  } catch (const std::invalid_argument&) {
    // Where the next message begins cannot be known: RFC 6242 section 4.2.
    over_ = true;
  }
  if (subscribed_ && !begun_)
    begin_subscription();
  if (subscribed_ && subscription_.stop
      && *subscription_.stop <= wall_clock::now())
    end_subscription();
  flood();
}

void dialog::read_hello(const std::string& message) {
  pugi::xml_document given;
  auto ok
    = static_cast<bool>(given.load_buffer(message.data(), message.size()));
  auto hello = given.document_element();
  auto& ours = device_.settings();
  auto both_1_0 = false, both_1_1 = false;
  for (auto c : child(hello, "capabilities").children()) {
    both_1_0 |= ours.base_1_0 && text_of(c) == base_1_0;
    both_1_1 |= ours.base_1_1 && text_of(c) == base_1_1;
  }
  // RFC 6241 section 8.1.
  if (!ok || local_name(hello) != "hello" || child(hello, "session-id")
      || !(both_1_0 || both_1_1)) {
    over_ = true;
    return;
  }
  greeted_ = true;
  framing_ = both_1_1 ? framing::chunked : framing::end_of_message;
  reader_.use(framing_);
}

void dialog::read_rpc(const std::string& message, clock::time_point now) {
  if (has(fault::netconf_silence))
    return;
  pugi::xml_document given;
  auto ok
    = static_cast<bool>(given.load_buffer(message.data(), message.size()));
  auto rpc = given.document_element();
  if (!ok) {
    // Base 1.0 has no error for this.
    if (framing_ == framing::chunked)
      reply({}, to_rpc_error({"rpc", "malformed-message", "no XML"}), now);
    over_ = true;
    return;
  }
  auto body = perform_rpc(rpc);
  if (has(fault::netconf_close))
    over_ = true;
  else
    reply(rpc, std::move(body), now);
}

std::string dialog::perform_rpc(pugi::xml_node rpc) {
  try {
    if (local_name(rpc) != "rpc" || namespace_of(rpc) != base_namespace)
      throw problem{"rpc", "operation-not-supported", "not an rpc"};
    if (!rpc.attribute("message-id"))
      throw missing_attribute("message-id", "rpc");
    auto operation = rpc.find_child(
      [](pugi::xml_node n) { return n.type() == pugi::node_element; });
    if (!operation)
      throw problem{"rpc", "missing-element", "no operation"};
    device_.count_rpc(local_name(operation));
    if (hides_refusal(operation))
      return hidden_refusal();
    auto result = perform(*this, device_, has(fault::netconf_invalid),
                          operation);
    // Others may have waited for it, and deadlines may have changed.
    device_.stir();
    return result;
  } catch (const problem& p) {
    return to_rpc_error(p);
  } catch (const std::vector<problem>& all) {
    device_.stir();
    return complaints(all);
  }
}

bool dialog::hides_refusal(pugi::xml_node operation) const {
  constexpr std::string_view names[] = {
    "", "lock", "edit-config", "validate", "commit", "commit", "cancel-commit"};
  auto which = faults_.amount(fault::netconf_hidden_error);
  auto name = local_name(operation);
  if (!which || *which >= std::size(names) || name == "close-session")
    return false;
  // A commit that confirms another names it.
  auto confirms = static_cast<bool>(child(operation, "persist-id"));
  return *which == 0
         || (names[*which] == name
             && (name != "commit" || confirms == (*which == 5)));
}

std::string dialog::framed(std::string_view text) const {
  auto result = frame(text, framing_);
  if (has(fault::netconf_line_feeds))
    result += '\n';
  return result;
}

// -- replies ------------------------------------------------------------------

void dialog::reply(pugi::xml_node rpc, std::string body,
                   clock::time_point now) {
  auto text = std::string{prolog};
  if (has(fault::netconf_xml_bomb)) {
    text += bomb();
    body = "<data>&lol9;</data>";
  }
  if (has(fault::netconf_huge_reply)) {
    auto size = faults_.amount(fault::netconf_huge_reply).value();
    body = "<data><filler xmlns=\"urn:tieline:lab\">" + std::string(size, 'x')
           + "</filler></data>";
  }
  if (has(fault::netconf_bad_xml))
    body = "<data><broken></data>";
  if (auto amount = faults_.amount(fault::netconf_warnings))
    body = *amount == 0 ? warning() + body
                        : "<results>" + warning() + "</results>" + body;
  if (++replied_; faults_.amount(fault::netconf_latin_1) == replied_)
    body = "<data><system><contact>M\xfcnchen</contact></system></data>";
  text += "<rpc-reply xmlns=\"" + std::string{base_namespace} + '"';
  // RFC 6241 section 4.2: all attributes come back.
  for (auto a : rpc.attributes()) {
    std::string_view name = a.name();
    std::string value = a.value();
    if (name == "xmlns" || (name == "message-id" && has(fault::netconf_no_id)))
      continue;
    if (name == "message-id" && has(fault::netconf_wrong_id))
      value = "not-" + value;
    text.append(" ").append(name).append("=\"" + escaped(value) + '"');
  }
  text += '>' + body + "</rpc-reply>";
  auto bytes = framed(text);
  if (has(fault::netconf_bad_chunk))
    bytes.insert(0, "\n#4294967296\n");
  if (has(fault::netconf_truncate)) {
    bytes.resize(bytes.size() / 2);
    over_ = true;
  }
  if (has(fault::netconf_out_of_order) && !withheld_) {
    withheld_ = std::move(bytes);
    return;
  }
  send_reply(std::move(bytes), now);
  if (auto late = std::exchange(withheld_, std::nullopt))
    send_reply(std::move(*late), now);
}

void dialog::send_reply(std::string framed, clock::time_point now) {
  outbox::manner how;
  if (has(fault::netconf_slow_reply))
    how.due = now + faults_.delay(fault::netconf_slow_reply);
  if (has(fault::netconf_dribble))
    how.per_byte = faults_.delay(fault::netconf_dribble);
  output_.add(std::move(framed), how);
}

clock::time_point dialog::wake_at(clock::time_point now) const {
  auto result = output_.wake_at(now);
  if (subscribed_ && subscription_.stop) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      *subscription_.stop - wall_clock::now());
    result = std::min(result, now + left);
  }
  return result;
}

void dialog::kill() {
  over_ = true;
  // A client that does not read must not keep the session alive.
  output_.clear();
  end_events();
}

// -- notifications ------------------------------------------------------------

void dialog::subscribe(subscription_order how) {
  subscription_ = std::move(how);
  subscribed_ = true;
  begun_ = false;
}

void dialog::begin_subscription() {
  begun_ = true;
  told_ = 0;
  device_.subscribe(*this);
  if (has(fault::netconf_flood))
    flood_left_ = faults_.amount(fault::netconf_flood).value();
  if (!subscription_.start)
    return;
  for (auto& e : device_.log().events())
    if (e->when >= *subscription_.start)
      on_event(e);
  send_notification("<replayComplete xmlns=\""
                    "urn:ietf:params:xml:ns:netmod:notification\"/>");
}

void dialog::on_event(const event_ptr& what) {
  auto& how = subscription_;
  if ((how.stop && what->when > *how.stop)
      || (how.filter && !selects(*how.filter, *what)))
    return;
  auto text = what->notification();
  if (++told_; faults_.amount(fault::netconf_timeless) == told_) {
    auto begin = text.find("<eventTime>") + 11;
    text.erase(begin, text.find('<', begin) - begin);
  }
  output_.add(framed(std::string{prolog} + text));
}

void dialog::send_notification(std::string_view content) {
  event now{wall_clock::now(), std::string{content}};
  output_.add(framed(std::string{prolog} + now.notification()));
}

void dialog::end_subscription() {
  send_notification("<notificationComplete xmlns=\""
                    "urn:ietf:params:xml:ns:netmod:notification\"/>");
  end_events();
}

void dialog::end_events() {
  subscribed_ = false;
  device_.unsubscribe(*this);
}

void dialog::flood() {
  // As fast as it is taken.
  while (subscribed_ && flood_left_ > 0 && output_.size() < flood_backlog) {
    send_notification("<flood xmlns=\"urn:tieline:lab\"><number>"
                      + std::to_string(++flooded_) + "</number></flood>");
    --flood_left_;
  }
}

} // namespace tieline::lab::netconf
