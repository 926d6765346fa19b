# Sourced by setup.sh and unittest/run.sh, which set $build and $log (folders): progress lines, long
# output into log files.
export LC_ALL=C # else awk and printf may expect a decimal comma
start=$(date +%s)
job=

say() { printf '[%4d s] %s\n' "$(($(date +%s) - start))" "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# where a log has come to: ninja's counter if it has one, else its last line
progress() {
  tail -c 4000 "$1" | tr '\r' '\n' | sed '/^[[:space:]]*$/d' > "$1.tail"
  counter=$(sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1/p' "$1.tail" | tail -n 1)
  if [ -n "$counter" ]; then printf '%s' "$counter"; else tail -n 1 "$1.tail" | cut -c 1-100; fi
  rm -f "$1.tail"
}

# alone: stop if the run of another terminal, or what a killed run has left, still works here. In a
# container made anew the same numbers are soon given again, to this process or its parent
alone() {
  for process in $(cat "$log/running" 2> /dev/null); do
    case $process in $$ | $PPID) continue ;; esac
    if tr "\0" " " 2> /dev/null < "/proc/$process/cmdline" | grep -qF -e "$build" -e setup.sh; then
      fail "process $process is already at work in $build: wait for it, or end it, and run me again"
    fi
  done
  echo $$ > "$log/running"
}

# attempt NAME COMMAND...: run a command with its output in $log/NAME.log; every 15 s show where it
# is. The status is that of the command.
attempt() {
  name=$1; shift
  "$@" > "$log/$name.log" 2>&1 &
  job=$!
  echo $$ $job > "$log/running"
  shown=$(date +%s)
  while kill -0 $job 2> /dev/null; do
    sleep 0.2
    now=$(date +%s)
    if [ $((now - shown)) -ge 15 ]; then
      place=$(progress "$log/$name.log")
      say "  $name${place:+: $place}"
      shown=$now
    fi
  done
  status=0
  wait $job || status=$?
  job=
  return $status
}

# logged NAME COMMAND...: the same; on failure show the end of the log and stop
logged() {
  attempt "$@" || {
    tail -n 40 "$log/$name.log" >&2
    fail "'$name' failed; above is the end of $log/$name.log"
  }
}

# a shell ignores Ctrl-C on behalf of its background commands: hand it on, also to what they started
interrupted() {
  [ -z "$job" ] || kill $job $(cat "/proc/$job/task/$job/children" 2> /dev/null) 2> /dev/null || :
  fail "interrupted; run me again to go on from here"
}
trap interrupted INT TERM HUP
