#!/bin/sh
# Build and run all tests of POLAR:  sh unittest/run.sh [-DNAME=VALUE ...]   (options of cmake/setup.sh)
#
# Prints one line per test: result, seconds, program, test. The last line is
# 'N passed, N failed, N skipped'; the exit status is 0 only if none failed.
# POLAR_REFERENCE names a folder with results of other programs; tests that need it are skipped
# where there is none. POLAR_BUILD names the folder to build in, build/ if it is not set.
# POLAR_CORE=no leaves the core's tests out, which do not see LAMMPS.
set -eu

cd -P .  # CMake would take over a symbolic link in $PWD and compile all anew
top=$(cd "$(dirname "$0")/.." && pwd -P)
core=${POLAR_CORE:-yes}
core_tests=ON
[ "$core" = yes ] || core_tests=OFF
sh "$top/cmake/setup.sh" -DPOLAR_TESTS=ON -DPOLAR_CORE_TESTS=$core_tests -DPOLAR_LAUNCHER=ON "$@"

build=$(cd "${POLAR_BUILD:-$top/build}" && pwd -P)
log=$build/log/tests
rm -rf "$log"
mkdir -p "$log"
. "$top/cmake/log.sh"
. "$build/env.sh"

remembered() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
launcher=
if command -v ccache > /dev/null; then
  launcher="-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
  export CCACHE_BASEDIR="$top" CCACHE_NOHASHDIR=1
fi
if [ "$core" = yes ]; then
  say "building the core and its tests with sanitizers"
  logged sanitizer-configure cmake -G Ninja -S "$top" -B "$build/asan" $launcher \
    -DPOLAR_SANITIZE=ON -DPOLAR_TESTS=ON "-DPOLAR_WERROR=$(remembered POLAR_WERROR)"
  logged sanitizer-build ninja -C "$build/asan" -j "$(env -u OMP_NUM_THREADS nproc 2> /dev/null || echo 2)"
fi

if [ -z "${POLAR_REFERENCE:-}" ] && [ -d "$top/../shared/reference" ]; then
  POLAR_REFERENCE=$(cd "$top/../shared/reference" && pwd)
fi
[ -z "${POLAR_REFERENCE:-}" ] || export POLAR_REFERENCE

# gtest LABEL MUST COMMAND...: run a GoogleTest program, one line per test in its output. The test
# MUST, if not empty, has to pass: to be skipped is a failure.
gtest() {
  label=$1; must=$2; shift 2
  out=$log/$(printf '%s' "$label" | tr ' /' '__').log
  status=0
  timeout 600 "$@" > "$out" 2>&1 || status=$?
  awk -v name="$label" -v must="$must" -v status="$status" -f "$top/unittest/gtest_lines.awk" "$out" > "$out.lines"
  cat "$out.lines"
  cat "$out.lines" >> "$log/results"
  if grep -q '^FAIL' "$out.lines"; then
    { echo "from $out:"
      grep -E -A 8 ': Failure$|^rank [0-9]+: ' "$out" | head -n 40
      echo ...
      tail -n 15 "$out"
    } | sed 's/^/      /'
  fi
}

mpi=$(remembered BUILD_MPI)
export GTEST_COLOR=no UBSAN_OPTIONS=print_stacktrace=1
tests=$build/unittest
mkdir -p "$tests/work"
cd "$tests/work"
for source in "$top"/unittest/*/test_*.cpp; do
  program=$(basename "$source" .cpp)
  folder=$(basename "$(dirname "$source")")
  name=$folder/$program
  case $name in
    lammps/test_mpi_*)
      if [ "$mpi" != OFF ]; then
        for ranks in 1 2 3 4; do
          gtest "$name -np $ranks" "" mpirun --oversubscribe -np $ranks "$tests/$name"
        done
      else
        gtest "$name without MPI" "" "$tests/$name"
      fi ;;
    lammps/* | plugin/*) gtest "$name" "" "$tests/$name" ;;
    *)
      [ "$core" = yes ] || continue
      gtest "$name" "" "$tests/$name"
      gtest "$name sanitized" "" "$build/asan/unittest/$name" ;;
  esac
done

# LAMMPS' own testers; an input file that is not beside the YAML file is one of LAMMPS' own
for yaml in "$top"/unittest/styles/*.yaml; do
  [ -f "$yaml" ] || continue
  name=styles/$(basename "$yaml" .yaml)
  case $name in
    styles/pair-* | styles/kspace-*) tester=test_pair_style; plain=PairStyle.plain ;;
    *) tester=test_fix_timestep; plain=FixTimestep.plain ;;
  esac
  input=$(sed -n 's/^input_file: *//p' "$yaml")
  set --
  if [ -f "$top/unittest/styles/$input" ]; then set -- -d "$top/unittest/styles"; fi
  gtest "$name" $plain "$tests/styles/$tester" "$yaml" "$@"
done

# LAMMPS' YAML files of plain pppm, with pppm/polar in its place: without a pair style of Gaussian
# charges it is the same
lammps=$(remembered LAMMPS_SOURCE_DIR)
found=no
for yaml in "$lammps"/unittest/force-styles/tests/kspace-pppm*.yaml "$lammps"/../unittest/force-styles/tests/kspace-pppm*.yaml; do
  [ -f "$yaml" ] && grep -q '^  kspace pppm$' "$yaml" || continue
  found=yes
  own=$tests/work/$(basename "$yaml")
  sed -e 's|^\(  kspace_style  *\)pppm |\1pppm/polar |; s|^  kspace pppm$|  kspace pppm/polar|' "$yaml" > "$own"
  gtest "upstream/$(basename "$yaml" .yaml) with pppm/polar" PairStyle.plain "$tests/styles/test_pair_style" "$own"
done
if [ $found = no ]; then
  echo "FAIL 0.000 upstream/kspace-pppm: no YAML files below $lammps" | tee -a "$log/results"
fi

number() { grep -c "^$1" "$log/results" || :; }
failed=$(number FAIL)
if [ "$failed" -gt 0 ]; then
  echo
  grep '^FAIL' "$log/results"
fi
echo "$(number ok) passed, $failed failed, $(number skip) skipped"
[ "$failed" = 0 ]
