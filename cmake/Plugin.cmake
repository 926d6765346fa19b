# The plugin: polarplugin.so (C, checks the host) and polar_styles.so (the styles).
#
# Both see LAMMPS' headers only. They link neither liblammps nor MPI nor an FFT: what is undefined
# comes from the LAMMPS that loads them, so a second MPI or LAMMPS never enters the process.

# --- the LAMMPS to build for: LAMMPS_SRC, LAMMPS_VERSION_NUMBER --------------------------------
set(LAMMPS_SRC ${LAMMPS_SOURCE_DIR})
if(EXISTS ${LAMMPS_SOURCE_DIR}/src/version.h)
  set(LAMMPS_SRC ${LAMMPS_SOURCE_DIR}/src)
endif()
if(NOT LAMMPS_SOURCE_DIR OR NOT EXISTS ${LAMMPS_SRC}/version.h)
  message(FATAL_ERROR "LAMMPS_SOURCE_DIR='${LAMMPS_SOURCE_DIR}': found no version.h there nor in its src. "
    "Give the source tree of the LAMMPS that will load the plugin: -DLAMMPS_SOURCE_DIR=DIR; "
    "or let cmake/setup.sh fetch and build a LAMMPS.")
endif()
if(NOT EXISTS ${LAMMPS_SRC}/KSPACE/pppm.h)
  message(FATAL_ERROR "LAMMPS_SOURCE_DIR='${LAMMPS_SOURCE_DIR}': found no KSPACE/pppm.h. POLAR needs the headers "
    "of LAMMPS' KSPACE package; installed header sets lack them, so give the whole source tree.")
endif()

# LAMMPS_VERSION is a text such as "4 Feb 2025"; lammps_version() of the host returns 20250204
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${LAMMPS_SRC}/version.h)
file(STRINGS ${LAMMPS_SRC}/version.h line REGEX "define +LAMMPS_VERSION ")
if(NOT line MATCHES "\"([0-9]+) ([A-Z][a-z][a-z])[a-z]* ([0-9]+)\"")
  message(FATAL_ERROR "${LAMMPS_SRC}/version.h: found '${line}', expected a LAMMPS_VERSION such as \"4 Feb 2025\"")
endif()
set(day ${CMAKE_MATCH_1})
set(year ${CMAKE_MATCH_3})
set(months Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)
list(FIND months ${CMAKE_MATCH_2} month)
math(EXPR LAMMPS_VERSION_NUMBER "${year} * 10000 + (${month} + 1) * 100 + ${day}")
if(LAMMPS_VERSION_NUMBER LESS 20250204)
  message(FATAL_ERROR "LAMMPS_SOURCE_DIR='${LAMMPS_SOURCE_DIR}' is LAMMPS ${LAMMPS_VERSION_NUMBER}: POLAR needs the C++ "
    "interfaces of LAMMPS 4Feb2025 (20250204) or newer. Use a newer one, or let cmake/setup.sh fetch and build it.")
endif()
message(STATUS "POLAR for LAMMPS ${LAMMPS_VERSION_NUMBER}, ${LAMMPS_SIZES}, in ${LAMMPS_SRC}")

if(LAMMPS_FFT_SINGLE)
  message(FATAL_ERROR "LAMMPS_FFT_SINGLE=ON: POLAR's lattice sums need FFTs in double precision. "
    "Rebuild LAMMPS with -DFFT_SINGLE=OFF and leave this option off.")
endif()

# headers and settings of that LAMMPS; no libraries
add_library(lammps_headers INTERFACE)
target_include_directories(lammps_headers SYSTEM INTERFACE ${LAMMPS_SRC} ${LAMMPS_SRC}/KSPACE)
target_compile_definitions(lammps_headers INTERFACE
  POLAR_LAMMPS_VERSION=${LAMMPS_VERSION_NUMBER}
  LAMMPS_${LAMMPS_SIZES} $<$<BOOL:${LAMMPS_FFT_SINGLE}>:FFT_SINGLE>)
if(BUILD_MPI)
  set(MPI_CXX_SKIP_MPICXX TRUE)
  find_package(MPI REQUIRED COMPONENTS C CXX)
  target_include_directories(lammps_headers SYSTEM INTERFACE ${MPI_CXX_INCLUDE_DIRS})
  target_compile_definitions(lammps_headers INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
else()
  target_include_directories(lammps_headers SYSTEM INTERFACE ${LAMMPS_SRC}/STUBS)
  target_compile_definitions(lammps_headers INTERFACE POLAR_MPI_COMM_SIZE=0)
endif()

# polar_plugin_module(TARGET FILE SOURCES...): a module that LAMMPS can load. Once loaded it stays:
# LAMMPS may unload a plugin while objects of its styles are still alive.
function(polar_plugin_module target file)
  add_library(${target} MODULE ${ARGN})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE ${POLAR_WARNINGS})
  target_link_libraries(${target} PRIVATE lammps_headers)
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX .so OUTPUT_NAME ${file}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  if(APPLE)
    target_link_options(${target} PRIVATE -undefined dynamic_lookup)
  else()
    target_link_options(${target} PRIVATE LINKER:-z,nodelete)
  endif()
endfunction()

polar_plugin_module(polarplugin polarplugin ${CMAKE_SOURCE_DIR}/src/plugin/loader.c)
target_link_libraries(polarplugin PRIVATE ${CMAKE_DL_LIBS})

file(GLOB adapters CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/lammps/*.cpp)
polar_plugin_module(polar_styles polar_styles ${CMAKE_SOURCE_DIR}/src/plugin/styles.cpp ${adapters})
target_link_libraries(polar_styles PRIVATE polar_core)

# --- lmp-polar: LAMMPS and plugin for a liblammps without PLUGIN ---------------------------------
if(POLAR_LAUNCHER)
  find_library(LAMMPS_LIBRARY lammps HINTS ${LAMMPS_BUILD_DIR} DOC "liblammps of the LAMMPS to run with")
  if(NOT LAMMPS_LIBRARY)
    message(FATAL_ERROR "POLAR_LAUNCHER=ON: found no liblammps. Give -DLAMMPS_LIBRARY=FILE, or install it "
      "(Debian: liblammps-dev).")
  endif()
  add_executable(lmp-polar ${CMAKE_SOURCE_DIR}/src/plugin/launcher.cpp)
  target_compile_options(lmp-polar PRIVATE ${POLAR_WARNINGS})
  target_link_libraries(lmp-polar PRIVATE lammps_headers ${LAMMPS_LIBRARY} ${CMAKE_DL_LIBS})
  if(BUILD_MPI)
    target_link_libraries(lmp-polar PRIVATE MPI::MPI_CXX)
  endif()
  set_target_properties(lmp-polar PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    INSTALL_RPATH_USE_LINK_PATH ON)
endif()
