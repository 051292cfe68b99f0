#pragma once

#include <string>
#include <string_view>

namespace tieline::test {

/// A directory of its own that is removed with all it holds. Other users may
/// pass through it, but not list it.
class temp_dir {
public:
  temp_dir();

  temp_dir(const temp_dir&) = delete;

  temp_dir& operator=(const temp_dir&) = delete;

  ~temp_dir();

  const std::string& path() const noexcept {
    return path_;
  }

  /// Returns the path of `name` in this directory.
  std::string operator/(std::string_view name) const;

  /// Creates or replaces a file, with permissions 0644, and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

private:
  std::string path_;
};

/// Returns the content of a file; throws if it cannot be read.
std::string read_file(const std::string& path);

/// Replaces the content of a file; throws if it cannot be written.
void write_file(const std::string& path, std::string_view content);

} // namespace tieline::test
