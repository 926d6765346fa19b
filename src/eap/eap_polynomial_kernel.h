/* Arithmetic of eap_polynomial_evaluate for vectors of one width; no include guard, because
 * eap_polynomial_evaluate.c includes it once per width. Before inclusion define
 *   WIDTH   doubles in a vector
 *   NAME(x) x with a suffix of that width
 *   TARGET  attribute that admits the instructions, or nothing
 * A value v of all cells of a batch is v[EAP_LANES]; the functions work on WIDTH of them. */

#if WIDTH > 1
typedef double NAME(vector) __attribute__((vector_size(8 * WIDTH), may_alias));
#else
typedef double NAME(vector);
#endif

#define VECTOR NAME(vector)
/* The part of value i of array x that a call works on */
#define AT(x, i) (*(VECTOR *)((x) + (size_t)(i)*EAP_LANES))
#define READ(x, i) (*(const VECTOR *)((x) + (size_t)(i)*EAP_LANES))

/* Differences, their powers, and the monomials of one difference */
TARGET static void NAME(singles)(const eap_polynomial *p, const eap_pieces *s)
{
  const double *restrict horner = s->horner;
  const double *restrict u = s->component;
  double *restrict slope = s->slope, *restrict row = s->row;
  const int *restrict even_end = p->horner_odd, *restrict odd_end = p->horner_first + 1;
  const int *restrict row_first = p->row_first;
  const int nd = p->ndifference;
  const VECTOR zero = {0.0};
  VECTOR energy = READ(s->energy, 0);
  int i = 0;

  for (int d = 0; d < nd; d++) {
    const VECTOR x = READ(u, p->difference[d][0]) - READ(u, p->difference[d][1]);
    const VECTOR y = x * x;
    VECTOR even = zero, deven = zero, odd = zero, dodd = zero;

    for (; i < even_end[d]; i++) {
      even = even * y + horner[2 * i];
      deven = deven * y + horner[2 * i + 1];
    }
    for (; i < odd_end[d]; i++) {
      odd = odd * y + horner[2 * i];
      dodd = dodd * y + horner[2 * i + 1];
    }
    energy += even * y + odd * x;
    AT(slope, d) = deven * x + dodd;

    even = zero + 1.0;
    odd = x;
    for (int k = row_first[d]; k < row_first[d + 1]; k += 2) {
      AT(row, k) = even;
      AT(row, k + 1) = odd;
      even *= y;
      odd *= y;
    }
  }
  AT(s->energy, 0) = energy;
}

/* Products: each group adds A sum_i c_i B_i, with the prefix A and the last factors B */
TARGET static void NAME(products)(const eap_polynomial *p, const eap_pieces *s)
{
  const double *restrict c = s->product;
  const double *restrict row = s->row;
  double *restrict slope = s->slope;
  const eap_group *restrict group = p->group;
  const eap_prefix *restrict prefix = p->prefix;
  const eap_leaf *restrict leaf = p->leaf;
  const VECTOR zero = {0.0};
  VECTOR energy = READ(s->energy, 0);

  for (const eap_group *end = group + p->ngroup; group < end; group++) {
    const int nprefix = group->nprefix, first = prefix[0].row;
    VECTOR a = READ(row, first + 1), sum = zero;

    for (int k = 1; k < nprefix; k++) a *= READ(row, prefix[k].row + 1);
    for (const eap_leaf *stop = leaf + group->nleaf; leaf < stop; leaf++, c += 2) {
      sum += c[0] * READ(row, leaf->row + 1);
      AT(slope, leaf->difference) += c[1] * a * READ(row, leaf->row);
    }
    energy += a * sum;
    if (nprefix == 1) {
      AT(slope, prefix[0].difference) += sum * prefix[0].power * READ(row, first);
    } else if (nprefix == 2) {
      const int second = prefix[1].row;
      AT(slope, prefix[0].difference) +=
          sum * prefix[0].power * READ(row, first) * READ(row, second + 1);
      AT(slope, prefix[1].difference) +=
          sum * prefix[1].power * READ(row, first + 1) * READ(row, second);
    } else {
      for (int k = 0; k < nprefix; k++) {
        VECTOR t = sum * prefix[k].power * READ(row, prefix[k].row);
        for (int j = 0; j < nprefix; j++)
          if (j != k) t *= READ(row, prefix[j].row + 1);
        AT(slope, prefix[k].difference) += t;
      }
    }
    prefix += nprefix;
  }
  AT(s->energy, 0) = energy;
}

/* Bare monomials */
TARGET static void NAME(moments)(const eap_polynomial *p, const eap_pieces *s)
{
  const double *restrict row = s->row, *restrict u = s->component;
  double *restrict moment = s->moment;
  const eap_prefix *restrict prefix = p->prefix;
  const eap_leaf *restrict leaf = p->leaf;
  const VECTOR zero = {0.0};
  int m = 0;

  for (int d = 0; d < p->ndifference; d++) {
    const VECTOR x = READ(u, p->difference[d][0]) - READ(u, p->difference[d][1]);
    VECTOR power = zero + 1.0;
    int q = 0;
    for (; m < p->single_first[d + 1]; m++) {
      for (; q < p->factor[m].power; q++) power *= x;
      AT(moment, m) += power;
    }
  }
  for (int g = 0; g < p->ngroup; g++) {
    VECTOR a = READ(row, prefix++->row + 1);
    for (int k = 1; k < p->group[g].nprefix; k++) a *= READ(row, prefix++->row + 1);
    for (const eap_leaf *stop = leaf + p->group[g].nleaf; leaf < stop; leaf++)
      AT(moment, m++) += a * READ(row, leaf->row + 1);
  }
}

/* dE/dx of the differences to dE/du of the components */
TARGET static void NAME(spread)(const eap_polynomial *p, const eap_pieces *s)
{
  const double *restrict slope = s->slope;
  double *restrict component = s->component;
  const int *restrict end = p->incident_first + 1, *restrict incident = p->incident;
  const int n = 3 * p->nplace;
  const VECTOR zero = {0.0};
  int i = 0;

  for (int v = 0; v < n; v++) {
    VECTOR sum = zero;
    for (; i < end[2 * v]; i++) sum += READ(slope, incident[i]);
    for (; i < end[2 * v + 1]; i++) sum -= READ(slope, incident[i]);
    AT(component, v) = sum;
  }
}

static void NAME(batch)(const eap_polynomial *p, const eap_pieces *s, int with_moments)
{
  for (int lane = 0; lane < EAP_LANES; lane += WIDTH) {
    const eap_pieces part = eap_pieces_from(s, lane);
    NAME(singles)(p, &part);
    NAME(products)(p, &part);
    if (with_moments) NAME(moments)(p, &part);
    NAME(spread)(p, &part);
  }
}

#undef VECTOR
#undef AT
#undef READ
#undef WIDTH
#undef NAME
#undef TARGET
