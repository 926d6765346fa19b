#!/bin/sh
# Charges at the interface of lithium and Li2O, from nothing to the picture slab.png; arguments go to
# LAMMPS:
#   sh run.sh                       2 ps, some minutes on two free cores
#   sh run.sh -var sample 20 -var T 400
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
launch -in in.slab -log log.slab "$@"
draw plot.py charge.dat profile.dat slab.png
