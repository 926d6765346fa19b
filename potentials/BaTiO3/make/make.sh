#!/bin/sh
# All steps in order: sh make.sh WORK NEW [pseudopotential folder]. Repeat after an interruption.
# WORK: scratch; NEW: folder of the new model.
set -e
usage="usage: sh make.sh WORK NEW [pseudopotential folder]"
work=$(mkdir -p "${1:?$usage}" && cd "$1" && pwd)
new=$(mkdir -p "${2:?$usage}" && cd "$2" && pwd)
psp=${3:-/usr/share/abinit/psp}
cd "$(dirname "$0")"
python3 sample.py "$work"
python3 strained.py "$work"
python3 scans.py "$work"
python3 present.py "$work"
python3 longitudinal.py "$work"
python3 run_queue.py "$work" --pseudopotentials "$psp" --workers 2
python3 collect.py "$work" data/training_strained.json
python3 fit.py --output "$new"
cp ../BaTiO3_sys.xml ../BaTiO3_sys_M2.xml "$new"
python3 stability.py --potential "$new"
python3 validate.py data/training_strained.json --potential "$new" --list --plot data/validation.png
