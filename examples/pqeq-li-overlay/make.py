# data.slab: lithium (bcc, 4 x 4 x 5 cells) between periodic images of Li2O (antifluorite, 3 x 3 x 3
# cells); types: 1 Li of the metal, 2 Li of the oxide, 3 O
side, a, b, gap = 13.95, 3.51, 4.60, 2.0
atoms = []
for k in range(5):
    for i in range(4):
        for j in range(4):
            for s in (0.25, 0.75):
                atoms.append((1, (i + s) * side / 4, (j + s) * side / 4, (k + s) * a))
start = 5 * a + gap - b / 8  # the outermost planes of Li2O are b/8 inside its cells
fcc = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
cube = [(x, y, z) for x in (0.25, 0.75) for y in (0.25, 0.75) for z in (0.25, 0.75)]
for k in range(3):
    for i in range(3):
        for j in range(3):
            for kind, sites in ((3, fcc), (2, cube)):
                for x, y, z in sites:
                    z = (k + z + 0.125) * b + start
                    atoms.append((kind, (i + x) * side / 3, (j + y) * side / 3, z))
height = 5 * a + 3 * b + 2 * gap - b / 4
with open("data.slab", "w") as f:
    f.write("lithium and Li2O, made by make.py\n\n%d atoms\n3 atom types\n" % len(atoms))
    f.write("0 %g xlo xhi\n0 %g ylo yhi\n0 %g zlo zhi\n" % (side, side, height))
    f.write("\nMasses\n\n1 6.94 # Li\n2 6.94 # Li\n3 15.999 # O\n\nAtoms # charge\n\n")
    for n, (t, *x) in enumerate(atoms):
        f.write("%d %d 0 %.5f %.5f %.5f\n" % (n + 1, t, *x))
