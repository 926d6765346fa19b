#!/bin/sh
# Checks that includes run one way:  base <- io <- coul <- {eap, gap, les, pqeq, response} <- lammps
# Core folders include the C library, expat (io only) and CBLAS besides; never LAMMPS, MPI, Kokkos
# or another system. Cores neither print nor end the program. Prints offences; status 1 if any.
set -eu
cd "$(dirname "$0")/../src"

c_library='assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
  stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time immintrin'
c_headers=$(printf '%s\\.h|' $c_library)

check() { # check FOLDER FOLDERS_IT_MAY_INCLUDE [OTHER_HEADERS]
  [ -d "$1" ] || return 0
  folders=$(printf '%s|' $2)
  grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' "$1" |
    grep -vE "<(${c_headers}${3:-\$})>" | sed 's/^/header out of reach: /'
  grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1" |
    grep -vE "\"((${folders%|})/)?[A-Za-z0-9_]+\.h\"" | sed 's/^/folder out of reach: /'
  grep -rnE --include='*.c' \
    '(^|[^A-Za-z0-9_])(v?printf|v?fprintf|puts|fputs|putchar|perror|exit|_Exit|abort) *\(' "$1" |
    sed 's/^/a core prints or ends the program: /'
}

offences=$(
  check base base
  check io 'base io' 'expat\.h'
  check coul 'base io coul' 'cblas\.h'
  for system in eap gap les pqeq response; do
    check $system "base io coul $system" 'cblas\.h'
  done
)
[ -z "$offences" ] || { printf '%s\n' "$offences"; exit 1; }
