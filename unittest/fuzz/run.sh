#!/bin/sh
# Build fuzz targets and run them:
#
#   sh unittest/fuzz/run.sh [-s SECONDS] [-j N] [TARGET ...]      TARGET: fuzz_NAME.c without fuzz_ and .c
#
# All targets if none is named; 60 s each if not told; N at a time, 1 if not told. Needs clang with its
# runtime library (Debian: clang, libclang-rt-14-dev). Begins with the seeds in corpus/NAME; what grows
# is kept in build/fuzz/NAME.corpus and used again. Prints for each target, when it has ended:
# executions, edges of the control flow graph reached (cov), files in the corpus. build/fuzz/NAME.log
# has more. The exit status is 0 only if none stopped early.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
work=$top/build/fuzz
known=$(ls "$here"/fuzz_*.c | sed 's,.*/fuzz_,,; s,\.c$,,')

stop() { echo "run.sh: $*" >&2; exit 2; }
# positive OPTION VALUE: the value, if it is a number that is not 0
positive() {
  case $2 in '' | 0* | *[!0-9]*) stop "$1 $2: expected a number from 1 on" ;; esac
  echo "$2"
}

seconds=60 jobs=1
one= # the target alone, built and run by the process that xargs starts
while [ $# -gt 0 ]; do
  case $1 in
    -s | -j | --one) [ $# -gt 1 ] || stop "$1: expected a value after it" ;;
  esac
  case $1 in
    -s) seconds=$(positive -s "$2"); shift 2 ;;
    -j) jobs=$(positive -j "$2"); shift 2 ;;
    --one) one=$2; shift 2 ;;
    -*) stop "unknown option $1; known: -s SECONDS, -j N" ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- $known
for t do
  [ -f "$here/fuzz_$t.c" ] || stop "unknown target '$t'; known: $(echo $known)"
done

command -v clang > /dev/null || stop "no clang; Debian: apt-get install clang libclang-rt-14-dev"
for folder in openblas openblas-pthread; do
  for include in /usr/include/*/$folder /usr/include/$folder; do
    if [ -f "$include/cblas.h" ]; then cblas=-I$include; fi
  done
done
flags="-g -O1 -std=c11 -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=undefined"
mkdir -p "$work/core"
cd "$work"

# row TARGET RESULT: a line of the table, from the target's log
row() {
  printf '%-18s %12s %8s %8s %8s  %s\n' "$1" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$1.log")" \
    "$(grep -o 'cov: [0-9]*' "$1.log" | tail -n 1 | cut -d ' ' -f 2)" \
    "$(ls "$1.corpus" | wc -l)" "$seconds" "$2"
}

# run TARGET: build it and run it; the status is 0 only if it ran to its end
run() {
  mkdir -p "$1.corpus"
  if ! clang $flags -fsanitize=fuzzer "-I$top/src" "$here/fuzz_$1.c" core/*.o -lexpat -lopenblas -lm -o "fuzz_$1" \
    > "$1.log" 2>&1; then
    row "$1" "does not compile, see build/fuzz/$1.log"
    return 1
  fi
  seeds=
  if [ -d "$here/corpus/$1" ]; then seeds=$here/corpus/$1; fi
  dictionary=
  for d in "$here/$1.dict" "$here/${1%%_*}.dict"; do
    if [ -z "$dictionary" ] && [ -f "$d" ]; then dictionary=-dict=$d; fi
  done
  # by the clock: a minute on a core of its own is an input that hangs
  cores=$(nproc 2> /dev/null || echo 1)
  "./fuzz_$1" -max_total_time="$seconds" -timeout=$((60 * ((jobs + cores - 1) / cores))) -rss_limit_mb=2048 \
    -max_len=20000 -print_final_stats=1 -artifact_prefix="$1." $dictionary "$1.corpus" $seeds > "$1.log" 2>&1 || {
    row "$1" "stopped, see build/fuzz/$1.log"
    return 1
  }
  row "$1" ok
}

if [ -n "$one" ]; then
  run "$one"
  exit
fi

# the core once for all targets, with the counters that guide the fuzzer
for source in "$top"/src/base/*.c "$top"/src/io/*.c "$top"/src/coul/*.c "$top"/src/eap/*.c \
  "$top"/src/gap/*.c "$top"/src/les/*.c "$top"/src/pqeq/*.c "$top"/src/response/*.c; do
  object=core/$(basename "$source" .c).o
  if [ ! -f "$object" ] || [ -n "$(find "$top/src" -name '*.[ch]' ! -path '*/lammps/*' ! -path '*/plugin/*' \
    -newer "$object" | head -n 1)" ]; then
    clang $flags -fsanitize=fuzzer-no-link "-I$top/src" ${cblas:-} -c "$source" -o "$object"
  fi
done

printf '%-18s %12s %8s %8s %8s  %s\n' target executions cov corpus seconds result
printf '%s\n' "$@" | xargs -P "$jobs" -I NAME sh "$here/run.sh" -s "$seconds" -j "$jobs" --one NAME || exit 1
