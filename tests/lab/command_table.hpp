#pragma once

#include "tieline/lab/command.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tieline::lab {

/// The commands that devices know, by name.
class command_table {
public:
  struct entry {
    command run;
    input stdin_is = input::ignored;
  };

  struct match {
    const entry* found;         // null: no such command
    std::string_view arguments; // part of the line
  };

  void add(std::string name, command run, input stdin_is);

  match find(std::string_view line) const;

private:
  std::map<std::string, entry, std::less<>> entries_;
};

/// Runs a command; what it throws becomes its result.
result run(const command& what, const invocation& how);

/// The answer to a line that is no command.
result unknown_command();

} // namespace tieline::lab
