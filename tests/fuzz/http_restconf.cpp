#include "fuzz.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/http/restconf.hpp"

#include <string>
#include <string_view>

using namespace tieline;
using fuzz::require;

// Answers of a RESTCONF server, in either format.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  reply answer;
  answer.output.assign(reinterpret_cast<const char*>(data), size);
  for (const auto* type : {"application/yang-data+json",
                           "application/yang-data+xml", "text/html"}) {
    answer.attributes["header.content-type"] = type;
    answer.status = 409;
    auto refused = restconf::check(answer, {"r1", "http"});
    require(code_of(refused) == errc::operation_failed, "it has failed");
    require(is_printable(describe(refused)), "it is safe to show");
    answer.status = 200;
    // Some servers tell of errors with a status of success.
    auto told = restconf::check(answer, {"r1", "http"});
    require(told.empty() || code_of(told) == errc::operation_failed,
            "it has worked or it has failed");
    require(is_printable(describe(told)), "it is safe to show");
    for (const auto& read : {restconf::read_root(answer),
                             restconf::read_yang_library_version(answer),
                             restconf::read_stream_location(answer)})
      require(read || code_of(read.error()) == errc::protocol_error
                || code_of(read.error()) == code_of(told),
              "a text, no such document, or what the server told");
  }
  return 0;
}
