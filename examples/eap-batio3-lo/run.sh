#!/bin/sh
# Longitudinal optical phonons of BaTiO3 with and without the long-range dipole-dipole interaction,
# from nothing to the picture lo.png, in seconds. Needs Python with numpy and matplotlib.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
[ -n "$POLAR_PYTHON" ] || { echo "this example needs a Python with numpy and matplotlib" >&2; exit 1; }
cd "$here"
for range in long short; do
  launch -in in.phonon -var range $range -log log.phonon.$range "$@"
done
draw lo.py modes
launch -in in.well -var range short -var m 1 -log log.well.short.1 "$@"
launch -in in.well -var range long -var m 1 -log log.well.long.1 "$@"
launch -in in.well -var range long -var m 0 -log log.well.long.0 "$@"
draw lo.py plot lo.png
