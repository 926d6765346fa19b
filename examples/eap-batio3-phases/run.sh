#!/bin/sh
# The phases of BaTiO3 on heating and cooling, from nothing to the picture phases.png; arguments go to
# LAMMPS:
#   sh run.sh                       10 x 10 x 10 cells, some minutes on a free core
#   sh run.sh -var n 6
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
launch -in in.phases -log log.heating -var out heating.dat "$@"
launch -in in.phases -log log.cooling -var out cooling.dat \
  -var T 220 200 180 160 140 120 100 80 60 40 20 "$@"
draw plot.py phases.png heating.dat cooling.dat
