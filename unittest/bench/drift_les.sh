#!/bin/sh
# Drift of the total energy of pair_style les at constant energy, eV per atom and ns: slope of a line
# through ten block means of the total energy, its standard error from their scatter.
#
#   sh unittest/bench/drift_les.sh [PS]        after cmake/setup.sh; default 50 ps, some minutes
#
# Also the spread of the energy (fluctuations of velocity Verlet), the net force that a mesh leaves
# (root mean square) and the kinetic energy of the centre of mass at the end.
set -eu
export LC_ALL=C # else awk may expect a decimal comma
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/build/env.sh"
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# KSPACE DT MOMENTUM
drift() {
  lmp -nocite -log none -in "$top/unittest/bench/in.les_drift" -var kspace "$1" -var dt $2 -var momentum $3 \
    -var sample "$sample" > out.log 2>&1 || { tail -n 5 out.log >&2; exit 1; }
  awk -v dt=$2 -v name="$1" -v momentum=$3 'BEGIN { n = 0 } !/^#/ { t[n] = $1 * dt * 1e-6; e[n] = $2; f += $3; k = $4; n++ }
    END { b = 10; m = int(n / b)
      for (i = 0; i < b; i++) { for (j = i * m; j < (i + 1) * m; j++) { x[i] += t[j] / m; y[i] += (e[j] - e[0]) / m }
        sx += x[i] / b; sy += y[i] / b }
      for (i = 0; i < b; i++) { xx += (x[i] - sx) ^ 2; xy += (x[i] - sx) * (y[i] - sy) }
      slope = xy / xx
      for (i = 0; i < b; i++) r += (y[i] - sy - slope * (x[i] - sx)) ^ 2
      for (j = 0; j < b * m; j++) v += (e[j] - e[0] - sy) ^ 2 / (b * m)
      printf "%-18s dt %g fs, momentum removed: %-3s  drift %9.2e +- %7.1e eV/atom/ns, spread %7.1e eV/atom, net force %7.1e eV/A, centre of mass %7.1e eV/atom\n",
        name, dt, momentum, slope, sqrt(r / (b - 2) / xx), sqrt(v), sqrt(f / n), k }' energy.dat
}
sample=${1:-50}
for dt in 1 2; do
  drift "ewald/polar 1e-6" $dt no
  for accuracy in 1e-3 1e-5; do
    drift "pppm/polar $accuracy" $dt no
    drift "pppm/polar $accuracy" $dt yes
  done
done
