#!/bin/sh
# A short run of every example under valgrind's memcheck, and the heap after few and many steps; or
# the same runs with a plugin that checks itself:
#
#   sh unittest/valgrind.sh [EXAMPLE ...]              all if none is named
#   sh unittest/valgrind.sh --sanitize [EXAMPLE ...]   address and undefined behaviour sanitizers
#
# Memcheck (its reports in build/valgrind/EXAMPLE.*.log) must find no error and no lost memory. Then
# each example runs twice without it, once with ten times the steps: what is still allocated just
# before LAMMPS ends (mallinfo2, by a plugin that prints it) must not grow by more than 64 kB.
# --sanitize builds the plugin in build/sanitize with GCC's sanitizers, for the same unmodified
# LAMMPS: every access of the plugin is checked, also to memory that LAMMPS allocated. Gaussian
# approximation potentials run on two threads there.
# Needs valgrind, or the sanitizers' libraries, and a build by cmake/setup.sh; minutes per example.
# Examples with published models need them in $POLAR_REFERENCE/les; what has no model is named as skipped.
set -u
export LC_ALL=C # else awk may expect a decimal comma

top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${POLAR_BUILD:-$top/build}
sanitize=no
if [ "${1:-}" = --sanitize ]; then sanitize=yes; shift; fi
work=$build/valgrind
[ $sanitize = no ] || work=$build/sanitize/work
mkdir -p "$work"
[ ! -f "$build/env.sh" ] || . "$build/env.sh"
lmp=$(command -v lmp) || { echo "valgrind.sh: no lmp; run sh cmake/setup.sh first" >&2; exit 1; }
cd "$work" || exit 1
export OMPI_MCA_mpi_yield_when_idle=1
source=$(sed -n 's/^LAMMPS_SOURCE_DIR:[A-Z]*=//p' "$build/CMakeCache.txt")

ps() { awk "BEGIN { print $1 * $2 }"; }

# lengths NAME: steps of the checked run, of a short and of a long plain run
lengths() {
  case $1 in
    les-water | les-superionic) echo 2 5 50 ;;
    les-pbtio3) echo 4 10 100 ;;
    pqeq-li-overlay) echo 5 20 200 ;;
    gap-*) echo 3 10 100 ;;
    pqeq-*) echo 5 10 100 ;;
    *) echo 20 100 1000 ;;
  esac
}

# published FILE MODEL OPTIONS...: converts a published model, or fails
published() {
  file=${POLAR_REFERENCE:-/nowhere}/les/$1 model=$2
  shift 2
  [ -f "$file" ] || { echo "no published model"; return 1; }
  python3 "$top/potentials/convert/cace2les.py" "$file" "$model" "$@" > /dev/null
}
# convert: as run.sh in this folder does it
convert() { eval "$(awk '/^published / { on = 1 } on { print; if (!/\\$/) on = 0 }' run.sh)"; }

# prepare NAME STEPS: in the example's folder, what run.sh does before LAMMPS, and STEPS steps in
# place of numbers that are no variables; fails with a reason where something is missing
prepare() {
  case $1 in
    eap-batio3-lo)
      for e in eBa eTi eOx eOyz; do echo "variable $e equal 0.1"; done > mode.lmp ;;
    gap-batio3-phases)
      sed -i "s/^minimize .*/minimize 0 0 $2 $2/; s/^\(variable  *again loop\) .*/\1 1/" in.phases in.ends
      sed -i "s/^neb .*/neb 0 0 $2 $2 1 final ends.\${style}.final/" in.neb ;;
    gap-silicon)
      gap_example > /dev/null || { echo "LAMMPS' example of a GAP model is not here: GAP_EXAMPLE names its folder"; return 1; }
      sed -i "s/^run .*/run $2/" in.silicon ;;
    les-pbtio3)
      convert || return 1
      sed -i "s/^minimize .*/minimize 0 0 $2 $2/" in.cell ;;
    les-superionic)
      convert || return 1
      sed -i "s/^minimize .*/minimize 0 0 1 2/" in.superionic ;;
    les-water)
      convert || return 1
      sed -i "s/^minimize .*/minimize 0 0 1 2/" in.water ;;
    pqeq-water-field | pqeq-two-waters)
      [ ! -f in.field ] || sed -i "s/^run .*/run $2 post no/" in.field
      awk '$1 == "element" { $7 = 0 } { print }' "$top/potentials/pqeq/gao2025.pqeq" > qeq.pqeq ;;
  esac
}

# gap_example: the folder of LAMMPS' example of a GAP model, sought and unpacked as run.sh of
# gap-silicon does
gap_example() {
  for folder in "${GAP_EXAMPLE:-}" "$source/examples/PACKAGES/quip" "$source/../examples/PACKAGES/quip" "$build/gap_example"; do
    if [ -f "$folder/gap_example.xml" ]; then echo "$folder"; return; fi
  done
  mkdir -p "$folder"
  for tarball in "${XDG_CACHE_HOME:-$HOME/.cache}"/polar/lammps-*.tar.*; do
    [ -f "$tarball" ] || continue
    tar -xf "$tarball" -C "$folder" --strip-components=4 --wildcards '*/examples/PACKAGES/quip/*gap*' && { echo "$folder"; return; }
  done
  return 1
}

# distances FIRST STEP NUMBER
distances() { awk "BEGIN { for (i = 0; i < $3; i++) printf \" %g\", $1 + i * $2 }"; }

# runs NAME STEPS: the command lines of an example's short form, of STEPS steps each; a line that
# begins with -np N is for mpirun
runs() {
  case $1 in
    eap-batio3-hysteresis) echo "-in in.hysteresis -var n 3 -var equil $(ps "$2" 0.002) -var period $(ps "$2" 0.002)" ;;
    eap-batio3-phases) echo "-in in.phases -var n 3 -var T 50 -var equil $(ps "$2" 0.002) -var average $(ps "$2" 0.002)" ;;
    eap-batio3-lo)
      echo "-in in.phonon -var N 4"
      echo "-in in.phonon -var N 4 -var range short"
      echo "-in in.well -var N 4 -var A $(distances 0 0.0001 "$2")" ;;
    gap-batio3)
      for model in gap eap; do
        echo "-in in.batio3 -var n 2 -var model $model -var equil $(ps $((2 * $2)) 0.002) -var length $(ps $((2 * $2)) 0.002)"
      done ;;
    gap-batio3-phases)
      echo "-in in.phases"
      for style in gap eap; do
        echo "-in in.ends -var style $style"
        echo "-np 2 -partition 2x1 -in in.neb -var style $style -plog none -pscreen none"
      done ;;
    gap-silicon) echo "-in in.silicon -var folder $(gap_example)" ;;
    les-nacl) echo "-in in.nacl -var n 2 -var equil $(ps "$2" 0.002) -var sample $(ps "$2" 0.002)" ;;
    les-pbtio3)
      echo "-in in.cell"
      echo "-in in.reversal -var equil $(ps "$2" 0.001) -var sweep $(ps "$2" 0.001)" ;;
    les-superionic) echo "-in in.superionic -var equil $(ps "$2" 0.0004) -var sample $(ps "$2" 0.0004)" ;;
    les-water) echo "-in in.water -var field 0.05 -var equil $(ps "$2" 0.0005) -var sample $(ps "$2" 0.0005)" ;;
    pqeq-li-overlay) echo "-in in.slab -var equil $(ps "$2" 0.001) -var sample $(ps "$2" 0.001)" ;;
    pqeq-nacl-dimer)
      for scheme in "converge -var number 1e-9" "fixed -var number 2"; do
        echo "-in in.dimer -var label l -var scheme $scheme -var umax 0.25 -var r $(distances 1.8 0.05 "$2")"
      done ;;
    pqeq-two-waters)
      for table in qeq.pqeq pqeq/gao2025.pqeq; do
        for coupling in "full -var fragment none" "shell -var fragment none" "full -var fragment zero"; do
          echo "-in in.waters -var label l -var table $table -var coupling $coupling -var r $(distances 3 0.1 "$2")"
        done
      done ;;
    pqeq-water-field)
      for table in qeq.pqeq pqeq/gao2025.pqeq; do
        echo "-in in.field -var table $table -var field 0.1 -var out water.dat"
      done ;;
  esac
}

# launch LINE: LAMMPS for a line of runs, behind the words of $before
launch() {
  # shellcheck disable=SC2086
  set -- $1
  if [ "$1" = -np ]; then
    ranks=$2
    shift 2
    # shellcheck disable=SC2086
    mpirun --oversubscribe -np "$ranks" $before "$lmp" "$@" -log none -screen none -nocite < /dev/null
  else
    # shellcheck disable=SC2086
    $before "$lmp" "$@" -log none -screen none -nocite < /dev/null
  fi
}

# each NAME STEPS COMMAND...: in a fresh copy of the example COMMAND... for each of its runs
each() {
  name=$1 steps=$2
  shift 2
  rm -rf "${work:?}/$name"
  cp -R "$top/examples/$name" "$work/$name"
  cd "$work/$name" || return 1
  why=$(prepare "$name" "$steps") || return 1
  runs "$name" "$steps" > "$work/$name.runs"
  [ -s "$work/$name.runs" ] || { why="no short form"; return 1; }
  status=0
  while read -r line; do
    "$@" "$line" || { status=1; echo "exit status not 0: lmp $line" >> "$work/$name.out"; }
  done < "$work/$name.runs"
}

# sum PATTERN FILES: of the number that follows PATTERN
sum() {
  pattern=$1
  shift
  sed -n "s/.*$pattern\([0-9,]*\).*/\1/p" "$@" | tr -d , | awk '{ n += $1 } END { print n + 0 }'
}

failed=0
if [ $sanitize = yes ]; then
  gcc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
  checks="-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g1"
  options=$(sed -n -E 's/^((LAMMPS_SOURCE_DIR|LAMMPS_SIZES|BUILD_MPI|CMAKE_C_COMPILER|CMAKE_CXX_COMPILER|CMAKE_[CX]*_COMPILER_LAUNCHER):[A-Z]*=.*)/-D\1/p' "$build/CMakeCache.txt")
  # shellcheck disable=SC2086
  if ! { cmake -G Ninja -S "$top" -B "$build/sanitize" $options "-DCMAKE_C_FLAGS=$checks" "-DCMAKE_CXX_FLAGS=$checks" &&
    ninja -C "$build/sanitize" polarplugin polar_styles; } > "$work/build.log" 2>&1; then
    echo "valgrind.sh: the plugin did not compile: $work/build.log" >&2
    exit 1
  fi
  export LAMMPS_PLUGIN_PATH="$build/sanitize"
  # leaks are memcheck's; -Wl,-z,nodelete keeps the plugin's symbols
  export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
  libraries=$("$gcc" -print-file-name=libasan.so):$("$gcc" -print-file-name=libubsan.so)
else
  command -v valgrind > /dev/null || { echo "valgrind.sh: no valgrind; Debian: apt-get install valgrind" >&2; exit 1; }
  cat > heap.c <<'END2'
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
END2
  cc -shared -fPIC -o heap.so heap.c || exit 1
fi

[ $# -gt 0 ] || set -- $(cd "$top/examples" && ls -d */ | tr -d /)
if [ $sanitize = yes ]; then
  printf '%-24s %5s  %s\n' example runs result
else
  printf '%-24s %5s %7s %7s %20s %22s\n' example runs errors lost 'left at end, kB' 'largest resident, kB'
fi

# checked, plain NAME LINE: what `each` does with a run
checked() { launch "$2" >> "$work/$1.out" 2>&1; }
plain() {
  ended=0
  launch "$2" > "$work/$1.plain" 2>&1 || ended=1
  sed -n 's/^heap //p' "$work/$1.plain" >> "$work/$1.heap"
  return $ended
}

for name do
  read -r short few many <<END2
$(lengths "$name")
END2
  rm -f "$work/$name".*.log "$work/$name.out" "$work/$name.heap"
  if [ $sanitize = yes ]; then
    threads=1
    case $name in gap-*) threads=2 ;; esac
    before="env OMP_NUM_THREADS=$threads LD_PRELOAD=$libraries"
    if ! each "$name" "$short" checked "$name"; then
      printf '%-24s skipped: %s\n' "$name" "$why"
      continue
    fi
    number=$(wc -l < "$work/$name.runs")
    if [ $status != 0 ] || grep -q -E 'ERROR: AddressSanitizer|runtime error:' "$work/$name.out"; then
      printf '%-24s %5s  %s\n' "$name" "$number" "FAILED, see $work/$name.out"
      failed=1
    else
      printf '%-24s %5s  %s\n' "$name" "$number" ok
    fi
    continue
  fi

  before="valgrind --leak-check=full --errors-for-leak-kinds=definite --num-callers=30
    --suppressions=$top/unittest/valgrind.supp --log-file=$work/$name.%p.log"
  if ! each "$name" "$short" checked "$name"; then
    printf '%-24s skipped: %s\n' "$name" "$why"
    continue
  fi
  worst=$status
  number=$(wc -l < "$work/$name.runs")
  [ "$(ls "$work/$name".*.log | wc -l)" -ge "$number" ] || worst=1
  errors=$(sum 'ERROR SUMMARY: ' "$work/$name".*.log)
  lost=$(sum 'definitely lost: ' "$work/$name".*.log)
  before="env LD_PRELOAD=$work/heap.so"
  heap=
  for steps in $few $many; do
    : > "$work/$name.heap"
    each "$name" "$steps" plain "$name"
    [ "$status" = 0 ] || worst=1
    # left at the end: of all runs together; resident: the largest
    heap="$heap $(awk '{ left += $1; if ($2 > most) most = $2 } END { print left + 0, most + 0 }' "$work/$name.heap")"
  done
  # shellcheck disable=SC2086
  set -- $heap
  printf '%-24s %5s %7s %7s %9s -> %7s %10s -> %8s\n' "$name" "$number" "$errors" "$lost" "$1" "$3" "$2" "$4"
  [ "$worst" = 0 ] || echo "    a run stopped: $work/$name.out"
  if [ "$worst" != 0 ] || [ "$errors" != 0 ] || [ "$1" = 0 ] || [ $(($3 - $1)) -gt 64 ] || [ $(($4 - $2)) -gt 2048 ]; then
    failed=1
  fi
done
exit $failed
