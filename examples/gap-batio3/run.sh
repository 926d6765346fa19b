#!/bin/sh
# Polarization, Born charges and a field step of BaTiO3 with a GAP and its dipole model, and with the
# effective potential beside it, from nothing to the picture P.png; arguments go to LAMMPS:
#   sh run.sh                      320 atoms, 6 ps: about a minute on a free core
#   sh run.sh -var E -0.005
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
launch -in in.batio3 -log log.gap "$@"
launch -in in.batio3 -log log.eap -var model eap "$@"
draw plot.py 2.0 P.gap.dat P.eap.dat P.png
