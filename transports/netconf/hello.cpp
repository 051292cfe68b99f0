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
  if (!xml::is(root, uri::base, "hello"))
    return bad_hello("begins with <" + std::string{root.name()} + ">");
  auto list = xml::child(root, uri::base, "capabilities");
  if (!list)
    return bad_hello("no capabilities");
  std::vector<std::string> all;
  for (auto x : list.children())
    if (xml::is(x, uri::base, "capability"))
      all.push_back(xml::text(x));
  hello result{capabilities{std::move(all)}, std::nullopt};
  if (auto id = xml::child(root, uri::base, "session-id")) {
    auto number = to_number(xml::text(id), 1, UINT32_MAX);
    if (!number)
      return bad_hello("session-id: not a number from 1 to 4294967295");
    result.session_id = static_cast<uint32_t>(*number);
  }
  if (from == side::server && !result.session_id)
    return bad_hello("no session-id");
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
  return error_at(errc::unsupported, step::hello,
                  "no version of NETCONF in common: the peer has neither "
                    + std::string{capability::base_1_1} + " nor "
                    + std::string{capability::base_1_0});
}

} // namespace tieline::netconf
