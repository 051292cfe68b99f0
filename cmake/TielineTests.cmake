# Boost's own package file, since CMake 3.30 without a warning.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()
find_package(Boost 1.74 QUIET COMPONENTS unit_test_framework)
if(NOT Boost_FOUND)
  message(FATAL_ERROR "The tests need Boost.Test. On Debian: apt-get install libboost-test-dev")
endif()

# Errors of addresses are looked for in what the suites test, not in their own
# code, which takes three times as long to compile then.
function(tieline_uninstrumented target)
  if(NOT TIELINE_SANITIZE MATCHES thread)
    set_property(TARGET ${target} PROPERTY COMPILE_OPTIONS)
  endif()
endfunction()

# The main of all test programs, and what all their sources include.
add_library(tieline_test_main STATIC
  ${PROJECT_SOURCE_DIR}/tests/support/main.cpp ${PROJECT_SOURCE_DIR}/tests/support/precompiled.cpp)
# The header makes a main only where it is not precompiled.
set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/support/main.cpp
  PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
set_target_properties(tieline_test_main PROPERTIES CXX_EXTENSIONS OFF)
target_include_directories(tieline_test_main PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(tieline_test_main PUBLIC BOOST_TEST_DYN_LINK)
tieline_uninstrumented(tieline_test_main)
target_link_libraries(tieline_test_main
  PUBLIC tieline_messages Boost::unit_test_framework tieline_internal)
target_precompile_headers(tieline_test_main PRIVATE
  <tieline/messages/interfaces.hpp> <boost/test/unit_test.hpp> <boost/test/data/test_case.hpp>)

set(tieline_pure_timeout 30)
if(TIELINE_SANITIZE) # which take their time
  set(tieline_pure_timeout 240)
endif()

# tieline_tests(<folder> SUITES ... [PURE ...] [SOURCES ...] [LINK ...] [TIMEOUT seconds])
#
# One program for the suites of a folder, <folder>_tests, whose main is support/main.cpp.
# Each suite is a file, <suite>_test.cpp, and a test of its own, <folder>.<suite>.
# PURE suites need no server and no actor system: they have 30 seconds.
function(tieline_tests folder)
  cmake_parse_arguments(arg "" "TIMEOUT" "SUITES;PURE;SOURCES;LINK" ${ARGN})
  set(program ${folder}_tests)
  set(sources ${arg_SOURCES})
  foreach(suite IN LISTS arg_SUITES arg_PURE)
    list(APPEND sources ${suite}_test.cpp)
  endforeach()
  tieline_program(${program} SOURCES ${sources} LINK tieline_test_main ${arg_LINK})
  tieline_uninstrumented(${program})
  target_precompile_headers(${program} REUSE_FROM tieline_test_main)
  foreach(suite IN LISTS arg_SUITES arg_PURE)
    tieline_suite(${folder} ${suite} "${arg_TIMEOUT}")
  endforeach()
  foreach(suite IN LISTS arg_PURE)
    set_tests_properties(${folder}.${suite} PROPERTIES TIMEOUT ${tieline_pure_timeout})
  endforeach()
endfunction()

# A filter that matches nothing exits 200, so a suite that is not there fails.
function(tieline_suite folder suite timeout)
  if(TIELINE_SANITIZE)
    math(EXPR timeout "${timeout} * 4")
  endif()
  get_filename_component(name ${suite} NAME)
  add_test(NAME ${folder}.${name}
    COMMAND ${folder}_tests --run_test=${name}_test --report_level=short --color_output=no)
  set_tests_properties(${folder}.${name} PROPERTIES TIMEOUT ${timeout})
endfunction()

# tieline_test_library(<name> SOURCES ... LINK ...): what several suites share.
function(tieline_test_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  tieline_uninstrumented(${name})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PUBLIC ${arg_LINK} tieline_internal)
endfunction()
