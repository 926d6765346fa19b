#!/bin/sh
# The hysteresis loop of BaTiO3, from nothing to the picture loop.png; arguments go to LAMMPS:
#   sh run.sh                       8 x 8 x 8 cells, less than a minute on two free cores
#   sh run.sh -var n 12 -var period 64
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
launch -in in.hysteresis -log log.hysteresis "$@"
draw plot.py loop.dat loop.png
