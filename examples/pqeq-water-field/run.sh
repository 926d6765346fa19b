#!/bin/sh
# Energy of a water molecule in a perpendicular field with polarizable charge equilibration (PQEq) and
# with charge equilibration without shells (QEq), from nothing to the picture field.png, in seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
ranks=1 # three atoms
# the same table without springs has no shells: that is QEq
awk '$1 == "element" { $7 = 0 } { print }' "$POLAR_POTENTIALS/pqeq/gao2025.pqeq" > qeq.pqeq
rm -f pqeq.dat qeq.dat
for field in 0 0.1 0.2 0.3 0.4 0.5; do
  launch -in in.field -var field $field -var table pqeq/gao2025.pqeq -var out pqeq.dat -log log.pqeq -screen none
  launch -in in.field -var field $field -var table qeq.pqeq -var out qeq.dat -log log.qeq -screen none
done
# E(0) - E(F) = alpha F^2/(2 k), k = 14.399645 eV Angstrom
awk 'NR == FNR { if (FNR == 1) p0 = $2; p[$1] = $2 - p0; next } FNR == 1 { q0 = $2; print "# field V/A, PQEq meV, QEq meV, polarizability A^3" }
  { a = "-"; if ($1 > 0) a = sprintf("%.4f", -2 * 14.399645 * p[$1] / $1^2)
    printf "%s %.6f %.6f %s\n", $1, 1e3 * p[$1], 1e3 * ($2 - q0), a }' pqeq.dat qeq.dat | tee field.dat
draw plot.py field.dat field.png
