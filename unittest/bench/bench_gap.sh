#!/bin/sh
# Speed of a kernel GAP model on one core, without LAMMPS:
#
#   sh unittest/bench/bench_gap.sh [n_max l_max sparse_points cells repeats]     after cmake/setup.sh
#
# Prints milliseconds of CPU time per atom and step, the share of matrix products and their rate;
# then the same on two threads: by the clock on two idle cores, CPU time shows what threads cost on a
# busy machine.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
remembered() { sed -n "s/^$1:[A-Z]*=//p" "$top/build/CMakeCache.txt"; }
openmp=$(remembered OpenMP_C_FLAGS)
${CC:-cc} -std=c11 -O3 $openmp -I"$top/src" -I"$(remembered CBLAS_INCLUDE_DIR)" -o "$work/bench_gap" \
  "$top/unittest/bench/bench_gap.c" "$top/build/libpolar_core.a" "$(remembered CBLAS_LIBRARY)" -lexpat -lm
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export OMP_WAIT_POLICY=passive # threads that wait for a busy core would burn the time of others
"$work/bench_gap" "$@"
[ -z "$openmp" ] || "$work/bench_gap" "${1:-8}" "${2:-6}" "${3:-1000}" "${4:-4}" "${5:-5}" 2 | grep threads
