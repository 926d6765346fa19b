# The manual: doc/html in the build folder, by Sphinx with MyST from the Markdown pages of the project.
# Warnings, such as broken links, are errors.
find_program(SPHINX_BUILD sphinx-build DOC "sphinx-build, for POLAR_DOCS")
if(NOT SPHINX_BUILD)
  message(FATAL_ERROR "POLAR_DOCS=ON: found no sphinx-build. Install Sphinx, MyST-Parser and the theme of Read the Docs "
    "(Debian: python3-sphinx python3-myst-parser python3-sphinx-rtd-theme), or leave POLAR_DOCS off.")
endif()
file(GLOB_RECURSE pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/doc/* ${CMAKE_SOURCE_DIR}/examples/*.md
  ${CMAKE_SOURCE_DIR}/examples/*.png ${CMAKE_SOURCE_DIR}/potentials/*.md ${CMAKE_SOURCE_DIR}/unittest/*.md)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/doc/html/index.html
  COMMAND ${SPHINX_BUILD} -q -W --keep-going -c doc -d ${CMAKE_BINARY_DIR}/doc/doctrees -b html . ${CMAKE_BINARY_DIR}/doc/html
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/doc/html/index.html
  DEPENDS ${pages} ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/src/README.md
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Building the manual" VERBATIM)
add_custom_target(doc ALL DEPENDS ${CMAKE_BINARY_DIR}/doc/html/index.html)

include(GNUInstallDirs)
install(DIRECTORY ${CMAKE_BINARY_DIR}/doc/html DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/polar)
