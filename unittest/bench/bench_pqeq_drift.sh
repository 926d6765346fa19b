#!/bin/sh
# Drift of the energy of PQEq dynamics with kspace_style pppm/polar: Li2O, 96 atoms, 300 K, NVE.
#
#   sh unittest/bench/bench_pqeq_drift.sh [STEPS]     after cmake/setup.sh; 20000 steps are 10 ps, 40 s
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
. "${POLAR_ENV:-$top/build/env.sh}"
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for criteria in "1e-6 1e-8" "1e-8 1e-10"; do
  set -- "${1:-20000}" $criteria
  lmp -nocite -log none -in "$top/unittest/bench/in.pqeq_drift" -var steps "$1" -var tolu "$2" -var tolq "$3" > "$work/log"
  echo "converge $2 tolq $3"
  python3 "$top/unittest/bench/pqeq_drift.py" "$work/log" 0.0005 96
done
