# Flags for our own targets only; users of an installed tieline get none of them.
add_library(tieline_internal INTERFACE)
target_compile_features(tieline_internal INTERFACE cxx_std_17)
target_compile_options(tieline_internal INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor)
if(TIELINE_SANITIZE)
  target_link_options(tieline_internal INTERFACE -fsanitize=${TIELINE_SANITIZE})
endif()

# What makes a fault of memory hard to exploit, in what users build: addresses that nobody
# knows, tables that are read-only from the start, guarded stacks, checked calls, checked
# returns. ./dev builds CAF with the same. Sanitizers have checks of their own.
if(NOT TIELINE_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  set(optimized "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")
  target_compile_options(tieline_internal INTERFACE
    "$<${optimized}:-fPIE;-fstack-protector-strong;-fstack-clash-protection>"
    "$<${optimized}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
  target_link_options(tieline_internal INTERFACE
    "$<${optimized}:-pie;LINKER:-z,relro;LINKER:-z,now>")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(tieline_internal INTERFACE "$<${optimized}:-fcf-protection=full>")
    # The start files of some C libraries are not marked, though they return like others.
    target_link_options(tieline_internal INTERFACE "$<${optimized}:LINKER:-z,shstk>")
  endif()
endif()

# tieline_layer(<name> SOURCES ... [LINK ...] [LINK_PRIVATE ...])
#
# A library of the folder it is called from, whose headers are included as
# <tieline/<name>/...>. A layer sees its own headers and those of the layers it
# links, so an include that points the wrong way does not compile.
function(tieline_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  set(include_dir ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include_dir}/tieline)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_dir}/tieline/${name} SYMBOLIC)
  # Static: nothing says what a shared library would export.
  add_library(tieline_${name} STATIC ${arg_SOURCES})
  add_library(tieline::${name} ALIAS tieline_${name})
  set_target_properties(tieline_${name} PROPERTIES EXPORT_NAME ${name} CXX_EXTENSIONS OFF)
  set_target_properties(tieline_${name} PROPERTIES
    UNITY_BUILD ${TIELINE_UNITY_BUILD} UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(folder ${source} DIRECTORY)
    string(MAKE_C_IDENTIFIER "in_${folder}" folder)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder})
  endforeach()
  if(TIELINE_UNITY_BUILD)
    # There, GCC takes a source for a header.
    target_compile_options(tieline_${name} PRIVATE -Wno-subobject-linkage)
  endif()
  target_compile_features(tieline_${name} PUBLIC cxx_std_17)
  target_include_directories(tieline_${name} PUBLIC
    $<BUILD_INTERFACE:${include_dir}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(tieline_${name}
    PUBLIC ${arg_LINK}
    PRIVATE ${arg_LINK_PRIVATE} $<BUILD_INTERFACE:tieline_internal>)
endfunction()

# tieline_program(<name> SOURCES ... LINK ...): a program of our own.
function(tieline_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${name} PRIVATE ${arg_LINK} tieline_internal)
endfunction()
