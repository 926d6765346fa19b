#!/bin/sh
# Speed of a kernel GAP model on one core, without LAMMPS:
#
#   sh unittest/bench/bench_gap.sh [n_max l_max sparse_points cells repeats]     after cmake/setup.sh
#
# Prints milliseconds of CPU time per atom and step, the share of matrix products and their rate.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
remembered() { sed -n "s/^$1:[A-Z]*=//p" "$top/build/CMakeCache.txt"; }
${CC:-cc} -std=c11 -O3 -I"$top/src" -I"$(remembered CBLAS_INCLUDE_DIR)" -o "$work/bench_gap" \
  "$top/unittest/bench/bench_gap.c" "$top/build/libpolar_core.a" "$(remembered CBLAS_LIBRARY)" -lexpat -lm
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 "$work/bench_gap" "$@"
