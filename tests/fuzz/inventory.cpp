#include "fleet/inventory.hpp"

#include "fuzz.hpp"

#include "tieline/messages/support/printable.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace tieline;
using fuzz::require;

namespace {

/// In memory, and gone with the process.
const std::string& path() {
  static const std::string result = [] {
    std::filesystem::path shm{"/dev/shm"};
    auto in = is_directory(shm) ? shm : std::filesystem::temp_directory_path();
    return (in / ("tieline-fuzz-" + std::to_string(getpid()) + ".yaml"))
      .string();
  }();
  return result;
}

struct removed_at_end {
  ~removed_at_end() {
    std::error_code ignored;
    std::filesystem::remove(path(), ignored);
  }
};

} // namespace

// A hosts file: hosts, or an error that can be shown.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const removed_at_end guard;
  fuzz::prepare();
  std::ofstream{path(), std::ios::binary}.write(
    reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    for (const auto& x : fleet::resolve(fleet::read_inventory(path(), "ssh"))) {
      require(check_name(x.name).empty(), "a name follows the rule");
      require(check_name(x.params.hostname).empty(), "so does a hostname");
    }
  } catch (const fleet::inventory_error& x) {
    require(is_printable(x.what()), "an error is safe to show");
  }
  return 0;
}
