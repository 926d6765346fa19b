"""Configurations of in.sample as one extended xyz file.

    collect.py OUT.xyz NAME ...

reads NAME.dat and NAME.dump; config_type is NAME without its last part (_SEED)."""

import os
import sys

SYMBOL = {"1": "Ba", "2": "Ti", "3": "O"}
EV_PER_BAR_A3 = 6.241509074e-7


def frames(name):
    steps = {}
    with open(name + ".dat") as lines:
        for line in lines:
            words = line.split()
            if words and words[0] != "#":
                steps[int(words[0])] = [float(w) for w in words[1:]]
    with open(name + ".dump") as dump:
        lines = dump.read().split("\n")
    at = 0
    while at + 9 < len(lines):
        step, n = int(lines[at + 1]), int(lines[at + 3])
        yield steps[step], [line.split() for line in lines[at + 9:at + 9 + n]]
        at += 9 + n


def main():
    count = 0
    with open(sys.argv[1], "w") as out:
        for name in sys.argv[2:]:
            kind = os.path.basename(name).rsplit("_", 1)[0]
            for values, atoms in frames(name):
                pe, wxx, wyy, wzz, wxy, wxz, wyz, lx, ly, lz, xy, xz, yz = values
                virial = [EV_PER_BAR_A3 * w for w in (wxx, wxy, wxz, wxy, wyy, wyz, wxz, wyz, wzz)]
                out.write(
                    "%d\nLattice=\"%.10f 0 0 %.10f %.10f 0 %.10f %.10f %.10f\" energy=%.10f "
                    "virial=\"%s\" config_type=%s Properties=species:S:1:pos:R:3:forces:R:3\n"
                    % (len(atoms), lx, xy, ly, xz, yz, lz, pe,
                       " ".join("%.8f" % w for w in virial), kind))
                for _, kind_of_atom, *numbers in atoms:
                    out.write(SYMBOL[kind_of_atom] + " " + " ".join(numbers) + "\n")
                count += 1
    print(f"{count} configurations in {sys.argv[1]}")


main()
