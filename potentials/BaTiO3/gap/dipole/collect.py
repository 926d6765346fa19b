"""Configurations of in.sample as one extended xyz file with dipoles and Born effective charges.

    collect.py OUT.xyz NAME ...

reads NAME.dat and NAME.dump."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from frames import frames, lattice, write


def main():
    count = 0
    with open(sys.argv[1], "w") as out:
        for name in sys.argv[2:]:
            for (mx, my, mz, *box), atoms in frames(name):
                write(out, "%s dipole=\"%.8f %.8f %.8f\" Properties=species:S:1:pos:R:3:born:R:9"
                      % (lattice(*box), mx, my, mz), atoms)
                count += 1
    print(f"{count} configurations in {sys.argv[1]}")


main()
