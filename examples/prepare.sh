# Sourced by the run.sh of each example: makes sure that POLAR is built, then enters its environment;
# of an installed POLAR, enters its environment and takes the lmp in PATH.
# Expects $here, the example's folder. Defines launch and draw.
top=$(cd "$here/../.." && pwd)
if [ -f "$top/env.sh" ]; then
  POLAR_PREFIX=$(cd "$top/../.." && pwd)
  . "$top/env.sh"
  if [ -z "${POLAR_PYTHON:-}" ] && python3 -c 'import numpy, matplotlib' 2> /dev/null; then POLAR_PYTHON=python3; fi
else
  if [ ! -f "$top/build/env.sh" ] || [ ! -f "$top/build/polar_styles.so" ]; then
    sh "$top/cmake/setup.sh"
  fi
  . "$top/build/env.sh"
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
