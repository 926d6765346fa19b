#!/bin/sh
# Speed of pair_style coul/pqeq/cut and coul/pqeq/long (kspace_style pppm/polar 1e-5) with fix pqeq on
# one core: Li2PO2N with 2160 to 20160 atoms at 300 K, the published scheme and the converged one; and
# beside it LAMMPS' own charge equilibration (without shells) on the same atoms with the same chi and
# eta: fix qeq/shielded of package QEQ, and fix qeq/reaxff if this lmp has it (package REAXFF, or a
# plugin in LAMMPS_PLUGIN_PATH).
#
#   sh unittest/bench/bench_pqeq.sh [peers]     after cmake/setup.sh; peers: the comparison only
#
# Prints user CPU time per step: the difference of a long and a short run over the difference of
# their steps, so that start-up does not count. Single runs on a busy machine vary by 10 to 20 %.
set -eu
export LC_ALL=C # else awk may expect a decimal comma
top=$(cd "$(dirname "$0")/../.." && pwd)
. "${POLAR_ENV:-$top/build/env.sh}"
export OMP_NUM_THREADS=1 LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# user CPU seconds of a command
cpu() {
  (
    "$@" > out.log 2>&1 || { tail -n 5 out.log >&2; exit 1; }
    times > times.log # not in a pipe: that would be another process, without children
    awk 'NR == 2 { split($1, t, "m"); print t[1] * 60 + t[2] }' times.log
  )
}
lammps() { # lammps NX NY NZ SCHEME NUMBER TOLQ STEPS RANGE
  cpu lmp -nocite -log none -in "$top/unittest/bench/in.pqeq" -var cell "$top/unittest/bench/lipon24.lmp" \
    -var nx $1 -var ny $2 -var nz $3 -var table "$table" -var scheme $4 -var number $5 -var tolq $6 \
    -var steps $7 -var range $8
}
table=pqeq/gao2025.pqeq
row() { # row NX NY NZ SCHEME NUMBER TOLQ SHORT LONG [RANGE]
  a=$(lammps $1 $2 $3 $4 $5 $6 $7 ${9:-cut})
  b=$(lammps $1 $2 $3 $4 $5 $6 $8 ${9:-cut})
  n=$((24 * $1 * $2 * $3))
  awk -v a=$a -v b=$b -v steps=$(($8 - $7)) -v n=$n \
    -v what="$([ $table = qeq.pqeq ] && echo 'no shells, ')${9:-cut} $4 $5 tolq $6" \
    'BEGIN { s = (b - a) / steps; printf "%6d atoms  %-36s %8.1f ms/step  %6.1f us/atom/step\n", n, what, 1e3 * s, 1e6 * s / n }'
}
peer() { # peer NX NY NZ NAME TOLQ SHORT LONG
  case $4 in # type chi eta gamma, for shielded also zeta and qcore
    reaxff) rest= ;;
    *) rest='0 0' ;;
  esac
  cat > qeq.param <<END
1 3.87172 14.85384 0.70 $rest
2 6.52204 7.13703 0.70 $rest
3 7.78778 10.80315 0.85 $rest
4 8.30811 14.66128 0.90 $rest
END
  run() {
    cpu lmp -nocite -log none -in "$top/unittest/bench/in.qeq" -var cell "$top/unittest/bench/lipon24.lmp" \
      -var nx $1 -var ny $2 -var nz $3 -var peer $4 -var tolq $5 -var steps $6
  }
  a=$(run $1 $2 $3 $4 $5 $6)
  b=$(run $1 $2 $3 $4 $5 $7)
  awk -v a=$a -v b=$b -v steps=$(($7 - $6)) -v n=$((24 * $1 * $2 * $3)) -v what="qeq/$4 tol $5" \
    'BEGIN { s = (b - a) / steps; printf "%6d atoms  %-36s %8.1f ms/step  %6.1f us/atom/step\n", n, what, 1e3 * s, 1e6 * s / n }'
}
if [ "${1:-}" != peers ]; then
  row 5 3 6 fixed 2 1e-10 2 22
  row 5 3 6 fixed 2 1e-8 2 22
  row 5 3 6 converge 1e-6 1e-8 6 26
  row 10 3 12 fixed 2 1e-10 1 6
  row 10 7 12 fixed 2 1e-10 1 4
  row 5 3 6 converge 1e-6 1e-8 6 26 long
  row 5 3 6 fixed 2 1e-8 2 22 long
  row 10 6 6 converge 1e-6 1e-8 6 16 long
  row 10 6 12 converge 1e-6 1e-8 4 9 long
fi

# springs 0: charges only, as the peers below
awk '$1 == "element" { $7 = 0 } { print }' "$POLAR_POTENTIALS/pqeq/gao2025.pqeq" > qeq.pqeq
table=qeq.pqeq
row 5 3 6 fixed 2 1e-10 2 22
row 5 3 6 fixed 1 1e-10 2 22
row 5 3 6 fixed 1 1e-6 2 22
peer 5 3 6 shielded 1e-6 2 22
peer 5 3 6 shielded 1e-10 2 22
if echo 'info styles fix' | lmp -log none | tr -s ' ' '\n' | grep -qx 'qeq/reaxff'; then
  peer 5 3 6 reaxff 1e-6 2 22
  peer 5 3 6 reaxff 1e-10 2 22
else
  echo "this lmp has no fix qeq/reaxff: not timed"
fi
