#!/bin/sh
# Infrared spectrum of water under a published latent Ewald summation model, and its answer to a field;
# arguments go to LAMMPS:
#   sh run.sh                      65 ps and 12 ps of 192 atoms, some minutes on two free cores
#   sh run.sh -var sample 10
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
. "$here/../published.sh"
cd "$here"
published water_v2_best_model.pth water.les --e0 H=-5.853064337340629,O=-2.926532168670322 --scale 0.14047356
rm -f current.dat field.dat
launch -in in.water -log log.water "$@"
# the mean temperature of the run at constant energy
T=$(awk '/^ +Step .*f_P/ { on = 1; next } /^Loop/ { on = 0 } on && NF == 7 { t += $3; n++ } END { print t / n }' log.water)
draw "$here/../spectrum.py" current.dat "$T" 1913.6 --picture spectrum.png --width 30 --max 4200 --mark 3400,1640,650,200
launch -in in.water -log log.field -var field 0.05 -var equil 2 -var sample 10 -var out field.dat
draw plot.py
