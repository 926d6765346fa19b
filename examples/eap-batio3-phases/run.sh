#!/bin/sh
# The phases of BaTiO3 on heating, from nothing to the picture phases.png; arguments go to LAMMPS:
#   sh run.sh                       8 x 8 x 8 cells, less than a minute on two free cores
#   sh run.sh -var n 12 -var equil 10 -var average 20
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
launch -in in.phases -log log.phases "$@"
draw plot.py phases.dat phases.png
