#include "support/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace tieline::test {

namespace fs = std::filesystem;

temp_dir::temp_dir() {
  path_ = (fs::temp_directory_path() / "tieline-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), path_);
  // A server that has become the test user reads its files below this.
  fs::permissions(path_, fs::perms::owner_all | fs::perms::group_exec
                           | fs::perms::others_exec);
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string temp_dir::operator/(std::string_view name) const {
  return path_ + "/" + std::string{name};
}

std::string temp_dir::write(std::string_view name,
                            std::string_view content) const {
  auto file = *this / name;
  write_file(file, content);
  return file;
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!out.flush())
    throw std::runtime_error("cannot write " + path);
}

} // namespace tieline::test
