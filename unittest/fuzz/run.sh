#!/bin/sh
# Build fuzz targets and run them, one after another:
#
#   sh unittest/fuzz/run.sh [-s SECONDS] [TARGET ...]      TARGET: fuzz_NAME.c without fuzz_ and .c
#
# All targets if none is named; 60 s each if not told. Needs clang with its runtime library (Debian:
# clang, libclang-rt-14-dev). Begins with the seeds in corpus/NAME; what grows is kept in
# build/fuzz/NAME.corpus and used again. Prints for each target: executions, edges of the control
# flow graph reached (cov), files in the corpus. The exit status is 0 only if none stopped early.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
seconds=60
if [ "${1:-}" = -s ]; then seconds=$2; shift 2; fi
work=$top/build/fuzz
mkdir -p "$work"
cd "$work"

[ $# -gt 0 ] || set -- $(ls "$here"/fuzz_*.c | sed 's,.*/fuzz_,,; s,\.c$,,')
command -v clang > /dev/null || { echo "run.sh: no clang; Debian: apt-get install clang libclang-rt-14-dev" >&2; exit 1; }
for folder in openblas openblas-pthread; do
  for include in /usr/include/*/$folder /usr/include/$folder; do
    if [ -f "$include/cblas.h" ]; then cblas=-I$include; fi
  done
done

# the core once for all targets, with the counters that guide the fuzzer
flags="-g -O1 -std=c11 -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=undefined"
mkdir -p core
for source in "$top"/src/base/*.c "$top"/src/io/*.c "$top"/src/coul/*.c "$top"/src/eap/*.c \
  "$top"/src/gap/*.c "$top"/src/les/*.c "$top"/src/pqeq/*.c "$top"/src/response/*.c; do
  object=core/$(basename "$source" .c).o
  if [ ! -f "$object" ] || [ -n "$(find "$top/src" -name '*.[ch]' -newer "$object" | head -n 1)" ]; then
    clang $flags -fsanitize=fuzzer-no-link "-I$top/src" ${cblas:-} -c "$source" -o "$object"
  fi
done

failed=0
printf '%-18s %12s %8s %8s %8s  %s\n' target executions cov corpus seconds result
for t do
  clang $flags -fsanitize=fuzzer "-I$top/src" "$here/fuzz_$t.c" core/*.o -lexpat -lopenblas -lm -o "fuzz_$t"
  mkdir -p "$t.corpus"
  seeds=
  if [ -d "$here/corpus/$t" ]; then seeds=$here/corpus/$t; fi
  dictionary=
  for d in "$here/$t.dict" "$here/${t%%_*}.dict"; do
    if [ -z "$dictionary" ] && [ -f "$d" ]; then dictionary=-dict=$d; fi
  done
  result=ok
  "./fuzz_$t" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=20000 -print_final_stats=1 \
    -artifact_prefix="$t." $dictionary "$t.corpus" $seeds > "$t.log" 2>&1 || { result="stopped, see build/fuzz/$t.log"; failed=1; }
  printf '%-18s %12s %8s %8s %8s  %s\n' "$t" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$t.log")" \
    "$(grep -o 'cov: [0-9]*' "$t.log" | tail -n 1 | cut -d ' ' -f 2)" \
    "$(ls "$t.corpus" | wc -l)" "$seconds" "$result"
done
exit $failed
