# What cmake --install puts under its prefix:
#
#   lib/polar              the plugin
#   bin/lmp-polar          the launcher, if POLAR_LAUNCHER is ON
#   bin/gap_fit, bin/gap_dipole_fit
#   share/polar            env.sh, potentials with their converters, examples with their tools
#   share/doc/polar        the manual
#
# env.sh finds its own place, so that the whole tree may be moved.
include(GNUInstallDirs)
set(data_dir ${CMAKE_INSTALL_DATADIR}/polar)
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/polar)

install(TARGETS polarplugin polar_styles LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/polar)
if(POLAR_LAUNCHER)
  install(TARGETS lmp-polar RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS gap_fit gap_dipole_fit RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} OPTIONAL)
install(DIRECTORY potentials DESTINATION ${data_dir} USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)
# without what runs have left in the source tree, other people's models among it
install(DIRECTORY examples DESTINATION ${data_dir} USE_SOURCE_PERMISSIONS
  PATTERN __pycache__ EXCLUDE PATTERN "log.[a-z]*" EXCLUDE PATTERN "*.dat" EXCLUDE PATTERN "*.dump" EXCLUDE
  PATTERN "*.les" EXCLUDE PATTERN "*.pth" EXCLUDE PATTERN gap_example EXCLUDE)
install(DIRECTORY doc DESTINATION ${doc_dir} PATTERN __pycache__ EXCLUDE)
install(FILES README.md LICENSE CITATION.cff CHANGELOG.md DESTINATION ${doc_dir})

# the prefix is known at last when installing; relative paths are from share/polar, where env.sh is
file(RELATIVE_PATH to_plugin ${CMAKE_INSTALL_FULL_DATADIR}/polar ${CMAKE_INSTALL_FULL_LIBDIR}/polar)
file(RELATIVE_PATH to_bin ${CMAKE_INSTALL_FULL_DATADIR}/polar ${CMAKE_INSTALL_FULL_BINDIR})
install(CODE "
  set(to_plugin \"${to_plugin}\")
  set(to_bin \"${to_bin}\")
  set(data_dir \"${data_dir}\")
  set(version \"${LAMMPS_VERSION_NUMBER}\")
  set(sizes \"${LAMMPS_SIZES}\")
  set(env_sh \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${data_dir}/env.sh\")
  message(STATUS \"Installing: \${env_sh}\")
  configure_file(\"${CMAKE_SOURCE_DIR}/cmake/env.sh.in\" \"\${env_sh}\" @ONLY)
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES \"\${env_sh}\")
")
