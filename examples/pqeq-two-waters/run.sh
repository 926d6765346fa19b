#!/bin/sh
# Charge of a water molecule beside another in a field: plain and polarizable charge equilibration
# with the field on charges and shells, on shells only, and with molecules that stay neutral. Seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
ranks=1 # six atoms
# the same table without springs has no shells: that is QEq
awk '$1 == "element" { $7 = 0 } { print }' "$POLAR_POTENTIALS/pqeq/gao2025.pqeq" > qeq.pqeq
rm -f waters.dat
waters() { # waters LABEL TABLE COUPLING FRAGMENT
  launch -in in.waters -var label $1 -var table $2 -var coupling $3 -var fragment $4 -log log.$1 -screen none
}
waters qeq qeq.pqeq full none
waters full pqeq/gao2025.pqeq full none
waters shell pqeq/gao2025.pqeq shell none
waters molecules pqeq/gao2025.pqeq full zero
echo "# coupling, distance (A), charge of the lower molecule (e), energy (eV)"
cat waters.dat
draw plot.py waters.dat waters.png
