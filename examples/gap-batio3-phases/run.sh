#!/bin/sh
# Phases of BaTiO3 and the path of a switching polarization with a GAP model, beside the potential
# that it was trained on, to the picture phases.png; arguments go to the first LAMMPS:
#   sh run.sh                       half a minute
#   sh run.sh -var press 0
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"
lmp -in in.phases -log log.phases "$@"

# one process for each of seven replicas, on as many cores as there are
export OMPI_MCA_rmaps_base_oversubscribe=1
for style in gap eap; do
  lmp -in in.ends -log none -var style $style
  mpirun -np 7 lmp -partition 7x1 -in in.neb -log log.neb.$style -screen none -var style $style
done
rm -f ends.*.data ends.*.final log.neb.*.[0-9] tmp.lammps.variable
draw plot.py phases.dat log.neb.gap log.neb.eap phases.png
