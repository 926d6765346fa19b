#!/bin/sh
# Speed of a dipole model of pair style gap on one core, without LAMMPS:
#
#   sh unittest/bench/bench_gap_dipole.sh [n_max l_max zeta sparse_points cells repeats]
#
# after cmake/setup.sh. Without arguments: linear models of two sizes, and zeta = 2 with 250 points.
# Prints milliseconds of CPU time per atom.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
remembered() { sed -n "s/^$1:[A-Z]*=//p" "$top/build/CMakeCache.txt"; }
${CC:-cc} -std=c11 -O3 $(remembered OpenMP_C_FLAGS) -I"$top/src" -o "$work/bench_gap_dipole" \
  "$top/unittest/bench/bench_gap_dipole.c" "$top/build/libpolar_core.a" "$(remembered CBLAS_LIBRARY)" -lexpat -lm
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
if [ $# -gt 0 ]; then
  "$work/bench_gap_dipole" "$@"
else
  "$work/bench_gap_dipole" 4 3
  "$work/bench_gap_dipole" 8 6
  "$work/bench_gap_dipole" 8 6 2 250
fi
