#!/bin/sh
# Set POLAR up: packages, an unmodified LAMMPS, the plugin, build/env.sh.
#
#   sh cmake/setup.sh [-DLAMMPS_SOURCE_DIR=DIR] [-DNAME=VALUE ...]
#
# -DLAMMPS_SOURCE_DIR=DIR   build this LAMMPS source tree (its top folder or its src/) instead of
#                           fetching 4Feb2025; it is only read. Empty: back to 4Feb2025.
# -DLAMMPS_RELEASE=NAME     fetch and build this release: 4Feb2025 (default) or 4Jul2026
# -DNAME=VALUE              any option of CMakeLists.txt, for instance -DPOLAR_TESTS=ON, or of
#                           LAMMPS, for instance -DPKG_RIGID=ON
#
# Everything is made under build/, or under the folder that the environment variable POLAR_BUILD
# names; LAMMPS' tarball is kept in ~/.cache/polar. Options are remembered there, finished work is
# not repeated, and an interrupted run is continued by running it again.
set -eu

cd -P .  # CMake would take over a symbolic link in $PWD and compile all anew
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${POLAR_BUILD:-$top/build}
. "$top/cmake/log.sh"
mkdir -p "$build/log" 2> /dev/null && [ -w "$build/log" ] ||
  fail "cannot write to $build: name another folder in the environment variable POLAR_BUILD"
build=$(cd "$build" && pwd -P)
log=$build/log
alone

lammps_packages="PLUGIN KSPACE MOLECULE REPLICA PHONON EXTRA-PAIR EXTRA-COMPUTE MANYBODY QEQ"
packages="build-essential cmake ninja-build ccache pkg-config xz-utils ca-certificates
  libopenmpi-dev openmpi-bin libfftw3-dev libopenblas-dev libexpat1-dev
  python3 python3-numpy python3-matplotlib"
doc_packages="python3-sphinx python3-myst-parser python3-sphinx-rtd-theme"
test_packages="libgtest-dev libgmock-dev libyaml-dev nlohmann-json3-dev clang-format"

# --- options: one list for LAMMPS and POLAR, each takes what it knows --------------------------
remembered() { sed -n "s/^$1:[A-Z]*=//p" "${2:-$build}/CMakeCache.txt" 2> /dev/null || :; }
moved_from=$(remembered CMAKE_HOME_DIRECTORY)
if [ -n "$moved_from" ] && [ "$moved_from" != "$top" ]; then
  say "this checkout was at $moved_from: starting anew, earlier options are forgotten"
  rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles" "$build/lammps" "$build/asan"
fi
source_dir=$(remembered LAMMPS_SOURCE_DIR)
version=$(cat "$build/release" 2> /dev/null || echo 4Feb2025)
mpi=$(remembered BUILD_MPI)
cblas=$(remembered CBLAS_INCLUDE_DIR)
case $cblas in *-NOTFOUND) cblas= ;; esac
lammps_options=
for arg do
  shift
  case $arg in
    -DLAMMPS_SOURCE_DIR=*) source_dir=${arg#*=}; continue ;;
    -DLAMMPS_RELEASE=*) version=${arg#*=}; source_dir=; continue ;;
    -DLAMMPS_FFT_SINGLE=*) set -- "$@" "-DFFT_SINGLE=${arg#*=}" ;;
    -DBUILD_MPI=*) mpi=${arg#*=} ;;
    -DCBLAS_INCLUDE_DIR=*) cblas=${arg#*=} ;;
    -DPOLAR_TESTS=ON) packages="$packages $test_packages" ;;
    -DPOLAR_DOCS=ON) packages="$packages $doc_packages" ;;
    -D*=*) ;;
    *) fail "unknown argument '$arg'; usage: sh cmake/setup.sh [-DLAMMPS_SOURCE_DIR=DIR] [-DNAME=VALUE ...]" ;;
  esac
  case $arg in -DPOLAR_*) ;; *) lammps_options="$lammps_options $arg" ;; esac
  set -- "$@" "$arg"
done

# what the release's source package in Debian is called, and upstream's tarball
upstream=https://github.com/lammps/lammps/archive/refs/tags
case $version in
  4Feb2025)
    upstream=$upstream/patch_4Feb2025.tar.gz
    suites=trixie; suffix=tar.xz
    debian_sha256=3671165bd52fad36734e0a9136c5bc5ecb225e03988f8c89aa13366a8b53b1c7 ;;
  4Jul2026)
    upstream=$upstream/patch_4Jul2026.tar.gz
    suites="forky sid"; suffix=tar.gz
    debian_sha256=cddbc45a047416bd48a4a0b87f24a5b61b3446982b74d18cafe619c22b17eb62 ;;
  *) fail "LAMMPS_RELEASE=$version: known are 4Feb2025 and 4Jul2026; for another one give its source, -DLAMMPS_SOURCE_DIR=DIR" ;;
esac

# --- packages and tools ------------------------------------------------------------------------
missing_packages() {
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' $packages 2> /dev/null || :)
  for p in $packages; do
    printf '%s\n' "$installed" | grep -qx "ii *$p" || printf ' %s' "$p"
  done
}
has_header() { printf '#include <%s>\n' "$1" | cc -E -x c - > /dev/null 2>&1; }

missing=
if command -v apt-get > /dev/null; then missing=$(missing_packages); fi
if [ -n "$missing" ] && [ "$(id -u)" = 0 ]; then
  say "installing$missing (minutes; the log is $log/apt.log)"
  export DEBIAN_FRONTEND=noninteractive
  install_packages() { apt-get update; apt-get install -y --no-install-recommends $missing; }
  attempt apt install_packages || {
    tail -n 5 "$log/apt.log" >&2
    say "apt-get could not install all of them (see $log/apt.log); looking at what is there"
  }
fi

lacking=
for tool in cc c++ cmake ninja tar xz; do
  command -v $tool > /dev/null || lacking="$lacking $tool"
done
case $mpi in OFF | off | 0 | NO | FALSE) ;; *) command -v mpicxx > /dev/null || lacking="$lacking mpicxx" ;; esac
has_header expat.h || lacking="$lacking expat.h"
# where CMake looks, unless it was told where to look
has_header cblas.h || has_header openblas/cblas.h || has_header openblas-pthread/cblas.h ||
  [ -n "$cblas" ] || lacking="$lacking cblas.h"
if [ -n "$lacking" ]; then
  echo "Not found:$lacking" >&2
  echo "POLAR needs: C and C++17 compilers, CMake 3.16 or newer, Ninja, tar, xz, the expat library with its" >&2
  echo "header, a BLAS with cblas.h such as OpenBLAS (elsewhere than the compiler looks: -DCBLAS_INCLUDE_DIR=DIR" >&2
  echo "-DCBLAS_LIBRARY=FILE), and MPI with mpicxx (or -DBUILD_MPI=OFF). Better with: FFTW3, ccache, Python 3" >&2
  echo "with numpy and matplotlib. On a cluster these are usually modules to load." >&2
  [ -z "$missing" ] || echo "On this machine, as root: apt-get install$missing" >&2
  fail "install what is missing (on a fresh Debian after apt-get update) and run me again"
fi

# the first python3 in PATH need not be the one that has numpy
python=
for p in python3 /usr/bin/python3; do
  if $p -c 'import numpy, matplotlib' 2> /dev/null; then python=$(command -v $p); break; fi
done
[ -n "$python" ] || say "no python3 with numpy and matplotlib: examples will run, but draw no pictures"

# --- LAMMPS source -----------------------------------------------------------------------------
default_source=$build/lammps-$version
cache=${XDG_CACHE_HOME:-${HOME:-$build}/.cache}/polar

# Debian's source package is upstream's release without its non-free parts. apt fetches it from
# this machine's own mirror with a private configuration, so the machine's package sources stay as
# they are. The checksum stands in for signatures, which an older Debian may not be able to check.
fetch_from_debian() {
  command -v apt-get > /dev/null || return 1
  scratch=$build/apt.$$
  for mirror in $(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' |
                  sort -u | grep -v security); do
    for suite in $suites; do
      rm -rf "$scratch"
      mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
      echo "deb-src [trusted=yes] $mirror $suite main" > "$scratch/source.list"
      set -- -o "Dir::Etc::sourcelist=$scratch/source.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" \
        -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false
      if apt-get "$@" update &&
         (cd "$scratch" && apt-get "$@" source --tar-only --download-only lammps) &&
         cp "$scratch"/lammps_*.orig.$suffix "$debian_tarball.part" &&
         matches "$debian_tarball.part"; then
        mv "$debian_tarball.part" "$debian_tarball"
        rm -rf "$build"/apt.*
        return 0
      fi
    done
  done
  rm -rf "$scratch" "$debian_tarball.part"
  return 1
}
matches() { echo "$debian_sha256  $1" | sha256sum -c -; }

fetch_from_upstream() {
  if command -v curl > /dev/null; then curl -fL --retry 3 -o "$upstream_tarball.part" "$upstream"
  elif command -v wget > /dev/null; then wget -O "$upstream_tarball.part" "$upstream"
  else return 1
  fi && mv "$upstream_tarball.part" "$upstream_tarball"
}

# unpack TARBALL: what building and testing need, under its final name only when it is complete.
# Some tarballs have one top folder, some have none.
unpack() {
  root=$(tar -tf "$1" 2> /dev/null | sed -n 's#^\([^/]*/\)\{0,1\}src/version\.h$#\1#p')
  strip=$(printf '%s' "$root" | tr -dc / | wc -c)
  rm -rf "$default_source.part"
  mkdir "$default_source.part"
  tar -xf "$1" -C "$default_source.part" --strip-components=$strip "${root}src" "${root}cmake" \
    "${root}unittest" "${root}lib" "${root}potentials" "${root}python" "${root}LICENSE" "${root}README" ||
    { echo "$1 is damaged, or not LAMMPS: delete it and run me again"; exit 1; }
  mv "$default_source.part" "$default_source"
}

if [ -z "$source_dir" ] || [ "$source_dir" = "$default_source" ]; then
  source_dir=$default_source
  if [ ! -d "$source_dir" ]; then
    mkdir -p "$cache" 2> /dev/null || cache=$build
    debian_tarball=$cache/lammps-$version.$suffix
    upstream_tarball=$cache/lammps-$version-upstream.tar.gz
    if [ -f "$debian_tarball" ] && ! matches "$debian_tarball" > /dev/null 2>&1; then
      say "$debian_tarball is damaged; fetching it again"
      rm -f "$debian_tarball"
    fi
    if [ ! -f "$debian_tarball" ] && [ ! -f "$upstream_tarball" ]; then
      say "fetching LAMMPS $version (130 to 210 MB)"
      fetch_source() { fetch_from_debian || fetch_from_upstream; }
      attempt source fetch_source || {
        tail -n 5 "$log/source.log" >&2
        echo "LAMMPS $version could be fetched neither as Debian's source package ($suites) nor from" >&2
        echo "  $upstream" >&2
        echo "Either put that file at $upstream_tarball and run me again, or name the source tree of" >&2
        echo "the LAMMPS you use: sh cmake/setup.sh -DLAMMPS_SOURCE_DIR=DIR" >&2
        fail "no LAMMPS source; the whole log is $log/source.log"
      }
    fi
    say "unpacking LAMMPS"
    if [ -f "$debian_tarball" ]; then tarball=$debian_tarball; else tarball=$upstream_tarball; fi
    logged unpack unpack "$tarball"
  fi
else
  given=$source_dir
  source_dir=$(cd "$given" 2> /dev/null && pwd -P) || fail "LAMMPS_SOURCE_DIR=$given: there is no such folder"
  case $source_dir in */src) source_dir=${source_dir%/src} ;; esac
  [ -f "$source_dir/src/version.h" ] && [ -f "$source_dir/cmake/CMakeLists.txt" ] ||
    fail "LAMMPS_SOURCE_DIR=$given: found no src/version.h and cmake/CMakeLists.txt there; expected the top folder of a LAMMPS source tree, or its src"
fi

# --- LAMMPS ------------------------------------------------------------------------------------
cores=$(env -u OMP_NUM_THREADS nproc 2> /dev/null || echo 2) # nproc obeys OMP_NUM_THREADS
launcher=
if command -v ccache > /dev/null; then
  # paths relative to the checkout, so that another clone finds the same objects
  launcher="-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
  export CCACHE_BASEDIR="$top" CCACHE_NOHASHDIR=1
fi
fft=KISS
has_header fftw3.h && fft=FFTW3

lammps=$build/lammps
stamp="$source_dir$lammps_options"
if [ "$(cat "$lammps/.configured" 2> /dev/null)" != "$stamp" ]; then
  before=$(remembered CMAKE_HOME_DIRECTORY "$lammps")
  if [ -n "$before" ] && [ "$before" != "$source_dir/cmake" ]; then
    say "another LAMMPS source: starting anew, earlier options are forgotten"
    rm -rf "$lammps" "$build/CMakeCache.txt"
  fi
  say "configuring LAMMPS from $source_dir"
  enable=
  for p in $lammps_packages; do enable="$enable -DPKG_$p=ON"; done
  # with threads in FFTW, LAMMPS cleans all of FFTW up whenever it destroys one of its plans, and then
  # destroys others, which are no more: runs that begin anew crash now and then
  logged lammps-configure cmake -G Ninja -S "$source_dir/cmake" -B "$lammps" $launcher $enable \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" \
    -DBUILD_SHARED_LIBS=ON -DBUILD_OMP=ON -DFFT=$fft -DFFT_FFTW_THREADS=OFF -DDOWNLOAD_POTENTIALS=OFF \
    -DWITH_GZIP=OFF -DWITH_JPEG=OFF -DWITH_PNG=OFF -DWITH_FFMPEG=OFF -DWITH_CURL=OFF \
    -DBUILD_TOOLS=OFF -DENABLE_TESTING=OFF "$@"
  printf '%s\n' "$stamp" > "$lammps/.configured"
fi
say "building LAMMPS (minutes the first time)"
logged lammps ninja -C "$lammps" -j "$cores"

# --- POLAR -------------------------------------------------------------------------------------
say "building POLAR"
logged polar-configure cmake -G Ninja -S "$top" -B "$build" $launcher \
  "-DLAMMPS_SOURCE_DIR=$source_dir" "-DLAMMPS_BUILD_DIR=$lammps" "$@"
echo "$version" > "$build/release"
logged polar ninja -C "$build" -j "$cores"

# --- build/env.sh ------------------------------------------------------------------------------
cat > "$build/env.sh.part" <<END
# Written by cmake/setup.sh. Source it from anywhere:  . $build/env.sh
# Then lmp is an unmodified LAMMPS that finds the plugin by itself.
case ":\$PATH:" in *":$lammps:"*) ;; *) export PATH="$lammps:\$PATH" ;; esac
case ":\${LD_LIBRARY_PATH:-}:" in
  *":$lammps:"*) ;;
  *) export LD_LIBRARY_PATH="$lammps\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" ;;
esac
export LAMMPS_PLUGIN_PATH="$build"
export LAMMPS_POTENTIALS="\${LAMMPS_POTENTIALS:-$source_dir/potentials}"
export POLAR_POTENTIALS="$top/potentials"
export POLAR_PYTHON="$python"
export OMP_NUM_THREADS="\${OMP_NUM_THREADS:-1}"
# Open MPI refuses to run as root (in a container, for instance) unless told so
if [ "\$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
END
mv "$build/env.sh.part" "$build/env.sh"

# what a user does first must work
( . "$build/env.sh"; echo 'plugin list' | lmp -log none ) > "$log/check.log" 2>&1 &&
  grep -q 'style plugin' "$log/check.log" || {
  tail -n 10 "$log/check.log" >&2
  fail "LAMMPS is built, but does not load the plugin; see $log/check.log"
}
say "done. Now:  . $build/env.sh"
