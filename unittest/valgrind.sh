#!/bin/sh
# A short run of every example under valgrind's memcheck, and the heap after few and many steps:
#
#   sh unittest/valgrind.sh [EXAMPLE ...]      all if none is named
#
# Memcheck (its report in build/valgrind/EXAMPLE.log) must find no error and no lost memory. Then
# each example runs twice without it, once with ten times the steps: what is still allocated just
# before LAMMPS ends (mallinfo2, by a plugin that prints it) must not grow by more than 64 kB.
# Needs valgrind and a build by cmake/setup.sh; minutes per example.
set -u
export LC_ALL=C # else awk may expect a decimal comma

top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${POLAR_BUILD:-$top/build}
work=$build/valgrind
mkdir -p "$work"
[ ! -f "$build/env.sh" ] || . "$build/env.sh"
command -v valgrind > /dev/null || { echo "valgrind.sh: no valgrind; Debian: apt-get install valgrind" >&2; exit 1; }
lmp=$(command -v lmp) || { echo "valgrind.sh: no lmp; run sh cmake/setup.sh first" >&2; exit 1; }
cd "$work"

cat > heap.c <<'END'
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
/* not in the processes that MPI starts */
__attribute__((constructor)) static void alone(void) { unsetenv("LD_PRELOAD"); }
__attribute__((destructor)) static void report(void)
{
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  fprintf(stderr, "heap %zu %ld\n", mallinfo2().uordblks / 1024, use.ru_maxrss);
}
END
cc -shared -fPIC -o heap.so heap.c || exit 1

# input NAME STEPS: the command line of an example's short form, of STEPS steps
input() {
  case $1 in
    eap-batio3-hysteresis) echo "-in in.hysteresis -var n 3 -var equil $(ps "$2" 0.002) -var period $(ps "$2" 0.002)" ;;
    eap-batio3-phases) echo "-in in.phases -var n 3 -var T 50 -var equil $(ps "$2" 0.002) -var average $(ps "$2" 0.002)" ;;
    eap-batio3-lo) echo "-in in.phonon -var N 4" ;;
    les-nacl) echo "-in in.nacl -var n 2 -var equil $(ps "$2" 0.002) -var sample $(ps "$2" 0.002)" ;;
    pqeq-water-field) echo "-in in.field -var table $top/potentials/pqeq/gao2025.pqeq -var field 0.1 -var out water.dat" ;;
    gap-silicon)
      quip=$(dirname "${LAMMPS_POTENTIALS:-/nowhere}")/examples/PACKAGES/quip
      [ ! -f "$quip/data_gap" ] || echo "-in in.silicon -var folder $quip" ;;
  esac
}
ps() { awk "BEGIN { print $1 * $2 }"; }

failed=0
[ $# -gt 0 ] || set -- $(cd "$top/examples" && ls -d */ | tr -d /)
printf '%-24s %7s %7s %20s %22s\n' example errors lost 'left at end, kB' 'largest resident, kB'
for name do
  words=$(input "$name" 20)
  if [ -z "$words" ]; then
    printf '%-24s skipped: no short form, or its model is not here\n' "$name"
    continue
  fi
  rm -rf "${work:?}/$name"
  cp -R "$top/examples/$name" "$work/$name"
  cd "$work/$name"
  # shellcheck disable=SC2086
  valgrind --leak-check=full --errors-for-leak-kinds=definite --num-callers=30 \
    --suppressions="$top/unittest/valgrind.supp" --log-file="$work/$name.log" \
    "$lmp" $words -log none -screen none -nocite > "$work/$name.out" 2>&1
  status=$?
  errors=$(sed -n 's/.*ERROR SUMMARY: \([0-9,]*\) errors.*/\1/p' "$work/$name.log")
  lost=$(sed -n 's/.*definitely lost: \([0-9,]*\) bytes.*/\1/p' "$work/$name.log")
  heap=
  for steps in 100 1000; do
    # shellcheck disable=SC2046
    heap="$heap $(LD_PRELOAD=$work/heap.so "$lmp" $(input "$name" $steps) -log none -screen none -nocite 2>&1 |
      sed -n 's/^heap //p')"
  done
  set -- $heap
  printf '%-24s %7s %7s %9s -> %7s %10s -> %8s\n' "$name" "${errors:-?}" "${lost:-0}" "${1:-?}" "${3:-?}" "${2:-?}" "${4:-?}"
  if [ "$status" != 0 ] || [ "${errors:-1}" != 0 ] || [ $# != 4 ] || [ $(($3 - $1)) -gt 64 ] || [ $(($4 - $2)) -gt 2048 ]; then
    failed=1
  fi
done
exit $failed
