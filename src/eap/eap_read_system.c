/* System XML of MULTIBINIT -> eap_system.
 *
 * Order of numbers: MULTIBINIT writes most arrays in Fortran order (first index fastest), but
 * unit_cell and the force constants row by row. Cartesian tensors that are not symmetric (Born
 * effective charges, the cell) and the elastic constants depend on it. */
#include <math.h>
#include <stdlib.h>

#include "base/elements.h"
#include "base/mat3.h"
#include "base/units.h"
#include "eap/eap_read.h"
#include "io/text.h"

#define HARTREE POLAR_HARTREE_EV
#define BOHR POLAR_BOHR_ANGSTROM

/* Sites nearer than this (Angstrom) are the same site: far below any bond, far above rounding */
#define SAME_SITE 1e-3
/* eps_inf of a DDB is symmetric to 1e-6; beyond this (relative) it is no dielectric tensor */
#define EPS_ASYMMETRY 1e-2
/* |det| over the product of the lengths below which lattice vectors count as dependent */
#define FLAT_CELL 1e-6

/* `count` numbers of an element that has no attribute but `units` */
static polar_code quantity(const xml_node *node, const char *unit, size_t count, double scale,
                           double *x, polar_status *st)
{
  const polar_code code = eap_check_units(node, unit, st);
  return code == POLAR_OK ? xml_doubles(node, count, scale, x, st) : code;
}

static polar_code child_quantity(const xml_node *parent, const char *name, const char *unit,
                                 size_t count, double scale, double *x, const xml_node **where,
                                 polar_status *st)
{
  const polar_code code = xml_one_child(parent, name, where, st);
  return code == POLAR_OK ? quantity(*where, unit, count, scale, x, st) : code;
}

/* ------------------------------------------------------------------- energy, cell, tensors --- */

static polar_code read_cell(const xml_node *root, eap_system *sys, polar_status *st)
{
  const xml_node *node;
  double x[9];
  const polar_code code = child_quantity(root, "unit_cell", "bohrradius", 9, BOHR, x, &node, st);
  if (code != POLAR_OK) return code;
  double lengths = 1.0;
  for (int vector = 0; vector < 3; vector++) {
    for (int i = 0; i < 3; i++) sys->cell[i][vector] = x[3 * i + vector]; /* row: Cartesian */
    lengths *=
        sqrt(x[vector] * x[vector] + x[3 + vector] * x[3 + vector] + x[6 + vector] * x[6 + vector]);
  }
  const double det = mat3_det((const double(*)[3])sys->cell);
  if (!isfinite(det) || !isfinite(lengths))
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "the lattice vectors in <unit_cell> are absurdly long; unit: bohr");
  if (!(fabs(det) > FLAT_CELL * lengths))
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "the lattice vectors in <unit_cell> are linearly dependent: the volume is "
                         "%g Angstrom^3",
                         det);
  if (det < 0.0)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "the lattice vectors in <unit_cell> are left-handed (volume %g "
                         "Angstrom^3); ABINIT and LAMMPS both need a right-handed set. Columns are "
                         "lattice vectors, rows Cartesian components",
                         det);
  return POLAR_OK;
}

static polar_code read_eps(const xml_node *root, eap_system *sys, polar_status *st)
{
  const xml_node *node;
  double x[9];
  const polar_code code = child_quantity(root, "epsilon_inf", "epsilon0", 9, 1.0, x, &node, st);
  if (code != POLAR_OK) return code;
  double largest = 0.0, asymmetry = 0.0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      sys->eps_inf[i][j] = 0.5 * x[3 * i + j] + 0.5 * x[3 * j + i];
      largest = fmax(largest, fabs(x[3 * i + j]));
      asymmetry = fmax(asymmetry, fabs(x[3 * i + j] - x[3 * j + i]));
    }
  if (asymmetry > EPS_ASYMMETRY * largest)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<epsilon_inf> is not symmetric: elements across the diagonal differ by "
                         "up to %g",
                         asymmetry);
  /* Sylvester: all leading minors positive */
  const double(*e)[3] = (const double(*)[3])sys->eps_inf;
  if (!(e[0][0] > 0.0 && e[0][0] * e[1][1] - e[0][1] * e[1][0] > 0.0 && mat3_det(e) > 0.0) ||
      !isfinite(mat3_det(e)))
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<epsilon_inf> is not positive definite (diagonal %g %g %g), so it is no "
                         "dielectric tensor",
                         e[0][0], e[1][1], e[2][2]);
  return POLAR_OK;
}

static polar_code read_elastic(const xml_node *root, eap_system *sys, polar_status *st)
{
  const xml_node *node;
  double x[36];
  const polar_code code = child_quantity(root, "elastic", "hartree", 36, HARTREE, x, &node, st);
  if (code != POLAR_OK) return code;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) sys->elastic[i][j] = x[6 * j + i]; /* Fortran order */
  return POLAR_OK;
}

/* ----------------------------------------------------------------------------------- atoms --- */

static polar_code read_mass(const xml_node *atom, double *mass, int *element, polar_status *st)
{
  polar_code code = eap_check_unit(atom, "massunits", "atomicmassunit", st);
  if (code == POLAR_OK) code = xml_attribute_double(atom, "mass", mass, st);
  if (code != POLAR_OK) return code;
  *element = polar_element_by_mass(*mass);
  if (*element > 0) return POLAR_OK;
  const int near = polar_element_nearest(*mass);
  return polar_fail_at(st, POLAR_MODEL, atom->file, atom->line,
                       "mass %.8g amu belongs to no element within %g %%; the nearest is %s, %.8g "
                       "amu. Elements are told by their standard atomic mass: give that here (an "
                       "isotope's mass is set in LAMMPS with the mass command)",
                       *mass, 100.0 * POLAR_MASS_TOLERANCE, polar_element_symbol(near),
                       polar_element_mass(near));
}

static polar_code read_atom(const xml_node *atom, eap_system *sys, int k, polar_status *st)
{
  static const char *const attributes[] = {"mass", "massunits", NULL};
  static const char *const children[] = {"position", "borncharge", NULL};
  const xml_node *node;
  double z[9];
  polar_code code = xml_allow_attributes(atom, attributes, st);
  if (code == POLAR_OK) code = xml_allow_children(atom, children, st);
  if (code == POLAR_OK) code = read_mass(atom, &sys->mass[k], &sys->element[k], st);
  if (code == POLAR_OK)
    code = child_quantity(atom, "position", "bohrradius", 3, BOHR, sys->tau[k], &node, st);
  if (code == POLAR_OK) code = child_quantity(atom, "borncharge", "abs(e)", 9, 1.0, z, &node, st);
  if (code != POLAR_OK) return code;
  for (int dipole = 0; dipole < 3; dipole++)
    for (int displacement = 0; displacement < 3; displacement++)
      sys->born[k][dipole][displacement] = z[3 * displacement + dipole]; /* line: displacement */
  return POLAR_OK;
}

/* Distance of the nearest images of two sites if it is below SAME_SITE, else something larger */
static double site_distance(const eap_system *sys, const double inverse[3][3], int a, int b)
{
  double d[3], s[3];
  for (int i = 0; i < 3; i++) d[i] = sys->tau[a][i] - sys->tau[b][i];
  mat3_vec(inverse, d, s);
  for (int i = 0; i < 3; i++) s[i] -= nearbyint(s[i]);
  mat3_vec((const double(*)[3])sys->cell, s, d);
  return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static polar_code read_atoms(const xml_node *root, eap_system *sys, polar_status *st)
{
  const int n = xml_count(root, "atom");
  if (n == 0)
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "<%s> has no <atom>, expected at least one", root->name);
  if (n > EAP_MAX_SITES)
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "<%s> has %d atoms per primitive cell, the limit is %d", root->name, n,
                         EAP_MAX_SITES);
  sys->mass = malloc((size_t)n * sizeof *sys->mass);
  sys->element = malloc((size_t)n * sizeof *sys->element);
  sys->tau = malloc((size_t)n * sizeof *sys->tau);
  sys->born = malloc((size_t)n * sizeof *sys->born);
  sys->strain_force = calloc((size_t)n, sizeof *sys->strain_force);
  if (!sys->mass || !sys->element || !sys->tau || !sys->born || !sys->strain_force)
    return polar_fail_memory(st, "reading a system file");
  sys->n = n;
  double inverse[3][3];
  mat3_inverse((const double(*)[3])sys->cell, inverse);
  const xml_node *atom = xml_find(root->child, "atom");
  for (int k = 0; k < n; k++, atom = xml_find(atom->next, "atom")) {
    const polar_code code = read_atom(atom, sys, k, st);
    if (code != POLAR_OK) return code;
    for (int b = 0; b < k; b++)
      if (!(site_distance(sys, (const double(*)[3])inverse, k, b) > SAME_SITE))
        return polar_fail_at(st, POLAR_MODEL, atom->file, atom->line,
                             "atom %d sits on the same lattice site as atom %d (counted from 0); "
                             "positions are Cartesian, in bohr",
                             k, b);
  }
  return POLAR_OK;
}

/* ------------------------------------------------------------------------- force constants --- */

typedef struct {
  int cell[3];
  int line;
} placed_cell;

static int compare_cells(const void *a, const void *b)
{
  const placed_cell *x = a, *y = b;
  for (int i = 0; i < 3; i++)
    if (x->cell[i] != y->cell[i]) return x->cell[i] < y->cell[i] ? -1 : 1;
  return (x->line > y->line) - (x->line < y->line);
}

/* Sorts `cells`; the same lattice vector twice is an error at its second line */
static polar_code check_distinct(const xml_node *root, const char *name, placed_cell *cells,
                                 int count, polar_status *st)
{
  qsort(cells, (size_t)count, sizeof *cells, compare_cells);
  for (int i = 1; i < count; i++) {
    const placed_cell *a = &cells[i - 1], *b = &cells[i];
    if (a->cell[0] == b->cell[0] && a->cell[1] == b->cell[1] && a->cell[2] == b->cell[2])
      return polar_fail_at(st, POLAR_MODEL, root->file, b->line,
                           "second <%s> of cell %d %d %d, the first is in line %d", name,
                           b->cell[0], b->cell[1], b->cell[2], a->line);
  }
  return POLAR_OK;
}

/* {data, cell} of a force-constant element of n sites; *phi is allocated */
static polar_code read_block(const xml_node *node, int n, int cell[3], double **phi,
                             polar_status *st)
{
  static const char *const children[] = {"data", "cell", NULL};
  static const char *const none[] = {NULL};
  const size_t count = 9 * (size_t)n * (size_t)n;
  const xml_node *data, *where;
  polar_code code = eap_check_units(node, "hartree/bohrradius**2", st);
  if (code == POLAR_OK) code = xml_allow_children(node, children, st);
  if (code == POLAR_OK) code = xml_one_child(node, "cell", &where, st);
  if (code == POLAR_OK) code = xml_allow_attributes(where, none, st);
  if (code == POLAR_OK)
    code = xml_ints(where, 3, -EAP_MAX_BLOCK_CELL, EAP_MAX_BLOCK_CELL, cell, st);
  if (code == POLAR_OK) code = xml_one_child(node, "data", &data, st);
  if (code == POLAR_OK) code = xml_allow_attributes(data, none, st);
  if (code == POLAR_OK) code = xml_check_count(data, count, st);
  if (code != POLAR_OK) return code;
  *phi = malloc(count * sizeof **phi);
  if (!*phi) return polar_fail_memory(st, "reading force constants");
  return xml_doubles(data, count, HARTREE / (BOHR * BOHR), *phi, st);
}

/* *count is the number of blocks that *blocks has room for from the moment it is allocated, so that
 * eap_system_free works at any time. */
static polar_code read_blocks(const xml_node *root, const char *name, int n, int *count,
                              eap_block **blocks, polar_status *st)
{
  const int found = xml_count(root, name);
  if (found == 0) return POLAR_OK;
  polar_code code = POLAR_OK;
  placed_cell *cells = malloc((size_t)found * sizeof *cells);
  *blocks = calloc((size_t)found, sizeof **blocks);
  if (*blocks) *count = found;
  if (!*blocks || !cells) code = polar_fail_memory(st, "reading force constants");
  const xml_node *node = xml_find(root->child, name);
  for (int i = 0; i < found && code == POLAR_OK; i++, node = xml_find(node->next, name)) {
    eap_block *block = &(*blocks)[i];
    code = read_block(node, n, block->cell, &block->phi, st);
    for (int k = 0; k < 3; k++) cells[i].cell[k] = block->cell[k];
    cells[i].line = node->line;
  }
  if (code == POLAR_OK) code = check_distinct(root, name, cells, found, st);
  free(cells);
  return code;
}

/* ------------------------------------------------------------------------- strain coupling --- */

static int all_zero(const double *x, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (x[i] != 0.0) return 0;
  return 1;
}

/* Third-order terms that ABINIT can write, but that no valid model rests on: refused unless zero */
static polar_code check_third_order(const xml_node *node, int n, polar_status *st)
{
  const size_t sites = (size_t)n;
  const char *reason;
  double *x = NULL;
  int cell[3];
  size_t count;
  polar_code code;
  if (xml_is(node, "correction_force_constant")) {
    reason = "MULTIBINIT of ABINIT 9.6.2 evaluates them with a transposed cell array and with "
             "energy, force and stress that disagree";
    count = 9 * sites * sites;
    code = read_block(node, n, cell, &x, st);
  } else {
    const int elastic = xml_is(node, "elastic3rd");
    reason = elastic ? "MULTIBINIT drops them without notice once a coefficient couples to strain"
                     : "MULTIBINIT of ABINIT 9.6.2 never adds their forces";
    count = elastic ? 36 : 18 * sites;
    code = eap_check_units(node, elastic ? "hartree" : "hartree/bohrradius", st);
    if (code == POLAR_OK) code = xml_check_count(node, count, st);
    if (code != POLAR_OK) return code;
    x = malloc(count * sizeof *x);
    code = x ? xml_doubles(node, count, 1.0, x, st)
             : polar_fail_memory(st, "reading strain couplings");
  }
  if (code == POLAR_OK && !all_zero(x, count))
    code = polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<%s> is not supported unless all its numbers are zero: %s. Write terms "
                         "of third order as coefficients with <strain> factors",
                         node->name, reason);
  free(x);
  return code;
}

static polar_code read_coupling(const xml_node *node, eap_system *sys, int line_of[6],
                                double *force, polar_status *st)
{
  static const char *const attributes[] = {"voigt", NULL};
  static const char *const children[] = {"strain",
                                         "correction_force",
                                         "elastic3rd",
                                         "correction_strain_force",
                                         "correction_force_constant",
                                         NULL};
  static const char *const none[] = {NULL};
  static const char *const single[] = {"strain", "elastic3rd", "correction_strain_force", NULL};
  const xml_node *child;
  double strain[9];
  int v = 0;
  polar_code code = xml_allow_attributes(node, attributes, st);
  if (code == POLAR_OK) code = xml_allow_children(node, children, st);
  if (code == POLAR_OK) code = xml_attribute_int(node, "voigt", 0, 5, &v, st);
  if (code != POLAR_OK) return code;
  if (line_of[v] > 0)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "second <strain_coupling> with voigt=\"%d\", the first is in line %d", v,
                         line_of[v]);
  line_of[v] = node->line;
  for (int i = 0; single[i] && code == POLAR_OK; i++)
    if (xml_find(node->child, single[i])) code = xml_one_child(node, single[i], &child, st);
  /* the unit strain that `voigt` stands for already: only checked to be one */
  child = xml_find(node->child, "strain");
  if (child && code == POLAR_OK) code = xml_allow_attributes(child, none, st);
  if (child && code == POLAR_OK) code = xml_doubles(child, 9, 1.0, strain, st);
  if (code == POLAR_OK)
    code = child_quantity(node, "correction_force", "hartree/bohrradius", 3 * (size_t)sys->n,
                          HARTREE / BOHR, force, &child, st);
  for (int k = 0; k < sys->n && code == POLAR_OK; k++)
    for (int i = 0; i < 3; i++) sys->strain_force[k][v][i] = force[3 * k + i];
  for (child = node->child; child && code == POLAR_OK; child = child->next)
    if (!xml_is(child, "strain") && !xml_is(child, "correction_force"))
      code = check_third_order(child, sys->n, st);
  return code;
}

static polar_code read_couplings(const xml_node *root, eap_system *sys, polar_status *st)
{
  int line_of[6] = {0}, found = 0;
  const xml_node *node = xml_find(root->child, "strain_coupling");
  if (!node) return POLAR_OK;
  double *force = malloc(3 * (size_t)sys->n * sizeof *force);
  polar_code code = force ? POLAR_OK : polar_fail_memory(st, "reading strain couplings");
  for (; node && code == POLAR_OK; node = xml_find(node->next, "strain_coupling"), found++)
    code = read_coupling(node, sys, line_of, force, st);
  free(force);
  if (code != POLAR_OK || found == 6) return code;
  int missing = 0;
  while (line_of[missing] > 0) missing++;
  return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                       "found %d <strain_coupling> elements, expected all 6 or none: voigt=\"%d\" "
                       "is missing",
                       found, missing);
}

/* -------------------------------------------------------------------------------- the file --- */

static polar_code check_root(const xml_node *root, polar_status *st)
{
  static const char *const none[] = {NULL};
  static const char *const children[] = {"energy",
                                         "unit_cell",
                                         "epsilon_inf",
                                         "elastic",
                                         "atom",
                                         "local_force_constant",
                                         "total_force_constant",
                                         "phonon",
                                         "strain_coupling",
                                         "coefficient",
                                         "Heff_definition",
                                         "Terms_definition",
                                         NULL};
  if (eap_is_coefficient_list(root))
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "found a coefficient file (root <%s>), expected a system file (root "
                         "<System_definition>). The system file comes first, the coefficient file "
                         "second: are the two swapped?",
                         root->name);
  if (!xml_is(root, "System_definition"))
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "found root element <%.60s>, expected <System_definition>: the file that "
                         "MULTIBINIT writes with 'prt_model 3'",
                         root->name);
  const polar_code code = xml_allow_attributes(root, none, st);
  return code == POLAR_OK ? xml_allow_children(root, children, st) : code;
}

static polar_code read_root(const xml_node *root, eap_system *sys, polar_status *st)
{
  const xml_node *node;
  polar_code code = check_root(root, st);
  if (code == POLAR_OK)
    code = child_quantity(root, "energy", "hartree", 1, HARTREE, &sys->energy, &node, st);
  if (code == POLAR_OK) code = read_cell(root, sys, st);
  if (code == POLAR_OK) code = read_eps(root, sys, st);
  if (code == POLAR_OK) code = read_elastic(root, sys, st);
  if (code == POLAR_OK) code = read_atoms(root, sys, st);
  if (code == POLAR_OK)
    code = read_blocks(root, "local_force_constant", sys->n, &sys->nlocal, &sys->local, st);
  if (code == POLAR_OK)
    code = read_blocks(root, "total_force_constant", sys->n, &sys->ntotal, &sys->total, st);
  if (code == POLAR_OK) code = read_couplings(root, sys, st);
  for (const xml_node *c = root->child; c; c = c->next)
    if (eap_is_coefficient_list(c) || xml_is(c, "coefficient")) sys->has_coefficients = 1;
  if (code == POLAR_OK && sys->nlocal == 0 && sys->ntotal == 0)
    code = polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "<%s> has no <local_force_constant> and no <total_force_constant>, "
                         "expected force constants",
                         root->name);
  return code;
}

polar_code eap_parse_system(const char *file, const char *data, size_t size, eap_system **out,
                            polar_status *st)
{
  xml_tree *tree;
  polar_code code = eap_parse_xml(file, data, size, "prt_model 3", &tree, st);
  if (code != POLAR_OK) return code;
  eap_system *sys = calloc(1, sizeof *sys);
  code = sys ? read_root(xml_root(tree), sys, st) : polar_fail_memory(st, "reading a system file");
  xml_free(tree);
  if (code == POLAR_OK) *out = sys;
  else eap_system_free(sys);
  return code;
}

polar_code eap_read_system(const char *path, eap_system **out, polar_status *st)
{
  char *data;
  size_t size;
  if (!out) return polar_fail(st, POLAR_ARGUMENT, "eap_read_system: no place for the result");
  polar_code code = text_read_file(path, TEXT_MAX_SIZE, &data, &size, st);
  if (code != POLAR_OK) return code;
  code = eap_parse_system(path, data, size, out, st);
  free(data);
  return code;
}

void eap_system_free(eap_system *sys)
{
  if (!sys) return;
  for (int i = 0; i < sys->nlocal; i++) free(sys->local[i].phi);
  for (int i = 0; i < sys->ntotal; i++) free(sys->total[i].phi);
  free(sys->local);
  free(sys->total);
  free(sys->mass);
  free(sys->element);
  free(sys->tau);
  free(sys->born);
  free(sys->strain_force);
  free(sys);
}
