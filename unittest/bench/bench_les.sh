#!/bin/sh
# Speed of pair_style les on one core: user CPU time per atom and step, the difference of a long and a
# short run over the difference of their steps.
#
#   sh unittest/bench/bench_les.sh        after cmake/setup.sh
#
# Models: those of POLAR_REFERENCE/les (published water and PbTiO3 models, converted here) if it is
# there, and the project's NaCl. Single runs on a busy machine vary by 10 to 20 %.
set -eu
export LC_ALL=C # else awk may expect a decimal comma
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/build/env.sh"
export OMP_NUM_THREADS=1
ref=${POLAR_REFERENCE:-}/les
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# data FILE.json OUT: a LAMMPS data file of the structure
data() {
  python3 - "$1" "$2" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
h, z = d["cell_rows"], d["atomic_numbers"]
kinds = sorted(set(z))
mass = {1: 1.008, 8: 15.999, 22: 47.867, 82: 207.2}
with open(sys.argv[2], "w") as f:
    f.write(f"benchmark\n\n{len(z)} atoms\n{len(kinds)} atom types\n0 {h[0][0]} xlo xhi\n0 {h[1][1]} ylo yhi\n"
            f"0 {h[2][2]} zlo zhi\n\nMasses\n\n")
    for k, e in enumerate(kinds): f.write(f"{k + 1} {mass[e]}\n")
    f.write("\nAtoms # charge\n\n")
    for i, (e, x) in enumerate(zip(z, d["positions"])):
        f.write(f"{i + 1} {kinds.index(e) + 1} 0 " + " ".join(repr(c % h[a][a]) for a, c in enumerate(x)) + "\n")
PY
}
# CPU seconds of: STEPS DATA N MODEL ELEMENTS KSPACE FIELD
lammps() {
  (
    lmp -nocite -log none -in "$top/unittest/bench/in.les" -var steps $1 -var data "$2" -var n $3 \
      -var model "$4" -var elements "$5" -var kspace "$6" -var field $7 > out.log 2>&1 || { tail -n 5 out.log >&2; exit 1; }
    times > times.log # not in a pipe: that would be another process, without children
    awk 'NR == 2 { split($1, t, "m"); print t[1] * 60 + t[2] }' times.log
  )
}
# NAME DATA N MODEL ELEMENTS KSPACE SHORT LONG
bench() {
  for field in no yes; do
    short=$(lammps $7 "$2" $3 "$4" "$5" "$6" $field); long=$(lammps $8 "$2" $3 "$4" "$5" "$6" $field)
    atoms=$(sed -n 's/^Loop time.* with \([0-9]*\) atoms.*/\1/p' out.log)
    awk -v s=$short -v l=$long -v n=$(($8 - $7)) -v a=$atoms -v name="$1" -v k="$6" -v f=$field 'BEGIN {
      printf "%-10s %8d atoms  %-18s field %-4s %9.2f us/atom/step\n", name, a, k, f, 1e6 * (l - s) / n / a }'
  done
}
if [ -f "$ref/water_v2_best_model.pth" ]; then
  python3 "$top/potentials/convert/cace2les.py" "$ref/water_v2_best_model.pth" water.les
  python3 "$top/potentials/convert/cace2les.py" "$ref/pbtio3_CACE_NNP_phase_4.pth" pbtio3.les
  data "$ref/water_v2_relaxed64.json" water.data
  data "$ref/pbtio3_p4_40.json" pbtio3.data
  if [ -f "$ref/superionic_ft2cc_best_model.pth" ]; then
    python3 "$top/potentials/convert/cace2les.py" "$ref/superionic_ft2cc_best_model.pth" superionic.les
    data "$ref/superionic_ft2cc_frame7.json" superionic.data
    bench superionic superionic.data 2 superionic.les "H O" "pppm/polar 1e-5" 1 9
    bench superionic superionic.data 1 superionic.les "H O" "ewald/polar 1e-6" 5 45
  fi
  bench water water.data 2 water.les "H O" "ewald/polar 1e-6" 5 65
  bench water water.data 2 water.les "H O" "pppm/polar 1e-5" 5 65
  bench water water.data 4 water.les "H O" "pppm/polar 1e-5" 1 9
  bench water water.data 8 water.les "H O" "pppm/polar 1e-5" 1 3
  bench PbTiO3 pbtio3.data 3 pbtio3.les "O Ti Pb" "pppm/polar 1e-5" 1 9
  bench PbTiO3 pbtio3.data 1 pbtio3.les "O Ti Pb" "ewald/polar 1e-6" 5 85
else
  echo "no published models: set POLAR_REFERENCE"
fi
bench NaCl "$top/unittest/styles/data.nacl" 4 "$top/potentials/NaCl/NaCl.les" "Na Cl" "pppm/polar 1e-5" 5 25
