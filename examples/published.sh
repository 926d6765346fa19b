# Sourced by the run.sh of examples with published models of latent Ewald summation, after prepare.sh.
#
# published FILE OUT.les OPTIONS...: converts FILE of the authors' repository LES-BEC
# (https://github.com/BingqingCheng/LES-BEC), unless OUT.les is there. It is looked for under its name in
# this folder, then in $POLAR_REFERENCE/les. The models are under their authors' terms and not part of POLAR.
published() {
  file=$1 out=$2
  shift 2
  [ ! -f "$out" ] || return 0
  for place in "$file" "${POLAR_REFERENCE:-/nowhere}/les/$file"; do
    if [ -f "$place" ]; then
      python3 "$POLAR_POTENTIALS/convert/cace2les.py" "$place" "$out" "$@"
      return
    fi
  done
  echo "found no $file: see README.md for where to get it, and put it into $(pwd)" >&2
  exit 1
}
