#!/bin/sh
# All steps in order: sh make.sh WORK [pseudopotential folder]. Repeat after an interruption.
set -e
work=$(mkdir -p "${1:?usage: sh make.sh WORK [pseudopotential folder]}" && cd "$1" && pwd)
psp=${2:-/usr/share/abinit/psp}
cd "$(dirname "$0")"
python3 sample.py "$work"
python3 run_queue.py "$work" --pseudopotentials "$psp"
python3 collect.py "$work" data/training_extra.json
python3 validate.py data/training_extra.json --list --plot data/validation.png
