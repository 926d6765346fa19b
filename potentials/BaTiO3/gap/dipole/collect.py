"""Configurations of in.sample as one extended xyz file with dipoles and Born effective charges.

    collect.py OUT.xyz NAME ...

reads NAME.dat and NAME.dump."""

import sys

SYMBOL = {"1": "Ba", "2": "Ti", "3": "O"}


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
            for values, atoms in frames(name):
                mx, my, mz, lx, ly, lz, xy, xz, yz = values
                out.write(
                    "%d\nLattice=\"%.10f 0 0 %.10f %.10f 0 %.10f %.10f %.10f\" dipole=\"%.8f %.8f %.8f\" "
                    "Properties=species:S:1:pos:R:3:born:R:9\n"
                    % (len(atoms), lx, xy, ly, xz, yz, lz, mx, my, mz))
                for _, kind, *numbers in atoms:
                    out.write(SYMBOL[kind] + " " + " ".join(numbers) + "\n")
                count += 1
    print(f"{count} configurations in {sys.argv[1]}")


main()
