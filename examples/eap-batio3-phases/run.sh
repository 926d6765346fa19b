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
  -var T 180 170 160 150 140 130 120 110 100 90 80 70 60 "$@"
draw plot.py phases.png heating.dat cooling.dat
