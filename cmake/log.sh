# Sourced by setup.sh and unittest/run.sh, which set $log (a folder) first: progress lines, long
# output into log files.
start=$(date +%s)
job=

say() { printf '[%4d s] %s\n' "$(($(date +%s) - start))" "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# logged NAME COMMAND...: run a command with its output in $log/NAME.log; every 15 s show ninja's
# counter; on failure show the end of the log and stop.
logged() {
  name=$1; shift
  "$@" > "$log/$name.log" 2>&1 &
  job=$!
  shown=$(date +%s)
  while kill -0 $job 2> /dev/null; do
    sleep 0.2
    now=$(date +%s)
    if [ $((now - shown)) -ge 15 ]; then
      say "  $name $(tail -n 100 "$log/$name.log" | sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1/p' | tail -n 1)"
      shown=$now
    fi
  done
  if ! wait $job; then
    job=
    tail -n 40 "$log/$name.log" >&2
    fail "'$name' failed; above is the end of $log/$name.log"
  fi
  job=
}

# a shell ignores Ctrl-C on behalf of its background commands: hand it on
trap '[ -z "$job" ] || kill $job; fail "interrupted; run me again to go on from here"' INT TERM HUP
