#!/bin/sh
# The tests against several LAMMPS:  sh unittest/matrix.sh [COLUMN ...]
#
#   4Feb2025     SMALLBIG, MPI, FFTW3 (or KISS where there is no FFTW3): what setup.sh builds
#   4Jul2026     BIGBIG, MPI, FFTW3
#   stubs        4Feb2025 without MPI, with KISS FFTs
#
# All if none is named. Each is built under build/matrix/COLUMN (4Feb2025: build), what
# is there is used again; the tests' lines are in build/matrix/COLUMN.log. The last lines are a table
# of the columns; the exit status is 0 only if no build and no test failed. A release whose source
# cannot be fetched is shown as such.
set -u

top=$(cd "$(dirname "$0")/.." && pwd -P)
matrix=$top/build/matrix
mkdir -p "$matrix"
[ $# -gt 0 ] || set -- 4Feb2025 4Jul2026 stubs

# column NAME OPTIONS...: build and test
column() {
  name=$1; shift
  folder=$matrix/$name
  [ "$name" != 4Feb2025 ] || folder=$top/build
  started=$(date +%s)
  echo "== $name"
  core=no # which does not see LAMMPS: its tests run in the first column only
  [ "$name" != 4Feb2025 ] || core=yes
  POLAR_BUILD=$folder POLAR_CORE=$core sh "$top/unittest/run.sh" "$@" > "$matrix/$name.log" 2>&1
  row "$name" $(($(date +%s) - started))
}

# row NAME SECONDS: a line of the table from the column's log
row() {
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$matrix/$1.log" | tail -n 1)
  build=ok
  if grep -q 'no LAMMPS source;' "$matrix/$1.log"; then build='no source'; counts="- - -"; fi
  [ -n "$counts" ] || { build=FAILED; counts="- - -"; failed=1; tail -n 20 "$matrix/$1.log"; }
  case $counts in *" 0 "* | *-*) ;; *) failed=1; grep '^FAIL' "$matrix/$1.log" ;; esac
  set -- "$1" "$build" $counts $(($2 / 60)):$(printf %02d $(($2 % 60)))
  printf '%-10s %-9s %7s %7s %8s %8s\n' "$@" >> "$matrix/table"
}

# only the packages that the tests need
lean="-DPKG_MANYBODY=OFF -DPKG_EXTRA-COMPUTE=OFF -DPKG_PHONON=OFF -DPKG_QEQ=OFF"
failed=0
printf '%-10s %-9s %7s %7s %8s %8s\n' column build passed failed skipped time > "$matrix/table"
for name do
  case $name in
    4Feb2025) column 4Feb2025 ;;
    4Jul2026) column 4Jul2026 -DLAMMPS_RELEASE=4Jul2026 -DLAMMPS_SIZES=BIGBIG $lean ;;
    stubs) column stubs -DBUILD_MPI=OFF -DFFT=KISS $lean ;;
    *) echo "matrix.sh: unknown column '$name'; known: 4Feb2025 4Jul2026 stubs" >&2; exit 2 ;;
  esac
done
cat "$matrix/table"
awk -v logs=build/matrix '/ no source / {
  print "matrix.sh: column " $1 " was NOT tested: its source could not be fetched, see " logs "/" $1 ".log"
}' "$matrix/table"
exit $failed
