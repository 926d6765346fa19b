#!/bin/sh
# Conductivity of superionic water under a published latent Ewald summation model; arguments go to LAMMPS:
#   sh run.sh                      8.4 ps of 162 atoms, some minutes
#   sh run.sh -var sample 50
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
. "$here/../published.sh"
cd "$here"
published superionic_ft2cc_best_model.pth superionic.les --e0 H=-2.886623868115813,O=-1.4433119340579157 --scale -0.18554331
rm -f current.dat
launch -in in.superionic -log log.superionic "$@"
draw "$here/../spectrum.py" current.dat 2000 807.0 --picture conductivity.png --conductivity --tau 0.2 --max 4000
