# Sourced by the run.sh of each example: makes sure that POLAR is built, then enters its environment;
# of an installed POLAR, enters its environment and takes the lmp in PATH; of a copy of examples/
# elsewhere, takes the environment that is there.
# Expects $here, the example's folder. Defines build, launch and draw.
export LC_ALL=C # else awk and printf may expect a decimal comma
top=$(cd "$here/../.." && pwd)
build=${POLAR_BUILD:-$top/build}
if [ ! -w "$here" ]; then
  echo "run.sh writes into its folder, and you may not write to $here: copy examples/ to a place of yours and run it there" >&2
  exit 1
elif [ -f "$top/env.sh" ]; then
  POLAR_PREFIX=$(cd "$top/../.." && pwd)
  . "$top/env.sh"
elif [ -f "$top/cmake/setup.sh" ]; then
  if [ ! -f "$build/env.sh" ] || [ ! -f "$build/polar_styles.so" ]; then
    sh "$top/cmake/setup.sh"
  fi
  . "$build/env.sh"
elif [ -z "${LAMMPS_PLUGIN_PATH:-}" ] || [ -z "${POLAR_POTENTIALS:-}" ]; then
  echo "these examples are a copy: enter POLAR's environment first, '. build/env.sh' in its source" >&2
  echo "or '. share/polar/env.sh' under its prefix" >&2
  exit 1
fi
# the first python3 in PATH need not be the one that has numpy
for python in python3 /usr/bin/python3; do
  [ -n "${POLAR_PYTHON:-}" ] || ! $python -c 'import numpy, matplotlib' 2> /dev/null || POLAR_PYTHON=$python
done
if ! command -v lmp > /dev/null; then
  echo "found no lmp in PATH: the LAMMPS that POLAR was compiled for (see doc/install.md)" >&2
  exit 1
fi

# two processes, or one where there is only one core; POLAR_RANKS overrides.
# nproc would take OMP_NUM_THREADS, which is 1 now, for the number of cores.
cores=$(env -u OMP_NUM_THREADS nproc 2> /dev/null || echo 1)
ranks=${POLAR_RANKS:-$((cores < 2 ? cores : 2))}

# processes that wait give their core away, so that a busy machine costs no more than its share
export OMPI_MCA_mpi_yield_when_idle="${OMPI_MCA_mpi_yield_when_idle:-1}"

# launch ARGUMENTS: run LAMMPS
launch() {
  if [ "$ranks" -gt 1 ]; then
    mpirun -np "$ranks" lmp "$@"
  else
    lmp "$@"
  fi
}

# draw SCRIPT ARGUMENTS: run one of the example's Python scripts, if there is a Python for it
draw() {
  if [ -n "${POLAR_PYTHON:-}" ]; then
    "$POLAR_PYTHON" "$@"
  else
    echo "no Python with numpy and matplotlib (see cmake/setup.sh): $1 is left out" >&2
  fi
}
