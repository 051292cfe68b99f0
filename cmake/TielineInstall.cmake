include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tieline)

install(TARGETS tieline tieline_messages tieline_actors tieline_transports
        EXPORT tieline-targets)
# What simulates devices, for the tests of users: tieline::lab.
if(TARGET tieline_lab)
  install(TARGETS tieline_lab EXPORT tieline-targets)
  foreach(header IN ITEMS
      command.hpp counters.hpp device.hpp faults/fault.hpp inventory.hpp io/hang_up.hpp lab.hpp
      netconf/options.hpp options.hpp restconf/options.hpp)
    get_filename_component(folder lab/${header} DIRECTORY)
    install(FILES tests/lab/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tieline/${folder})
  endforeach()
endif()
install(EXPORT tieline-targets DESTINATION ${package_dir} NAMESPACE tieline::)

include(TielinePublicHeaders)
foreach(header IN LISTS tieline_public_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tieline/${folder})
endforeach()
list(TRANSFORM tieline_umbrella_headers PREPEND include/)
install(FILES ${tieline_umbrella_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tieline)

configure_package_config_file(cmake/tielineConfig.cmake.in tielineConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(tielineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tielineConfig.cmake
              ${PROJECT_BINARY_DIR}/tielineConfigVersion.cmake
              cmake/TielineDependencies.cmake
        DESTINATION ${package_dir})
