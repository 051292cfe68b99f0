include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tieline)

install(TARGETS tieline tieline_messages tieline_actors tieline_transports
        EXPORT tieline-targets)
install(EXPORT tieline-targets DESTINATION ${package_dir} NAMESPACE tieline::)

foreach(layer IN ITEMS messages actors transports)
  install(DIRECTORY ${layer}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tieline/${layer}
          FILES_MATCHING PATTERN "*.hpp")
endforeach()

configure_package_config_file(cmake/tielineConfig.cmake.in tielineConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(tielineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tielineConfig.cmake
              ${PROJECT_BINARY_DIR}/tielineConfigVersion.cmake
              cmake/TielineDependencies.cmake
        DESTINATION ${package_dir})
