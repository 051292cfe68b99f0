# Fails unless the README quotes the part of SOURCE between its [readme marks.
file(READ "${SOURCE}" source)
file(READ "${README}" readme)
string(REGEX MATCH "// \\[readme(\n.*)  // readme\\]" ignored "${source}")
string(REPLACE "\n  " "\n" example "${CMAKE_MATCH_1}")
string(FIND "${readme}" "${example}" position)
if("${example}" STREQUAL "" OR position EQUAL -1)
  message(FATAL_ERROR "README.md does not show the example of ${SOURCE}:\n${example}")
endif()
