"""What LAMMPS wrote of configurations: NAME.dat of fix print, NAME.dump of dump custom."""

SYMBOL = {"1": "Ba", "2": "Ti", "3": "O"}


def frames(name):
    """Of each configuration the numbers in NAME.dat and the words of its atoms in NAME.dump."""
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


def write(out, frame, atoms):
    """A configuration as extended xyz: its second line, and the columns behind the type."""
    out.write("%d\n%s\n" % (len(atoms), frame))
    for _, kind, *numbers in atoms:
        out.write(SYMBOL[kind] + " " + " ".join(numbers) + "\n")


def lattice(lx, ly, lz, xy, xz, yz):
    return "Lattice=\"%.10f 0 0 %.10f %.10f 0 %.10f %.10f %.10f\"" % (lx, xy, ly, xz, yz, lz)
