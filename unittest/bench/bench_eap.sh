#!/bin/sh
# Speed and memory of pair_style eap/long with kspace_style lattice/fft on one core, beside MULTIBINIT
# in the same run if it is installed (Debian package abinit):
#
#   sh unittest/bench/bench_eap.sh [SYSTEM.xml COEFFS.xml A B mB]     after cmake/setup.sh
#
# Default model: BaHfO3 (99 coefficients) if POLAR_REFERENCE has it, else the project's BaTiO3. Prints
# user CPU time per atom and step: the difference of a long and a short run over the difference of
# their steps, so that start-up does not count. Single runs on a busy machine vary by 10 to 20 %.
set -eu
export LC_ALL=C # else awk may expect a decimal comma
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/build/env.sh"
export OMP_NUM_THREADS=1
ref=${POLAR_REFERENCE:-$top/../shared/reference}/eap
if [ $# -ge 5 ]; then
  system=$1 coeffs=$2 a=$3 B=$4 mB=$5
elif [ -f "$ref/BaHfO3_coeffs.xml" ]; then
  system=$ref/BaHfO3_sys.xml coeffs=$ref/BaHfO3_coeffs.xml a=4.1493 B=Hf mB=178.49
else
  system=$POLAR_POTENTIALS/BaTiO3/BaTiO3_sys.xml coeffs=$POLAR_POTENTIALS/BaTiO3/BaTiO3_coeffs.xml
  a=3.9463 B=Ti mB=47.867
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo "model: $(basename "$system") $(basename "$coeffs")"

# user CPU seconds of a command
cpu() {
  (
    "$@" > out.log 2>&1 || { tail -n 5 out.log >&2; exit 1; }
    times > times.log # not in a pipe: that would be another process, without children
    awk 'NR == 2 { split($1, t, "m"); print t[1] * 60 + t[2] }' times.log
  )
}
lammps() { # lammps CELLS STEPS FIELD
  cpu lmp -nocite -log none -in "$top/unittest/bench/in.eap" -var n $1 -var steps $2 -var field $3 \
    -var system "$system" -var coeffs "$coeffs" -var a $a -var B $B -var mB $mB
}
per_step() { # per_step CELLS SHORT LONG FIELD: CPU seconds per step
  short=$(lammps $1 $2 $4); long=$(lammps $1 $3 $4)
  awk -v s=$short -v l=$long -v n=$(($3 - $2)) 'BEGIN { print (l - s) / n }'
}

printf '%8s %9s %14s %12s %12s %10s\n' cells atoms us/atom/step set-up/s 'max RSS/MB' 'kB/atom'
for n in 8 12 16 24 40; do
  case $n in 8) lo=200 hi=4200 ;; 12) lo=100 hi=1600 ;; 16) lo=50 hi=550 ;; 24) lo=20 hi=170 ;; *) lo=5 hi=45 ;; esac
  t=$(per_step $n $lo $hi no)
  setup=$(sed -n 's/.*set up in \([0-9.]*\) s.*/\1/p' out.log)
  rss=$(sed -n 's/^Maximum resident set size: *\([0-9.]*\).*/\1/p' out.log)
  awk -v n=$n -v t=$t -v s="$setup" -v r="$rss" 'BEGIN { a = 5 * n^3
    printf "%6d^3 %9d %14.3f %12s %12.1f %10.2f\n", n, a, 1e6 * t / a, s, r, 1024 * r / a }'
  [ $n = 12 ] && twelve=$t
done
t=$(per_step 12 100 1600 yes)
awk -v t=$t -v b=$twelve 'BEGIN { printf "12^3 with fix efield/born and fix polarization 10: %.3f us/atom/step, %+.1f %%\n", 1e6 * t / 8640, 100 * (t / b - 1) }'

if command -v multibinit > /dev/null; then
  cp "$system" sys.xml; cp "$coeffs" coeffs.xml
  # MULTIBINIT's dynamics 12 is a velocity-Verlet-like isokinetic step: one evaluation per step
  mb() {
    printf 'prt_model 0\ndipdip 1\nasr 2\nngqpt 4 4 4\ndynamics 12\ntemperature 300\ndtion 41\nncell 12 12 12\nntime %d\n' $1 > mb.in
    printf 'mb.in\nmb.out\nsys.xml\ncoeffs.xml\nno\nno\n' > mb.files
    cpu sh -c 'multibinit < mb.files'
  }
  short=$(mb 2); long=$(mb 12)
  awk -v s=$short -v l=$long -v b=$twelve 'BEGIN { t = (l - s) / 10
    printf "MULTIBINIT 12^3: %.2f us/atom/step, set-up and 2 steps %.1f s; ratio %.0f\n", 1e6 * t / 8640, s, t / b }'
else
  echo "MULTIBINIT is not installed: no comparison (Debian: apt-get install abinit)"
fi
