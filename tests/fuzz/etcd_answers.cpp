#include "fuzz.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/key_value_store.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/transports/etcd/messages.hpp"

#include <string>

using namespace tieline;
using fuzz::require;

// Answers of what listens at etcd's port.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::prepare();
  std::string text{reinterpret_cast<const char*>(data), size};
  etcd::read_lease(text);
  etcd::read_range(text);
  etcd::read_transaction(text);
  etcd::read_token(text);
  etcd::is_answer(text);
  if (auto trouble = etcd::read_trouble(text)) {
    auto error = make_error(errc::operation_failed,
                            {{}, step::execute, trouble->message});
    require(is_printable(failure_of(error).cause), "it is safe to show");
  }
  return 0;
}
