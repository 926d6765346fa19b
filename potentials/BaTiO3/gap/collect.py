"""Configurations of in.sample as one extended xyz file.

    collect.py OUT.xyz NAME ...

reads NAME.dat and NAME.dump; config_type is NAME without its last part (_SEED)."""

import os
import sys

from frames import frames, lattice, write

EV_PER_BAR_A3 = 6.241509074e-7


def main():
    count = 0
    with open(sys.argv[1], "w") as out:
        for name in sys.argv[2:]:
            kind = os.path.basename(name).rsplit("_", 1)[0]
            for (pe, wxx, wyy, wzz, wxy, wxz, wyz, *box), atoms in frames(name):
                virial = [EV_PER_BAR_A3 * w for w in (wxx, wxy, wxz, wxy, wyy, wyz, wxz, wyz, wzz)]
                write(out, "%s energy=%.10f virial=\"%s\" config_type=%s Properties=species:S:1:pos:R:3:forces:R:3"
                      % (lattice(*box), pe, " ".join("%.8f" % w for w in virial), kind), atoms)
                count += 1
    print(f"{count} configurations in {sys.argv[1]}")


main()
