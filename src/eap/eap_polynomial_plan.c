/* Orders the monomials for evaluation: single differences by Horner's scheme, products in groups
 * with common prefixes. */
#include "eap/eap_polynomial_tables.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  const eap_factor *factor; /* sorted for evaluation */
  int nfactor;
  int old; /* number of the monomial before */
} product;

typedef struct {
  int count; /* products that hold the difference */
  int difference, power;
} ranked_factor;

static int compare_int(int a, int b)
{
  return a < b ? -1 : a > b;
}

static int compare_factors(const eap_factor *a, const eap_factor *b)
{
  const int c = compare_int(a->difference, b->difference);
  return c ? c : compare_int(a->power, b->power);
}

static int compare_products(const void *a, const void *b)
{
  const product *x = a, *y = b;
  int c = compare_int(x->nfactor, y->nfactor);
  for (int i = 0; !c && i < x->nfactor; i++) c = compare_factors(&x->factor[i], &y->factor[i]);
  return c;
}

static int compare_ranks(const void *a, const void *b)
{
  const ranked_factor *x = a, *y = b;
  const int c = compare_int(y->count, x->count);
  return c ? c : compare_int(x->difference, y->difference);
}

static int same_prefix(const product *x, const product *y)
{
  if (x->nfactor != y->nfactor) return 0;
  for (int i = 0; i < x->nfactor - 1; i++)
    if (compare_factors(&x->factor[i], &y->factor[i])) return 0;
  return 1;
}

/* Within a product, the difference that most products hold comes first: common factors then gather
 * in the prefixes. */
static polar_code rank_factors(eap_polynomial *p, polar_status *st)
{
  int *count = eap_polynomial_array((size_t)p->ndifference, sizeof *count);
  ranked_factor *rank = eap_polynomial_array((size_t)p->ndifference, sizeof *rank);

  if (!count || !rank) {
    free(count);
    free(rank);
    return polar_fail_memory(st, "ordering anharmonic monomials");
  }
  for (int m = 0; m < p->nmonomial; m++) {
    const int first = p->first_factor[m], end = p->first_factor[m + 1];
    for (int i = first; end - first > 1 && i < end; i++) count[p->factor[i].difference]++;
  }
  for (int m = 0; m < p->nmonomial; m++) {
    eap_factor *factor = p->factor + p->first_factor[m];
    const int nfactor = p->first_factor[m + 1] - p->first_factor[m];
    for (int i = 0; i < nfactor; i++) {
      rank[i].count = count[factor[i].difference];
      rank[i].difference = factor[i].difference;
      rank[i].power = factor[i].power;
    }
    qsort(rank, (size_t)nfactor, sizeof *rank, compare_ranks);
    for (int i = 0; i < nfactor; i++) {
      factor[i].difference = rank[i].difference;
      factor[i].power = rank[i].power;
    }
  }
  free(count);
  free(rank);
  return POLAR_OK;
}

/* Sorts factor[] and first_factor[]: monomials of one factor first, then by prefix, then by last
 * factor. */
static polar_code sort_monomials(eap_polynomial *p, int *renumber, polar_status *st)
{
  const size_t nfactor = (size_t)p->first_factor[p->nmonomial];
  product *list = eap_polynomial_array((size_t)p->nmonomial, sizeof *list);
  eap_factor *factor = eap_polynomial_array(nfactor, sizeof *factor);
  int end = 0;

  if (!list || !factor) {
    free(list);
    free(factor);
    return polar_fail_memory(st, "ordering anharmonic monomials");
  }
  memcpy(factor, p->factor, nfactor * sizeof *factor);
  for (int m = 0; m < p->nmonomial; m++) {
    list[m].factor = factor + p->first_factor[m];
    list[m].nfactor = p->first_factor[m + 1] - p->first_factor[m];
    list[m].old = m;
  }
  qsort(list, (size_t)p->nmonomial, sizeof *list, compare_products);
  for (int m = 0; m < p->nmonomial; m++) {
    renumber[list[m].old] = m;
    memcpy(p->factor + end, list[m].factor, (size_t)list[m].nfactor * sizeof *factor);
    end += list[m].nfactor;
    p->first_factor[m + 1] = end;
    if (list[m].nfactor == 1) p->nsingle = m + 1;
  }
  free(list);
  free(factor);
  return POLAR_OK;
}

static polar_code plan_singles(eap_polynomial *p, polar_status *st)
{
  const size_t nd = (size_t)p->ndifference;
  size_t nslot = 0;
  int slot = 0, m = 0;

  for (int i = 0; i < p->nsingle; i++) nslot += (size_t)p->factor[i].power + 1;
  p->single_first = eap_polynomial_array(nd + 1, sizeof *p->single_first);
  p->horner_first = eap_polynomial_array(nd + 1, sizeof *p->horner_first);
  p->horner_odd = eap_polynomial_array(nd, sizeof *p->horner_odd);
  p->horner_monomial = eap_polynomial_array(nslot, sizeof *p->horner_monomial);
  if (!p->single_first || !p->horner_first || !p->horner_odd || !p->horner_monomial)
    return polar_fail_memory(st, "ordering anharmonic monomials");
  for (int d = 0; d < p->ndifference; d++) {
    int highest[2] = {0, -1}; /* even, odd power */
    const int first = m;
    for (; m < p->nsingle && p->factor[m].difference == d; m++)
      highest[p->factor[m].power % 2] = p->factor[m].power;
    p->single_first[d + 1] = m;
    p->horner_odd[d] = slot + highest[0] / 2;
    p->horner_first[d + 1] = p->horner_odd[d] + (highest[1] + 1) / 2;
    for (; slot < p->horner_first[d + 1]; slot++) p->horner_monomial[slot] = -1;
    for (int i = first; i < m; i++) {
      const int end = p->factor[i].power % 2 ? p->horner_first[d + 1] : p->horner_odd[d];
      p->horner_monomial[end - (p->factor[i].power + 1) / 2] = i;
    }
  }
  return POLAR_OK;
}

/* Rows for the powers 0, 1, ... that products need, in pairs of an even and an odd power */
static polar_code list_rows(eap_polynomial *p, polar_status *st)
{
  const int nfactor = p->first_factor[p->nmonomial];

  p->row_first = eap_polynomial_array((size_t)p->ndifference + 1, sizeof *p->row_first);
  if (!p->row_first) return polar_fail_memory(st, "ordering anharmonic monomials");
  for (int i = p->nsingle; i < nfactor; i++) {
    int *rows = &p->row_first[p->factor[i].difference + 1];
    const int need = 2 * (p->factor[i].power / 2 + 1);
    if (*rows < need) *rows = need;
  }
  for (int d = 0; d < p->ndifference; d++) p->row_first[d + 1] += p->row_first[d];
  return POLAR_OK;
}

static int row_below(const eap_polynomial *p, const eap_factor *factor)
{
  return p->row_first[factor->difference] + factor->power - 1;
}

static product product_of(const eap_polynomial *p, int m)
{
  const product x = {p->factor + p->first_factor[m], p->first_factor[m + 1] - p->first_factor[m],
                     m};
  return x;
}

static polar_code plan_products(eap_polynomial *p, polar_status *st)
{
  const int nproduct = p->nmonomial - p->nsingle;
  const size_t count = (size_t)nproduct;
  int nprefix = 0;

  p->group = eap_polynomial_array(count, sizeof *p->group);
  p->leaf = eap_polynomial_array(count, sizeof *p->leaf);
  p->prefix = eap_polynomial_array((size_t)p->first_factor[p->nmonomial], sizeof *p->prefix);
  if (!p->group || !p->leaf || !p->prefix)
    return polar_fail_memory(st, "ordering anharmonic monomials");
  for (int i = 0; i < nproduct; i++) {
    const product x = product_of(p, p->nsingle + i);
    const eap_factor *last = &x.factor[x.nfactor - 1];
    int new_group = i == 0;
    if (i) {
      const product before = product_of(p, p->nsingle + i - 1);
      new_group = !same_prefix(&before, &x);
    }
    if (new_group) {
      eap_group *g = &p->group[p->ngroup++];
      g->nprefix = x.nfactor - 1;
      for (int k = 0; k < x.nfactor - 1; k++) {
        p->prefix[nprefix].difference = x.factor[k].difference;
        p->prefix[nprefix].row = row_below(p, &x.factor[k]);
        p->prefix[nprefix++].power = x.factor[k].power;
      }
    }
    p->group[p->ngroup - 1].nleaf++;
    p->leaf[i].difference = last->difference;
    p->leaf[i].row = row_below(p, last);
  }
  return POLAR_OK;
}

/* Counts, sums the counts to the ends of the lists, and fills the lists from behind. */
static polar_code list_incident(eap_polynomial *p, polar_status *st)
{
  const size_t nlist = 6 * (size_t)p->nplace;
  int *end;

  p->incident = eap_polynomial_array(2 * (size_t)p->ndifference, sizeof *p->incident);
  p->incident_first = eap_polynomial_array(nlist + 1, sizeof *p->incident_first);
  if (!p->incident || !p->incident_first)
    return polar_fail_memory(st, "ordering anharmonic monomials");
  end = p->incident_first;
  for (int d = 0; d < p->ndifference; d++)
    for (int sign = 0; sign < 2; sign++) end[2 * p->difference[d][sign] + sign]++;
  for (size_t i = 1; i <= nlist; i++) end[i] += end[i - 1];
  for (int d = p->ndifference - 1; d >= 0; d--)
    for (int sign = 0; sign < 2; sign++) p->incident[--end[2 * p->difference[d][sign] + sign]] = d;
  return POLAR_OK;
}

polar_code eap_polynomial_plan(eap_polynomial *p, int *renumber, polar_status *st)
{
  polar_code code = rank_factors(p, st);
  if (!code) code = sort_monomials(p, renumber, st);
  if (!code) code = plan_singles(p, st);
  if (!code) code = list_rows(p, st);
  if (!code) code = list_incident(p, st);
  if (!code) code = plan_products(p, st);
  return code;
}
