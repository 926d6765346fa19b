#!/bin/sh
# Scan of the NaCl dimer: converged with the published bound of shells, the published two passes,
# and converged with a wide bound. Seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
ranks=1 # two atoms
rm -f dimer.dat
dimer() { # dimer LABEL SCHEME NUMBER UMAX
  launch -in in.dimer -var label $1 -var scheme $2 -var number $3 -var umax $4 -log log.$1 -screen none
}
dimer converged converge 1e-9 0.25
dimer published fixed 2 0.25
dimer wide converge 1e-9 1.0
echo "# run, distance (A), energy (eV), charge of Na (e), shell of Na (A), force on Cl (eV/A)"
cat dimer.dat
draw plot.py dimer.dat dimer.png
