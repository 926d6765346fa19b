#!/bin/sh
# The whole model from nothing: training data by pair_style eap/long, then the fit. About a minute of CPU time.
#
#   sh potentials/BaTiO3/gap/make.sh [FOLDER]      after cmake/setup.sh
#
# FOLDER (default build/gap-batio3) takes the data, the log and the model; copy BaTiO3.xml* from
# there if it is to replace what is here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
work=${1:-$top/build/gap-batio3}
. "$top/build/env.sh"
mkdir -p "$work/data"
cd "$work/data"
rm -f ./*.dat ./*.dump
export LC_ALL=C  # the order of files decides what is held out

# thermal motion: 0.4 ps apart, free cell
sample() { # CELLS T PRESSURE COUNT SEED
  lmp -in "$here/in.sample" -log none -screen none -var n "$1" -var T "$2" -var press "$3" \
    -var count "$4" -var seed "$5" -var out "n$1_T$2_$5"
}
for press in 0 -2; do
  for T in 10 30 50 100 150 200 300; do
    sample 2 $T $press 14 $((1000 + T + press))
  done
  for T in 20 60 120 200 300; do sample 3 $T $press 7 $((2000 + T + press)); done
done
# stretched cells, as fields and switching make them
for T in 10 50 100 200 300; do sample 2 $T -5 14 $((3000 + T)); done

# paths from the cubic crystal to the tetragonal, orthorhombic and rhombohedral phases and beyond
seed=1
for a in 3.91 3.945 3.98; do
  for u in 0 0.04 0.08 0.12 0.16; do
    for direction in "0 0 $u" "$u 0 0" "0 $u $u" "$u $u 0" "$u $u $u" "-$u $u $u"; do
      set -- $direction
      for noise in 0.001 0.04; do
        lmp -in "$here/in.modes" -log none -screen none -var a $a -var x "$1" -var y "$2" -var z "$3" \
          -var noise $noise -var seed $seed -var out "modes_$seed"
        seed=$((seed + 1))
      done
    done
  done
done

"${POLAR_PYTHON:-python3}" "$here/collect.py" ../all.xyz $(ls ./*.dat | sed 's/\.dat$//')
cd ..
"$top/build/gap_fit" at_file=all.xyz valid_every=5 gp_file=BaTiO3.xml e0=0 sparse_decimals=6 \
  default_sigma="{0.0005 0.02 0.002}" config_type_sigma="{modes:0.0002:0.005:0.001:0}" \
  gap="soap n_max=4 l_max=4 cutoff=4.5 cutoff_transition_width=1.0 atom_sigma=0.5 zeta=4 delta=1 \
n_sparse=300" | tee gap_fit.log
