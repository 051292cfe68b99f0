// A program that registers its own message types, and forgets those of tieline.
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/exec_main.hpp>

#include <exception>
#include <iostream>

void caf_main(caf::actor_system& sys) {
  try {
    tieline::spawn_manager(sys);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
  }
}

CAF_MAIN()
