#pragma once

namespace tieline::lab {

class command_table;

/// Adds what every device knows: `show version`, `show interfaces`,
/// `show running-config`, and for tests `echo TEXT`, `cat`, `exit N`,
/// `stderr TEXT`, `bytes N`, `sleep MS`, `kill-signal NAME`.
void add_builtin_commands(command_table& table);

} // namespace tieline::lab
