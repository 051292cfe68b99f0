# Finds what tieline needs, for its build and for its package. What is missing is
# said in tieline_missing.
set(tieline_missing "")

# CAF's package asks for OpenSSL's targets without looking for them.
find_package(OpenSSL QUIET)
if(NOT OpenSSL_FOUND)
  string(APPEND tieline_missing "tieline needs OpenSSL. On Debian: apt-get install libssl-dev\n")
endif()
find_package(Threads QUIET)
if(NOT Threads_FOUND)
  string(APPEND tieline_missing "tieline needs threads, which the compiler does not offer.\n")
endif()

# Version files of CAF 0.18 accept the exact version only, so check here.
if(OpenSSL_FOUND)
  find_package(CAF QUIET COMPONENTS core io openssl)
endif()
if(NOT CAF_FOUND OR CAF_VERSION VERSION_LESS 0.18.7)
  string(APPEND tieline_missing
    "tieline needs CAF >= 0.18.7 (found: '${CAF_VERSION}'). Run './dev setup' and build with "
    "'./dev build', or point CMAKE_PREFIX_PATH or CAF_ROOT at an installed CAF.\n")
endif()

find_package(libssh 0.10.6 QUIET)
if(NOT libssh_FOUND)
  string(APPEND tieline_missing
    "tieline needs libssh >= 0.10.6. On Debian: apt-get install libssh-dev\n")
endif()

find_package(CURL 7.88 QUIET)
if(NOT CURL_FOUND)
  string(APPEND tieline_missing
    "tieline needs libcurl >= 7.88. On Debian: apt-get install libcurl4-openssl-dev\n")
endif()

find_package(ZLIB QUIET)
if(NOT ZLIB_FOUND)
  string(APPEND tieline_missing "tieline needs zlib. On Debian: apt-get install zlib1g-dev\n")
endif()

find_package(yaml-cpp 0.7 QUIET)
if(NOT yaml-cpp_FOUND)
  message(FATAL_ERROR "tieline needs yaml-cpp >= 0.7. On Debian: apt-get install libyaml-cpp-dev")
endif()

# Debian has no package file of CMake for it.
find_path(TIELINE_PCRE2_INCLUDE_DIR pcre2.h)
find_library(TIELINE_PCRE2_LIBRARY pcre2-8)
if(NOT TIELINE_PCRE2_INCLUDE_DIR OR NOT TIELINE_PCRE2_LIBRARY)
  message(FATAL_ERROR "tieline needs PCRE2 >= 10.40. On Debian: apt-get install libpcre2-dev")
endif()
if(NOT TARGET tieline::pcre2)
  add_library(tieline::pcre2 UNKNOWN IMPORTED)
  set_target_properties(tieline::pcre2 PROPERTIES
    IMPORTED_LOCATION ${TIELINE_PCRE2_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${TIELINE_PCRE2_INCLUDE_DIR})
endif()

find_package(pugixml 1.12 QUIET)
if(NOT pugixml_FOUND)
  string(APPEND tieline_missing
    "tieline needs pugixml >= 1.12. On Debian: apt-get install libpugixml-dev\n")
endif()
