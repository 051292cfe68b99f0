# Writes the shipped platforms into a source, so that they are there with nothing installed.
file(GLOB platform_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli/platforms/*.yaml)
set(platform_rows "")
foreach(file IN LISTS platform_files)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND platform_rows "    {\"${name}\", R\"yaml(${text})yaml\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endforeach()
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/cli/shipped_platforms.cpp.in
  ${CMAKE_CURRENT_BINARY_DIR}/shipped_platforms.cpp @ONLY)
if(TIELINE_INSTALL)
  install(FILES ${platform_files} DESTINATION ${CMAKE_INSTALL_DATADIR}/tieline/platforms)
endif()
