/* Compiles a list of terms into distinct displacement monomials over distinct differences. */
#include "eap/eap_polynomial_tables.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* difference^power of term `term`; difference: column and site of the one end, column and site of
 * the other, which is subtracted, direction */
typedef struct {
  int difference[5];
  int power;
  int term;
} term_factor;

typedef struct {
  int first, nfactor; /* place in the list of factors */
  int power[6];       /* of the strain components */
  double value;
  int strain, monomial; /* monomial -1: pure strain */
} kept_term;

typedef struct {
  const eap_factor *factor;
  int nfactor;
  int term;
} monomial_key;

typedef struct {
  int power[6];
  int term;
} strain_key;

typedef struct {
  int cell[3];
  int column;
} cell_key;

typedef struct {
  int ncell, nterm, nfactor;
  cell_key *cell;
  kept_term *term;
  term_factor *factor;
} workspace;

void *eap_polynomial_array(size_t count, size_t size)
{
  return calloc(count ? count : 1, size);
}

static int compare_ints(const int *a, const int *b, int count)
{
  for (int i = 0; i < count; i++)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

static int compare_cells(const void *a, const void *b)
{
  return compare_ints(((const cell_key *)a)->cell, ((const cell_key *)b)->cell, 3);
}

static int compare_cells_stable(const void *a, const void *b)
{
  const int c = compare_cells(a, b);
  return c ? c : compare_ints(&((const cell_key *)a)->column, &((const cell_key *)b)->column, 1);
}

static int compare_differences(const void *a, const void *b)
{
  return compare_ints(((const term_factor *)a)->difference, ((const term_factor *)b)->difference,
                      5);
}

static int compare_term_factors(const void *a, const void *b)
{
  const term_factor *x = a, *y = b;
  const int c = compare_ints(&x->term, &y->term, 1);
  return c ? c : compare_differences(a, b);
}

static int compare_places(const void *a, const void *b)
{
  const eap_place *x = a, *y = b;
  const int c = compare_ints(&x->column, &y->column, 1);
  return c ? c : compare_ints(&x->site, &y->site, 1);
}

static eap_place place_of(const term_factor *f, int end)
{
  const eap_place place = {f->difference[2 * end], f->difference[2 * end + 1]};
  return place;
}

static int compare_strains(const void *a, const void *b)
{
  const strain_key *x = a, *y = b;
  const int c = compare_ints(x->power, y->power, 6);
  return c ? c : compare_ints(&x->term, &y->term, 1);
}

static int compare_monomials(const monomial_key *x, const monomial_key *y)
{
  if (x->nfactor != y->nfactor) return x->nfactor < y->nfactor ? -1 : 1;
  for (int i = 0; i < x->nfactor; i++) {
    const int a[2] = {x->factor[i].difference, x->factor[i].power};
    const int b[2] = {y->factor[i].difference, y->factor[i].power};
    const int c = compare_ints(a, b, 2);
    if (c) return c;
  }
  return 0;
}

static int compare_monomials_stable(const void *a, const void *b)
{
  const monomial_key *x = a, *y = b;
  const int c = compare_monomials(x, y);
  return c ? c : compare_ints(&x->term, &y->term, 1);
}

static int same_site(const eap_difference *d)
{
  return d->site[0] == d->site[1] && !compare_ints(d->cell[0], d->cell[1], 3);
}

/* A factor that is zero by construction makes the term vanish with all its derivatives. */
static int term_counts(const eap_term *t)
{
  if (t->value == 0.0) return 0;
  for (int i = 0; i < t->ndifference; i++)
    if (same_site(&t->difference[i])) return 0;
  return 1;
}

static polar_code check_term(const eap_term *t, int index, int n, polar_status *st)
{
  if (!isfinite(t->value))
    return polar_fail(st, POLAR_ARGUMENT,
                      "Anharmonic term %d (counted from 0): value %g is not a finite number", index,
                      t->value);
  if (t->ndifference < 0 || t->nstrain < 0 || (t->ndifference && !t->difference) ||
      (t->nstrain && !t->strain))
    return polar_fail(st, POLAR_ARGUMENT,
                      "Anharmonic term %d (counted from 0): %d displacement and %d strain factors "
                      "announced, but their list is missing",
                      index, t->ndifference, t->nstrain);
  for (int i = 0; i < t->ndifference; i++) {
    const eap_difference *d = &t->difference[i];
    if (d->site[0] < 0 || d->site[0] >= n || d->site[1] < 0 || d->site[1] >= n)
      return polar_fail(st, POLAR_ARGUMENT,
                        "Anharmonic term %d (counted from 0): sites %d and %d, expected 0 to %d",
                        index, d->site[0], d->site[1], n - 1);
    if (d->dir < 0 || d->dir > 2)
      return polar_fail(st, POLAR_ARGUMENT,
                        "Anharmonic term %d (counted from 0): direction %d, expected 0, 1 or 2",
                        index, d->dir);
    if (d->power < 1 || d->power > EAP_POLYNOMIAL_MAX_POWER)
      return polar_fail(st, POLAR_ARGUMENT,
                        "Anharmonic term %d (counted from 0): displacement power %d, expected 1 to "
                        "%d",
                        index, d->power, EAP_POLYNOMIAL_MAX_POWER);
  }
  for (int i = 0; i < t->nstrain; i++) {
    const eap_strain_power *s = &t->strain[i];
    if (s->voigt < 0 || s->voigt > 5)
      return polar_fail(st, POLAR_ARGUMENT,
                        "Anharmonic term %d (counted from 0): strain component %d, expected 0 to 5 "
                        "(Voigt 11 22 33 23 13 12)",
                        index, s->voigt);
    if (s->power < 1 || s->power > EAP_POLYNOMIAL_MAX_POWER)
      return polar_fail(st, POLAR_ARGUMENT,
                        "Anharmonic term %d (counted from 0): strain power %d, expected 1 to %d",
                        index, s->power, EAP_POLYNOMIAL_MAX_POWER);
  }
  return POLAR_OK;
}

static polar_code too_high(int index, polar_status *st)
{
  return polar_fail(st, POLAR_ARGUMENT,
                    "Anharmonic term %d (counted from 0): repeated factors add up to a power above "
                    "%d; check the coefficient file",
                    index, EAP_POLYNOMIAL_MAX_POWER);
}

static int find_column(const workspace *w, const int cell[3])
{
  cell_key key;
  const cell_key *found;
  memcpy(key.cell, cell, sizeof key.cell);
  found = bsearch(&key, w->cell, (size_t)w->ncell, sizeof key, compare_cells);
  return found ? found->column : -1;
}

/* Distinct cells of the offset table; of equal ones the first column is used. */
static polar_code list_cells(workspace *w, int noffset, const int (*offset)[3], polar_status *st)
{
  w->cell = eap_polynomial_array((size_t)noffset, sizeof *w->cell);
  if (!w->cell) return polar_fail_memory(st, "listing the cells of anharmonic terms");
  for (int o = 0; o < noffset; o++) {
    memcpy(w->cell[o].cell, offset[o], sizeof w->cell[o].cell);
    w->cell[o].column = o;
  }
  qsort(w->cell, (size_t)noffset, sizeof *w->cell, compare_cells_stable);
  for (int o = 0; o < noffset; o++)
    if (!w->ncell || compare_cells(&w->cell[o], &w->cell[w->ncell - 1]))
      w->cell[w->ncell++] = w->cell[o];
  return POLAR_OK;
}

/* Appends a term with its differences in canonical form: smaller site first (a swap of an odd
 * power changes the sign of the value), equal differences joined, strain powers summed. */
static polar_code add_term(workspace *w, const eap_term *t, int index, polar_status *st)
{
  kept_term *k = &w->term[w->nterm];
  term_factor *f = w->factor + w->nfactor;
  int nfactor = 0;

  k->value = t->value;
  for (int i = 0; i < t->ndifference; i++) {
    const eap_difference *d = &t->difference[i];
    term_factor *g = &f[i];
    g->difference[4] = d->dir;
    g->power = d->power;
    g->term = w->nterm;
    for (int end = 0; end < 2; end++) {
      const int column = find_column(w, d->cell[end]);
      if (column < 0)
        return polar_fail(st, POLAR_ARGUMENT,
                          "Anharmonic term %d (counted from 0) reaches cell %d %d %d, which is not "
                          "among the offsets of the neighbor table; list it there",
                          index, d->cell[end][0], d->cell[end][1], d->cell[end][2]);
      g->difference[2 * end] = column;
      g->difference[2 * end + 1] = d->site[end];
    }
    if (compare_ints(g->difference, g->difference + 2, 2) > 0) {
      int swap[2];
      memcpy(swap, g->difference, sizeof swap);
      memmove(g->difference, g->difference + 2, sizeof swap);
      memcpy(g->difference + 2, swap, sizeof swap);
      if (d->power % 2) k->value = -k->value;
    }
  }
  qsort(f, (size_t)t->ndifference, sizeof *f, compare_term_factors);
  for (int i = 0; i < t->ndifference; i++) {
    if (nfactor && !compare_differences(&f[nfactor - 1], &f[i])) {
      f[nfactor - 1].power += f[i].power;
      if (f[nfactor - 1].power > EAP_POLYNOMIAL_MAX_POWER) return too_high(index, st);
    } else {
      f[nfactor++] = f[i];
    }
  }
  for (int i = 0; i < t->nstrain; i++) {
    int *power = &k->power[t->strain[i].voigt];
    *power += t->strain[i].power;
    if (*power > EAP_POLYNOMIAL_MAX_POWER) return too_high(index, st);
  }
  k->first = w->nfactor;
  k->nfactor = nfactor;
  w->nfactor += nfactor;
  w->nterm++;
  return POLAR_OK;
}

static polar_code list_terms(workspace *w, const eap_coefficients *coeffs, int n, polar_status *st)
{
  const size_t most = INT_MAX / (4 * EAP_POLYNOMIAL_MAX_POWER);
  size_t nfactor = 0;
  int nterm = 0;
  for (int t = 0; t < coeffs->nterm; t++) {
    const polar_code code = check_term(&coeffs->term[t], t, n, st);
    if (code) return code;
    if (!term_counts(&coeffs->term[t])) continue;
    nterm++;
    nfactor += (size_t)coeffs->term[t].ndifference;
  }
  if (nfactor > most) /* then even a table of all powers of all factors is indexed by int */
    return polar_fail(st, POLAR_ARGUMENT,
                      "Anharmonic terms hold %zu displacement factors, at most %zu can be used",
                      nfactor, most);
  w->term = eap_polynomial_array((size_t)nterm, sizeof *w->term);
  w->factor = eap_polynomial_array(nfactor, sizeof *w->factor);
  if (!w->term || !w->factor) return polar_fail_memory(st, "listing anharmonic terms");
  for (int t = 0; t < coeffs->nterm; t++) {
    if (!term_counts(&coeffs->term[t])) continue;
    const polar_code code = add_term(w, &coeffs->term[t], t, st);
    if (code) return code;
  }
  return POLAR_OK;
}

/* Sites at lattice offsets that the distinct differences need */
static polar_code list_places(eap_polynomial *p, const term_factor *distinct, polar_status *st)
{
  const size_t most = 2 * (size_t)p->ndifference;

  p->difference = eap_polynomial_array((size_t)p->ndifference, sizeof *p->difference);
  p->place = eap_polynomial_array(most, sizeof *p->place);
  if (!p->difference || !p->place)
    return polar_fail_memory(st, "listing the sites of anharmonic terms");
  for (size_t i = 0; i < most; i++) p->place[i] = place_of(&distinct[i / 2], (int)(i % 2));
  qsort(p->place, most, sizeof *p->place, compare_places);
  for (size_t i = 0; i < most; i++)
    if (!p->nplace || compare_places(&p->place[i], &p->place[p->nplace - 1]))
      p->place[p->nplace++] = p->place[i];
  for (int d = 0; d < p->ndifference; d++)
    for (int end = 0; end < 2; end++) {
      const eap_place place = place_of(&distinct[d], end);
      const eap_place *found =
          bsearch(&place, p->place, (size_t)p->nplace, sizeof place, compare_places);
      p->difference[d][end] = 3 * (int)(found - p->place) + distinct[d].difference[4];
    }
  return POLAR_OK;
}

/* Numbers the distinct differences; factor[] out: the terms' factors in these numbers. */
static polar_code number_differences(eap_polynomial *p, const workspace *w, eap_factor *factor,
                                     polar_status *st)
{
  polar_code code;
  term_factor *distinct = eap_polynomial_array((size_t)w->nfactor, sizeof *distinct);
  int count = 0;

  if (!distinct) return polar_fail_memory(st, "listing the differences of anharmonic terms");
  memcpy(distinct, w->factor, (size_t)w->nfactor * sizeof *distinct);
  qsort(distinct, (size_t)w->nfactor, sizeof *distinct, compare_differences);
  for (int i = 0; i < w->nfactor; i++)
    if (!count || compare_differences(&distinct[i], &distinct[count - 1]))
      distinct[count++] = distinct[i];
  p->ndifference = count;
  for (int i = 0; i < w->nfactor; i++) {
    const term_factor *found =
        bsearch(&w->factor[i], distinct, (size_t)count, sizeof *distinct, compare_differences);
    factor[i].difference = (int)(found - distinct);
    factor[i].power = w->factor[i].power;
  }
  code = list_places(p, distinct, st);
  free(distinct);
  return code;
}

/* Numbers the distinct monomials in the order of their factors. */
static polar_code number_monomials(eap_polynomial *p, workspace *w, const eap_factor *factor,
                                   polar_status *st)
{
  monomial_key *key = eap_polynomial_array((size_t)w->nterm, sizeof *key);
  int count = 0, nfactor = 0;

  p->first_factor = eap_polynomial_array((size_t)w->nterm + 1, sizeof *p->first_factor);
  p->factor = eap_polynomial_array((size_t)w->nfactor, sizeof *p->factor);
  if (!key || !p->first_factor || !p->factor) {
    free(key);
    return polar_fail_memory(st, "listing anharmonic monomials");
  }
  for (int t = 0; t < w->nterm; t++) {
    w->term[t].monomial = -1;
    if (!w->term[t].nfactor) continue;
    key[count].factor = factor + w->term[t].first;
    key[count].nfactor = w->term[t].nfactor;
    key[count++].term = t;
  }
  qsort(key, (size_t)count, sizeof *key, compare_monomials_stable);
  for (int i = 0; i < count; i++) {
    if (!i || compare_monomials(&key[i], &key[i - 1])) {
      memcpy(p->factor + nfactor, key[i].factor, (size_t)key[i].nfactor * sizeof *factor);
      nfactor += key[i].nfactor;
      p->first_factor[++p->nmonomial] = nfactor;
    }
    w->term[key[i].term].monomial = p->nmonomial - 1;
  }
  free(key);
  return POLAR_OK;
}

/* Distinct strain monomials, each with the displacement monomials it multiplies */
static polar_code list_strains(eap_polynomial *p, const workspace *w, const int *renumber,
                               polar_status *st)
{
  strain_key *key = eap_polynomial_array((size_t)w->nterm, sizeof *key);
  int npart = 0;

  p->strain = eap_polynomial_array((size_t)w->nterm + 1, sizeof *p->strain);
  p->part = eap_polynomial_array((size_t)w->nterm, sizeof *p->part);
  if (!key || !p->strain || !p->part) {
    free(key);
    return polar_fail_memory(st, "listing the strain factors of anharmonic terms");
  }
  for (int t = 0; t < w->nterm; t++) {
    memcpy(key[t].power, w->term[t].power, sizeof key[t].power);
    key[t].term = t;
  }
  qsort(key, (size_t)w->nterm, sizeof *key, compare_strains);
  for (int i = 0; i < w->nterm; i++) {
    const kept_term *t = &w->term[key[i].term];
    if (!i || compare_ints(key[i].power, key[i - 1].power, 6)) {
      memcpy(p->strain[p->nstrain].power, key[i].power, sizeof key[i].power);
      p->strain[p->nstrain++].first = npart;
    }
    if (t->monomial < 0) {
      p->strain[p->nstrain - 1].pure += t->value;
      p->nstrain_term++;
    } else {
      p->part[npart].monomial = renumber[t->monomial];
      p->part[npart++].value = t->value;
    }
  }
  p->strain[p->nstrain].first = npart;
  free(key);
  return POLAR_OK;
}

static polar_code compile(eap_polynomial *p, workspace *w, polar_status *st)
{
  polar_code code = POLAR_OK;
  eap_factor *factor = eap_polynomial_array((size_t)w->nfactor, sizeof *factor);
  int *renumber = eap_polynomial_array((size_t)w->nterm, sizeof *renumber);

  if (!factor || !renumber) code = polar_fail_memory(st, "compiling anharmonic terms");
  if (!code) code = number_differences(p, w, factor, st);
  if (!code) code = number_monomials(p, w, factor, st);
  if (!code) code = eap_polynomial_plan(p, renumber, st);
  if (!code) code = list_strains(p, w, renumber, st);
  free(renumber);
  free(factor);
  return code;
}

polar_code eap_polynomial_create(const eap_coefficients *coeffs, int n, int noffset,
                                 const int (*offset)[3], eap_polynomial **out, polar_status *st)
{
  eap_polynomial *p;
  workspace w = {0};
  polar_code code;

  if (!out) return polar_fail(st, POLAR_ARGUMENT, "Nowhere to return the anharmonic polynomial");
  *out = NULL;
  if (!coeffs)
    return polar_fail(st, POLAR_ARGUMENT, "No anharmonic coefficients given; read them first");
  if (coeffs->nterm < 0 || (coeffs->nterm && !coeffs->term))
    return polar_fail(st, POLAR_ARGUMENT, "%d anharmonic terms announced, but the list is missing",
                      coeffs->nterm);
  if (n < 1 || n > INT_MAX / 3)
    return polar_fail(st, POLAR_ARGUMENT, "Crystal of %d sites per cell, expected 1 to %d", n,
                      INT_MAX / 3);
  if (noffset < 0 || (noffset && !offset))
    return polar_fail(st, POLAR_ARGUMENT, "%d lattice offsets announced, but the list is missing",
                      noffset);
  p = eap_polynomial_array(1, sizeof *p);
  if (!p) return polar_fail_memory(st, "compiling anharmonic terms");
  p->n = n;
  code = list_cells(&w, noffset, offset, st);
  if (!code) code = list_terms(&w, coeffs, n, st);
  if (!code) code = compile(p, &w, st);
  free(w.cell);
  free(w.term);
  free(w.factor);
  if (code) {
    eap_polynomial_free(p);
    return code;
  }
  *out = p;
  return POLAR_OK;
}

void eap_polynomial_free(eap_polynomial *p)
{
  if (!p) return;
  free(p->place);
  free(p->difference);
  free(p->first_factor);
  free(p->factor);
  free(p->strain);
  free(p->part);
  free(p->single_first);
  free(p->horner_first);
  free(p->horner_odd);
  free(p->horner_monomial);
  free(p->row_first);
  free(p->group);
  free(p->prefix);
  free(p->leaf);
  free(p->incident);
  free(p->incident_first);
  free(p);
}

int eap_polynomial_monomials(const eap_polynomial *p)
{
  return p->nmonomial;
}
int eap_polynomial_differences(const eap_polynomial *p)
{
  return p->ndifference;
}
int eap_polynomial_strain_terms(const eap_polynomial *p)
{
  return p->nstrain_term;
}
