/* Coefficient XML of MULTIBINIT -> eap_coefficients.
 *
 * Atoms count from 0 and Voigt components from 1 here (from 0 in the system XML). Cells are
 * relative to the home cell; that of atom a need not be 0 0 0. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "eap/eap_read.h"
#include "io/text.h"

static const char *const no_names[] = {NULL};

/* ----------------------------------------------------------------------------------- terms --- */

static polar_code read_cell(const xml_node *node, const char *name, int cell[3], polar_status *st)
{
  const xml_node *child;
  polar_code code = xml_one_child(node, name, &child, st);
  if (code == POLAR_OK) code = xml_allow_attributes(child, no_names, st);
  return code == POLAR_OK ? xml_ints(child, 3, -EAP_MAX_CELL, EAP_MAX_CELL, cell, st) : code;
}

static polar_code read_site(const xml_node *node, const char *name, int n, int *site,
                            polar_status *st)
{
  const polar_code code = xml_attribute_int(node, name, 0, EAP_MAX_SITES, site, st);
  if (code != POLAR_OK || *site < n) return code;
  return polar_fail_at(
      st, POLAR_MODEL, node->file, node->line,
      "%s=\"%d\", but the system has %d atoms, counted from 0: do the coefficients "
      "belong to another system?",
      name, *site, n);
}

static polar_code read_direction(const xml_node *node, int *dir, polar_status *st)
{
  const char *value = xml_value(node, "direction");
  for (*dir = 0; *dir < 3; ++*dir)
    if (value && value[0] == "xyz"[*dir] && value[1] == '\0') return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                       "direction=\"%.60s\" of <%s>, expected x, y or z", value ? value : "",
                       node->name);
}

static polar_code read_difference(const xml_node *node, int n, eap_difference *d, polar_status *st)
{
  static const char *const attributes[] = {"atom_a", "atom_b", "direction", "power", NULL};
  static const char *const children[] = {"cell_a", "cell_b", NULL};
  polar_code code = xml_allow_attributes(node, attributes, st);
  if (code == POLAR_OK) code = xml_allow_children(node, children, st);
  if (code == POLAR_OK) code = read_site(node, "atom_a", n, &d->site[0], st);
  if (code == POLAR_OK) code = read_site(node, "atom_b", n, &d->site[1], st);
  if (code == POLAR_OK) code = read_direction(node, &d->dir, st);
  if (code == POLAR_OK) code = xml_attribute_int(node, "power", 1, EAP_MAX_POWER, &d->power, st);
  if (code == POLAR_OK) code = read_cell(node, "cell_a", d->cell[0], st);
  if (code == POLAR_OK) code = read_cell(node, "cell_b", d->cell[1], st);
  if (code != POLAR_OK) return code;
  if (d->site[0] == d->site[1] && memcmp(d->cell[0], d->cell[1], sizeof d->cell[0]) == 0)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<%s> of atom %d in cell %d %d %d with itself: it is always 0", node->name,
                         d->site[0], d->cell[0][0], d->cell[0][1], d->cell[0][2]);
  return POLAR_OK;
}

static polar_code read_strain(const xml_node *node, eap_strain_power *s, polar_status *st)
{
  static const char *const attributes[] = {"power", "voigt", NULL};
  polar_code code = xml_allow_attributes(node, attributes, st);
  if (code == POLAR_OK) code = xml_allow_children(node, no_names, st);
  if (code == POLAR_OK) code = xml_attribute_int(node, "voigt", 1, 6, &s->voigt, st);
  if (code == POLAR_OK) code = xml_attribute_int(node, "power", 1, EAP_MAX_POWER, &s->power, st);
  s->voigt--;
  return code;
}

/* term->value comes in as the coefficient's value, Ha/bohr^p */
static polar_code read_term(const xml_node *node, int n, eap_term *term, polar_status *st)
{
  static const char *const attributes[] = {"weight", NULL};
  static const char *const children[] = {"displacement_diff", "strain", NULL};
  double weight = 0.0;
  polar_code code = xml_allow_attributes(node, attributes, st);
  if (code == POLAR_OK) code = xml_allow_children(node, children, st);
  if (code == POLAR_OK) code = xml_attribute_double(node, "weight", &weight, st);
  if (code != POLAR_OK) return code;
  const int ndifference = xml_count(node, "displacement_diff");
  const int nstrain = xml_count(node, "strain");
  if (ndifference + nstrain == 0)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<%s> has no <displacement_diff> and no <strain>, expected at least one",
                         node->name);
  if (ndifference) term->difference = malloc((size_t)ndifference * sizeof *term->difference);
  if (nstrain) term->strain = malloc((size_t)nstrain * sizeof *term->strain);
  if ((ndifference && !term->difference) || (nstrain && !term->strain))
    return polar_fail_memory(st, "reading coefficients");
  double scale = POLAR_HARTREE_EV;
  for (const xml_node *c = node->child; c && code == POLAR_OK; c = c->next) {
    if (xml_is(c, "strain")) {
      code = read_strain(c, &term->strain[term->nstrain++], st);
    } else {
      eap_difference *d = &term->difference[term->ndifference++];
      code = read_difference(c, n, d, st);
      for (int i = 0; i < d->power && code == POLAR_OK; i++) scale /= POLAR_BOHR_ANGSTROM;
    }
  }
  if (code != POLAR_OK) return code;
  term->value *= weight * scale;
  if (!isfinite(term->value))
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "value times weight of this <%s> is too large", node->name);
  return POLAR_OK;
}

/* --------------------------------------------------------------------------- coefficients --- */

typedef struct {
  int number, line;
} numbered;

static int compare_numbers(const void *a, const void *b)
{
  const numbered *x = a, *y = b;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  return (x->line > y->line) - (x->line < y->line);
}

/* A number that occurs twice shows that two files were run together. MULTIBINIT does not use it, so
 * it may be absent. Sorts `list`. */
static polar_code check_numbers(const char *file, numbered *list, int count, polar_status *st)
{
  qsort(list, (size_t)count, sizeof *list, compare_numbers);
  for (int i = 1; i < count; i++)
    if (list[i].number == list[i - 1].number)
      return polar_fail_at(st, POLAR_MODEL, file, list[i].line,
                           "second <coefficient> with number=\"%d\", the first is in line %d; "
                           "number them differently if both are meant",
                           list[i].number, list[i - 1].line);
  return POLAR_OK;
}

static polar_code copy_text(const xml_node *node, char **text, polar_status *st)
{
  const char *label = xml_value(node, "text");
  if (!label) label = "";
  *text = malloc(strlen(label) + 1);
  if (!*text) return polar_fail_memory(st, "reading coefficients");
  strcpy(*text, label);
  return POLAR_OK;
}

/* Coefficient number i of the file; its terms are appended */
static polar_code read_coefficient(const xml_node *node, int i, int n, eap_coefficients *coeffs,
                                   double *value, polar_status *st)
{
  static const char *const attributes[] = {"number", "value", "text", NULL};
  static const char *const children[] = {"term", NULL};
  polar_code code = xml_allow_attributes(node, attributes, st);
  if (code == POLAR_OK) code = xml_allow_children(node, children, st);
  if (code == POLAR_OK) code = copy_text(node, &coeffs->text[i], st);
  *value = 0.0;
  if (!xml_value(node, "value")) coeffs->nvalueless++;
  else if (code == POLAR_OK) code = xml_attribute_double(node, "value", value, st);
  if (code != POLAR_OK) return code;
  if (!node->child)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<%s> has no <term>, expected at least one", node->name);
  for (const xml_node *t = node->child; t && code == POLAR_OK; t = t->next) {
    const int k = coeffs->nterm++;
    coeffs->coefficient[k] = i;
    coeffs->term[k].value = *value;
    code = read_term(t, n, &coeffs->term[k], st);
  }
  return code;
}

/* The element whose children are the coefficients: the root, or what a system file of `prt_model 1`
 * holds (a list of its own, or the coefficients themselves) */
static polar_code find_list(const xml_node *root, const xml_node **list, polar_status *st)
{
  *list = root;
  if (eap_is_coefficient_list(root)) return POLAR_OK;
  if (!xml_is(root, "System_definition"))
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "found root element <%.60s>, expected <Heff_definition>: the coefficient "
                         "file that MULTIBINIT writes with 'prt_model 4'",
                         root->name);
  const xml_node *first = NULL;
  int direct = 0;
  for (const xml_node *c = root->child; c; c = c->next) {
    const int is_list = eap_is_coefficient_list(c), is_direct = xml_is(c, "coefficient");
    if (!is_list && !is_direct) continue;
    if (first && !(direct && is_direct))
      return polar_fail_at(st, POLAR_MODEL, c->file, c->line,
                           "second list of coefficients <%s>, the first, <%s>, is in line %d",
                           c->name, first->name, first->line);
    if (!first) first = c;
    direct = is_direct;
  }
  if (!first)
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "found a system file (root <%s>) without coefficients, expected a "
                         "coefficient file (root <Heff_definition>), written by MULTIBINIT with "
                         "'prt_model 4'. The system file comes first, the coefficient file second: "
                         "are the two swapped? For a harmonic model give NULL instead",
                         root->name);
  if (!direct) *list = first;
  return POLAR_OK;
}

static polar_code read_list(const xml_node *list, int n, eap_coefficients *coeffs, polar_status *st)
{
  static const char *const children[] = {"coefficient", NULL};
  polar_code code = POLAR_OK;
  if (eap_is_coefficient_list(list)) {
    code = xml_allow_attributes(list, no_names, st);
    if (code == POLAR_OK) code = xml_allow_children(list, children, st);
    if (code != POLAR_OK) return code;
  }
  const int ncoefficient = xml_count(list, "coefficient");
  if (ncoefficient == 0)
    return polar_fail_at(st, POLAR_MODEL, list->file, list->line,
                         "<%s> has no <coefficient>, expected at least one. For a harmonic model "
                         "give NULL instead of a coefficient file",
                         list->name);
  const xml_node *first = xml_find(list->child, "coefficient");
  int nterm = 0;
  for (const xml_node *c = first; c; c = xml_find(c->next, "coefficient"))
    nterm += xml_count(c, "term");
  /* one more term, so that no size is 0 */
  coeffs->term = calloc((size_t)nterm + 1, sizeof *coeffs->term);
  coeffs->coefficient = malloc(((size_t)nterm + 1) * sizeof *coeffs->coefficient);
  coeffs->text = calloc((size_t)ncoefficient, sizeof *coeffs->text);
  numbered *numbers = malloc((size_t)ncoefficient * sizeof *numbers);
  if (coeffs->text) coeffs->ncoefficient = ncoefficient;
  if (!coeffs->term || !coeffs->coefficient || !coeffs->text || !numbers)
    code = polar_fail_memory(st, "reading coefficients");
  int i = 0, nnumber = 0, nonzero = 0;
  for (const xml_node *c = first; c && code == POLAR_OK;
       c = xml_find(c->next, "coefficient"), i++) {
    double value = 0.0;
    if (xml_value(c, "number")) {
      numbers[nnumber].line = c->line;
      code = xml_attribute_int(c, "number", 0, INT_MAX, &numbers[nnumber].number, st);
      nnumber++;
    }
    if (code == POLAR_OK) code = read_coefficient(c, i, n, coeffs, &value, st);
    nonzero += value != 0.0;
  }
  if (code == POLAR_OK) code = check_numbers(list->file, numbers, nnumber, st);
  free(numbers);
  if (code == POLAR_OK && nonzero == 0)
    code =
        polar_fail_at(st, POLAR_MODEL, list->file, list->line,
                      "none of the %d coefficients has a value other than 0: this is a basis "
                      "file, whose values stand in MULTIBINIT's input (ncoeff, coefficients). "
                      "Run MULTIBINIT on it with 'prt_model 4' and give the file that it writes; "
                      "for a harmonic model give NULL",
                      ncoefficient);
  return code;
}

/* -------------------------------------------------------------------------------- the file --- */

polar_code eap_parse_coefficients(const char *file, const char *data, size_t size,
                                  const eap_system *sys, eap_coefficients **out, polar_status *st)
{
  xml_tree *tree;
  const xml_node *list = NULL;
  polar_code code = eap_parse_xml(file, data, size, "prt_model 4", &tree, st);
  if (code != POLAR_OK) return code;
  eap_coefficients *coeffs = calloc(1, sizeof *coeffs);
  code =
      coeffs ? find_list(xml_root(tree), &list, st) : polar_fail_memory(st, "reading coefficients");
  if (code == POLAR_OK) code = read_list(list, sys->n, coeffs, st);
  xml_free(tree);
  if (code == POLAR_OK) *out = coeffs;
  else eap_coefficients_free(coeffs);
  return code;
}

polar_code eap_read_coefficients(const char *path, const eap_system *sys, eap_coefficients **out,
                                 polar_status *st)
{
  char *data;
  size_t size;
  if (!sys || !out)
    return polar_fail(st, POLAR_ARGUMENT,
                      "eap_read_coefficients: no system or no place for the result");
  polar_code code = text_read_file(path, TEXT_MAX_SIZE, &data, &size, st);
  if (code != POLAR_OK) return code;
  code = eap_parse_coefficients(path, data, size, sys, out, st);
  free(data);
  return code;
}

void eap_coefficients_free(eap_coefficients *coeffs)
{
  if (!coeffs) return;
  for (int i = 0; i < coeffs->nterm; i++) {
    free(coeffs->term[i].difference);
    free(coeffs->term[i].strain);
  }
  for (int i = 0; i < coeffs->ncoefficient; i++) free(coeffs->text[i]);
  free(coeffs->term);
  free(coeffs->coefficient);
  free(coeffs->text);
  free(coeffs);
}
