# CAF's package asks for OpenSSL's targets without looking for them.
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)

# Version files of CAF 0.18 accept the exact version only, so check here.
find_package(CAF QUIET COMPONENTS core io openssl)
if(NOT CAF_FOUND OR CAF_VERSION VERSION_LESS 0.18.7)
  message(FATAL_ERROR
    "tieline needs CAF >= 0.18.7 (found: '${CAF_VERSION}'). Run './dev setup' and build with "
    "'./dev build', or point CMAKE_PREFIX_PATH or CAF_ROOT at an installed CAF.")
endif()

find_package(libssh 0.10.6 QUIET)
if(NOT libssh_FOUND)
  message(FATAL_ERROR "tieline needs libssh >= 0.10.6. On Debian: apt-get install libssh-dev")
endif()

find_package(CURL 7.88 QUIET)
if(NOT CURL_FOUND)
  message(FATAL_ERROR
    "tieline needs libcurl >= 7.88. On Debian: apt-get install libcurl4-openssl-dev")
endif()

find_package(pugixml 1.12 QUIET)
if(NOT pugixml_FOUND)
  message(FATAL_ERROR "tieline needs pugixml >= 1.12. On Debian: apt-get install libpugixml-dev")
endif()
