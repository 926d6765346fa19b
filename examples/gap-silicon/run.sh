#!/bin/sh
# LAMMPS' example of a GAP model with pair_style gap, beside the log of pair_style quip; arguments go
# to LAMMPS:
#   sh run.sh
#   sh run.sh -var n 3        3 x 3 x 3 times the box; nothing to compare with
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
cd "$here"

# The model is LAMMPS', not ours. It comes with the source code: a folder is given in GAP_EXAMPLE, or
# it is taken from the LAMMPS source tree, or from the tarball that cmake/setup.sh keeps.
folder=${GAP_EXAMPLE:-}
source=$(sed -n 's/^LAMMPS_SOURCE_DIR:[A-Z]*=//p' "$build/CMakeCache.txt" 2> /dev/null || :)
cache=${XDG_CACHE_HOME:-${HOME:-}/.cache}/polar
if [ -z "$folder" ]; then
  for folder in "$source/examples/PACKAGES/quip" "$build/gap_example" "$here/gap_example" ""; do
    [ ! -f "$folder/gap_example.xml" ] || break
  done
fi
if [ -z "$folder" ]; then
  folder=$build/gap_example
  [ -d "$build" ] || folder=$here/gap_example
  for tarball in "$cache"/lammps-*.tar.*; do
    [ -f "$tarball" ] || continue
    echo "unpacking the model from $tarball"
    mkdir -p "$folder"
    tar -xf "$tarball" -C "$folder" --strip-components=4 --wildcards '*/examples/PACKAGES/quip/*gap*' && break
  done
fi
if [ ! -f "$folder/gap_example.xml" ]; then
  echo "found no gap_example.xml. It is in LAMMPS' source code, in examples/PACKAGES/quip: put data_gap," >&2
  echo "gap_example.xml and gap_example_sparse.dat into a folder and name it in GAP_EXAMPLE" >&2
  exit 1
fi

launch -in in.silicon -log log.silicon -var folder "$folder" "$@"

table() { awk '/^ *Step +Temp/ { on = 1; next } /^Loop time/ { on = 0 } on' "$1"; }
log=$folder/log.24Jul17.gap.g++.1
if [ -f "$log" ] && [ $# -eq 0 ]; then
  echo
  echo "step    temperature (quip, gap)    energy (quip, gap)           pressure (quip, gap)"
  table "$log" > quip.dat
  table log.silicon | paste quip.dat - |
    awk '{ printf "%4d  %12s %12s  %12s %12s  %12s %12s\n", $1, $2, $8, $3, $9, $6, $11 }'
  rm -f quip.dat
fi
