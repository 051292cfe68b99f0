#include "fuzz.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/hello.hpp"
#include "tieline/transports/netconf/rpc_reply.hpp"
#include "tieline/transports/netconf/well_formed.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <string>
#include <string_view>
#include <variant>

using namespace tieline;
using namespace tieline::netconf;
using fuzz::require;

namespace {

void check_reply(const rpc_reply& answer) {
  xml::scan_options fragment;
  fragment.fragment = true;
  // Declarations that were added do not make it deeper.
  require(xml::scan(answer.output, fragment).empty(),
          "output is well-formed by itself");
  require(answer.errors.size() <= answer.error_count, "errors are counted");
  require(!answer.failed || !answer.errors.empty(), "a failure has an error");
  for (const auto* operation : {"get", "get-schema"}) {
    auto result = to_reply(answer, operation);
    require(!result == answer.failed, "an error is an error");
    auto told = result ? netconf_warnings_of(*result)
                       : netconf_errors_of(result.error());
    require(told == answer.errors, "errors survive their way");
    if (!result)
      require(xml::is_text(failure_of(result.error()).cause),
              "a cause can be printed");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  std::string text{reinterpret_cast<const char*>(data), size};
  auto problem = xml::scan(text);
  auto tree = xml::document::parse(text);
  require(!!tree == problem.empty(), "pugixml reads what the scan lets pass");
  auto got = read_incoming(text);
  require(got || code_of(got.error()) == errc::protocol_error,
          "only protocol errors");
  require(!got || problem.empty(), "only well-formed messages");
  if (got)
    if (const auto* answer = std::get_if<rpc_reply>(&*got))
      check_reply(*answer);
  for (auto from : {side::client, side::server})
    if (auto heard = read_hello(text, from)) {
      heard->can.modules();
      auto again = read_hello(make_hello(*heard), from);
      require(again && again->can.all() == heard->can.all()
                && again->session_id == heard->session_id,
              "a hello is read as it was written");
    }
  return 0;
}
