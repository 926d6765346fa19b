# The output of a GoogleTest program as one line per test: result, seconds, program, test.
#   -v name=PROGRAM  -v status=EXIT_STATUS  -v must=TEST that has to pass (may be empty)
# Several ranks may print the same test: the worst result counts.

function result(word, test, ms) {
  if (!(test in word_of)) order[++n] = test
  if (word_of[test] != "FAIL") word_of[test] = word
  if (ms > ms_of[test]) ms_of[test] = ms
}
function print_line(word, seconds, test) { printf "%-4s %8.2f s  %s: %s\n", word, seconds, name, test }

/^\[ RUN      \] / { running = $4; message = "" }
match($0, /\([0-9]+ ms\)$/) && /^\[(       OK |  FAILED  |  SKIPPED )\] / {
  ms = substr($0, RSTART + 1, RLENGTH - 5) + 0
  test = $0
  sub(/^\[[^]]*\] /, "", test)
  sub(/[ ,].*/, "", test)
  if (/^\[       OK /) result("ok", test, ms)
  else if (/^\[  FAILED  /) result("FAIL", test, ms)
  else { result("skip", test, ms); why[test] = message }
  running = ""
}
NF && !/^\[/ && !/: Skipped$/ { message = $0 }

END {
  for (i = 1; i <= n; i++) {
    test = order[i]
    word = word_of[test]
    note = word == "skip" && why[test] ? "  (" why[test] ")" : ""
    if (test == must && word == "skip") {
      word = "FAIL"
      note = "  was skipped, but has to pass" note
    }
    if (word == "FAIL") failures++
    print_line(word, ms_of[test] / 1000, test note)
  }
  if (running) print_line("FAIL", 0, running " did not end; exit status " status)
  else if (status != 0 && !failures) print_line("FAIL", 0, "exit status " status)
  else if (n == 0) print_line("FAIL", 0, "no test ran")
  else if (must && !(must in word_of)) print_line("FAIL", 0, must " did not run")
}
