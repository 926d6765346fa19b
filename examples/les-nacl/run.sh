#!/bin/sh
# Infrared spectrum of rock salt under a small latent Ewald summation model, from nothing to the picture
# spectrum.png; arguments go to LAMMPS:
#   sh run.sh                      216 ions, 60 ps, a minute
#   sh run.sh -var sample 200
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
rm -f current.dat
launch -in in.nacl -log log.nacl "$@"
volume=$(awk '/Created orthogonal box/ { gsub(/[()]/, ""); print $9 * $10 * $11 }' log.nacl)
draw "$here/../spectrum.py" current.dat 200 "$volume" --picture spectrum.png --max 500
