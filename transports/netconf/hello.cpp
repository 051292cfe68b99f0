#include "tieline/transports/netconf/hello.hpp"

#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/numbers.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <utility>

namespace tieline::netconf {

namespace {

caf::error bad_hello(const std::string& why) {
  return error_at(errc::protocol_error, step::hello, "bad hello: " + why);
}

/// Returns the children of this name: those in the namespace of the hello
/// itself; if it has none such, those in whatever namespace.
std::vector<pugi::xml_node> parts_of(pugi::xml_node x, std::string_view name) {
  std::vector<pugi::xml_node> result;
  for (auto own : {true, false}) {
    for (auto child : x.children())
      if (child.type() == pugi::node_element && xml::local_name(child) == name
          && (!own || xml::namespace_of(child) == xml::namespace_of(x)))
        result.push_back(child);
    if (!result.empty())
      break;
  }
  return result;
}

} // namespace

std::string make_hello(const hello& x) {
  std::string result = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                       "\n<hello xmlns=\""
                       + std::string{uri::base} + "\"><capabilities>";
  for (const auto& y : x.can.all())
    result += "<capability>" + xml::escape(y) + "</capability>";
  result += "</capabilities>";
  if (x.session_id)
    result += "<session-id>" + std::to_string(*x.session_id) + "</session-id>";
  return result + "</hello>";
}

caf::expected<hello> read_hello(std::string_view text, side from) {
  auto parsed = xml::document::parse(text);
  if (!parsed)
    return bad_hello(failure_of(parsed.error()).cause);
  auto root = parsed->root();
  if (xml::local_name(root) != "hello" || !is_base(xml::namespace_of(root)))
    return bad_hello("begins with <" + std::string{root.name()} + ">");
  auto lists = parts_of(root, "capabilities");
  if (lists.empty())
    return bad_hello("no capabilities");
  std::vector<std::string> all;
  for (auto list : lists)
    for (auto x : parts_of(list, "capability"))
      all.push_back(xml::text(x));
  hello result{capabilities{std::move(all)}, std::nullopt};
  if (auto ids = parts_of(root, "session-id"); !ids.empty()) {
    auto number = to_number(xml::text(ids.front()), 1, UINT32_MAX);
    if (!number)
      return bad_hello("session-id: not a number from 1 to 4294967295");
    result.session_id = static_cast<uint32_t>(*number);
  }
  if (from == side::client && result.session_id)
    return bad_hello("a client's with a session-id");
  return result;
}

caf::expected<framing> choose_framing(const capabilities& ours,
                                      const capabilities& theirs) {
  auto both = [&](std::string_view uri) {
    return ours.has(uri) && theirs.has(uri);
  };
  if (both(capability::base_1_1))
    return framing::chunked;
  if (both(capability::base_1_0))
    return framing::end_of_message;
  std::string why = "no version of NETCONF in common: the peer has ";
  auto is_known = false;
  for (auto [uri, version] : {std::pair{capability::base_1_1, "1.1"},
                              std::pair{capability::base_1_0, "1.0"}})
    if (theirs.has(uri)) {
      why += std::string{uri}
             + ", which we do not offer: the option version must be both or "
             + version;
      is_known = true;
    }
  if (!is_known)
    why += "neither " + std::string{capability::base_1_1} + " nor "
           + std::string{capability::base_1_0};
  return error_at(errc::unsupported, step::hello, std::move(why));
}

} // namespace tieline::netconf
