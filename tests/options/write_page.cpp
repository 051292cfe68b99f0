/// @file
/// Prints docs/settings.md, for `./dev docs`.

#include "options/page.hpp"

#include <iostream>

int main() {
  std::cout << tieline::test::settings_page();
}
