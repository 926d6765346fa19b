#!/bin/sh
# Polarization reversal of PbTiO3 under a published latent Ewald summation model; arguments go to LAMMPS:
#   sh run.sh                      8.5 ps of 40 atoms, two minutes on a free core
#   sh run.sh -var n 3 -var sweep 40
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
. "$here/../published.sh"
cd "$here"
published pbtio3_CACE_NNP_phase_4.pth pbtio3.les \
  --e0 O=-1202.2484766916318,Ti=-400.74949223053716,Pb=-400.74949223053716 --scale -0.28923339
rm -f P.dat
ranks=1 # so small a cell is mostly copies of itself: several processes would compute the same
launch -in in.cell -log log.cell
launch -in in.reversal -log log.reversal "$@"
draw plot.py
