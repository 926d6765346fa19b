#!/bin/sh
# The dipole model from nothing: training data by pair_style eap/long, then the fit. Half a minute of CPU time.
#
#   sh potentials/BaTiO3/gap/dipole/make.sh [FOLDER]      after cmake/setup.sh
#
# FOLDER (default build/gap-batio3-dipole) takes the data, the log and the model; copy BaTiO3.dipole
# from there if it is to replace the one here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../../.." && pwd)
work=${1:-$top/build/gap-batio3-dipole}
. "$top/build/env.sh"
mkdir -p "$work/data"
cd "$work/data"
rm -f ./*.dat ./*.dump
export LC_ALL=C  # the order of files decides what is held out

sample() { # CELLS T PRESSURE COUNT SEED: snapshots 0.5 ps apart, free cell
  lmp -in "$here/in.sample" -log none -screen none -var n "$1" -var T "$2" -var press "$3" \
    -var count "$4" -var seed "$5" -var out "n$1_T$2_$5"
}
for press in 0 -2; do
  for T in 20 60 100 150 200 300 400; do sample 2 $T $press 8 $((1000 + T + press)); done
done
# held out: larger cells
for T in 50 150 300; do sample 3 $T 0 5 $((2000 + T)); done

"${POLAR_PYTHON:-python3}" "$here/collect.py" ../train.xyz $(ls n2_*.dat | sed 's/\.dat$//')
"${POLAR_PYTHON:-python3}" "$here/collect.py" ../valid.xyz $(ls n3_*.dat | sed 's/\.dat$//')
cd ..
"$top/build/gap_dipole_fit" header="$here/header.txt" at_file=train.xyz valid_every=5 valid_file=valid.xyz \
  n_sparse=80 sigma_dipole=0.002 sigma_born=0.01 dipole_file=BaTiO3.dipole | tee gap_dipole_fit.log
