# cmake -P: prints (to stderr) the prefix of an installed CAF that is new enough, or nothing.
# Looks where find_package would: CAF_ROOT, CMAKE_PREFIX_PATH, the system.
string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
find_path(CAF_PREFIX
          NAMES lib/cmake/CAF/CAFConfigVersion.cmake
                lib/${CMAKE_LIBRARY_ARCHITECTURE}/cmake/CAF/CAFConfigVersion.cmake
          PATHS $ENV{CAF_ROOT} ${prefixes} /usr/local /usr
          NO_DEFAULT_PATH)
if(CAF_PREFIX)
  file(GLOB version_file ${CAF_PREFIX}/lib/cmake/CAF/CAFConfigVersion.cmake
                         ${CAF_PREFIX}/lib/*/cmake/CAF/CAFConfigVersion.cmake)
  list(GET version_file 0 version_file)
  include(${version_file})
  if(PACKAGE_VERSION VERSION_GREATER_EQUAL 0.18.7)
    message("${CAF_PREFIX}")
  endif()
endif()
