/* Energy and gradient of the displacement monomials, EAP_LANES cells at once.
 *
 * Per batch of cells: gather the displacements, form the differences x and the powers of those that
 * occur in products; sum the polynomials in one difference by Horner's scheme and the products
 * group by group; carry dE/dx back to dE/du. Every cell's arithmetic and every sum over cells has a
 * fixed order, whatever the vector width. */
#include "eap/eap_polynomial_tables.h"

#include <stdint.h>

#include "base/simd.h"

#define EAP_LANES POLAR_LANES /* cells of a batch */

/* The scratch array cut up; a value is EAP_LANES doubles, one per cell of the batch */
typedef struct {
  double *energy;    /* [1] sums over all batches */
  double *moment;    /* [nmonomial] likewise */
  double *component; /* [3 nplace] u, later dE/du */
  double *slope;     /* [ndifference] dE/dx */
  double *row;       /* [rows] powers x^0, x^1, ... */
  double *horner;    /* [slots][2] plain numbers: coefficient of x^p, p times it */
  double *product;   /* [products][2] likewise, p the power of the last factor */
} eap_pieces;

static size_t number_of_values(const eap_polynomial *p)
{
  return 1 + (size_t)p->nmonomial + 3 * (size_t)p->nplace + (size_t)p->ndifference +
         (size_t)p->row_first[p->ndifference];
}

size_t eap_polynomial_scratch(const eap_polynomial *p)
{
  return (number_of_values(p) + 1) * EAP_LANES /* one more to align */
         + 2 * (size_t)p->horner_first[p->ndifference] + 2 * (size_t)(p->nmonomial - p->nsingle);
}

static eap_pieces cut(const eap_polynomial *p, double *scratch)
{
  const uintptr_t align = EAP_LANES * sizeof(double), over = (uintptr_t)scratch % align;
  eap_pieces s;
  s.energy = scratch + (over ? (align - over) / sizeof(double) : 0);
  s.moment = s.energy + EAP_LANES;
  s.component = s.moment + (size_t)p->nmonomial * EAP_LANES;
  s.slope = s.component + 3 * (size_t)p->nplace * EAP_LANES;
  s.row = s.slope + (size_t)p->ndifference * EAP_LANES;
  s.horner = s.row + (size_t)p->row_first[p->ndifference] * EAP_LANES;
  s.product = s.horner + 2 * (size_t)p->horner_first[p->ndifference];
  return s;
}

/* The same pieces with the lanes from `lane` on */
static inline eap_pieces eap_pieces_from(const eap_pieces *s, int lane)
{
  eap_pieces part = *s;
  part.energy += lane;
  part.moment += lane;
  part.component += lane;
  part.slope += lane;
  part.row += lane;
  return part;
}

#define WIDTH 1
#define NAME(x) x##_1
#define TARGET
#include "eap/eap_polynomial_kernel.h"

/* GCC 12 compiles vectors that are wider than the processor's into very slow code (1.6 against 0.3
 * us per cell with AVX2), and loops over lanes only in part; hence one kernel per width, no clones.
 */
#if defined(__GNUC__) && !defined(__NVCOMPILER) && !defined(__CUDACC__) &&                         \
    !defined(__INTEL_COMPILER)
#define HAVE_VECTORS 1
#define WIDTH 2
#define NAME(x) x##_2
#define TARGET
#include "eap/eap_polynomial_kernel.h"
#endif

#if defined(HAVE_VECTORS) && defined(__x86_64__)
#define HAVE_WIDE_VECTORS 1
#define WIDTH 4
#define NAME(x) x##_4
#define TARGET __attribute__((target("avx2,fma")))
#include "eap/eap_polynomial_kernel.h"

#define WIDTH 8
#define NAME(x) x##_8
#define TARGET __attribute__((target("avx512f")))
#include "eap/eap_polynomial_kernel.h"
#endif

typedef void (*batch_function)(const eap_polynomial *, const eap_pieces *, int);

int eap_polynomial_width(void)
{
#ifdef HAVE_WIDE_VECTORS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 8;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 4;
#endif
#ifdef HAVE_VECTORS
  return 2;
#else
  return 1;
#endif
}

static batch_function batch_of_width(int width)
{
#ifdef HAVE_WIDE_VECTORS
  if (width == 8) return batch_8;
  if (width == 4) return batch_4;
#endif
#ifdef HAVE_VECTORS
  if (width == 2) return batch_2;
#endif
  (void)width;
  return batch_1;
}

static void fill_coefficients(const eap_polynomial *p, const double *prefactor, const eap_pieces *s)
{
  for (int i = 0; i < p->horner_first[p->ndifference]; i++) {
    const int m = p->horner_monomial[i];
    s->horner[2 * i] = m < 0 ? 0.0 : prefactor[m];
    s->horner[2 * i + 1] = m < 0 ? 0.0 : p->factor[m].power * prefactor[m];
  }
  for (int i = 0, m = p->nsingle; m < p->nmonomial; i++, m++) {
    s->product[2 * i] = prefactor[m];
    s->product[2 * i + 1] = p->factor[p->first_factor[m + 1] - 1].power * prefactor[m];
  }
}

/* Lanes without a cell are given u = 0: their differences vanish, hence their energies and moments;
 * their gradient is not scattered. */
static void gather(const eap_polynomial *p, const eap_lattice *lat, const double *u, size_t cell,
                   int ncell, double *component)
{
  const int *neighbor = lat->neighbor + cell * (size_t)lat->noffset;
  const eap_place *place = p->place;
  const size_t n = (size_t)p->n;
  const int nplace = p->nplace;

  for (int w = 0; w < ncell; w++, neighbor += lat->noffset) {
    double *to = component + w;
    for (int i = 0; i < nplace; i++, to += 3 * EAP_LANES) {
      const double *from = u + ((size_t)neighbor[place[i].column] * n + (size_t)place[i].site) * 3;
      to[0] = from[0];
      to[EAP_LANES] = from[1];
      to[2 * EAP_LANES] = from[2];
    }
  }
  for (int w = ncell; w < EAP_LANES; w++)
    for (size_t v = 0; v < 3 * (size_t)nplace; v++) component[v * EAP_LANES + (size_t)w] = 0.0;
}

/* Lane by lane, because cells of one batch may share a site */
static void scatter(const eap_polynomial *p, const eap_lattice *lat, const double *component,
                    size_t cell, int ncell, double *gradient)
{
  const int *neighbor = lat->neighbor + cell * (size_t)lat->noffset;
  const eap_place *place = p->place;
  const size_t n = (size_t)p->n;
  const int nplace = p->nplace;

  for (int w = 0; w < ncell; w++, neighbor += lat->noffset) {
    const double *from = component + w;
    for (int i = 0; i < nplace; i++, from += 3 * EAP_LANES) {
      double *to = gradient + ((size_t)neighbor[place[i].column] * n + (size_t)place[i].site) * 3;
      to[0] += from[0];
      to[1] += from[EAP_LANES];
      to[2] += from[2 * EAP_LANES];
    }
  }
}

static double lane_sum(const double *value)
{
  double sum = 0.0;
  for (int w = 0; w < EAP_LANES; w++) sum += value[w];
  return sum;
}

double eap_polynomial_evaluate_width(const eap_polynomial *p, const eap_lattice *lat,
                                     const double *prefactor, const double *u, double *gradient,
                                     double *moment, double *scratch, int width)
{
  const batch_function batch = batch_of_width(width);
  const eap_pieces s = cut(p, scratch);
  const size_t nown = (size_t)lat->nown, nmoment = moment ? (size_t)p->nmonomial : 0;

  fill_coefficients(p, prefactor, &s);
  for (size_t i = 0; i < EAP_LANES; i++) s.energy[i] = 0.0;
  for (size_t i = 0; i < nmoment * EAP_LANES; i++) s.moment[i] = 0.0;
  for (size_t cell = 0; cell < nown; cell += EAP_LANES) {
    const int ncell = nown - cell < EAP_LANES ? (int)(nown - cell) : EAP_LANES;
    gather(p, lat, u, cell, ncell, s.component);
    batch(p, &s, moment != NULL);
    scatter(p, lat, s.component, cell, ncell, gradient);
  }
  for (size_t m = 0; m < nmoment; m++) moment[m] = lane_sum(s.moment + m * EAP_LANES);
  return lane_sum(s.energy);
}

double eap_polynomial_evaluate(const eap_polynomial *p, const eap_lattice *lat,
                               const double *prefactor, const double *u, double *gradient,
                               double *moment, double *scratch)
{
  return eap_polynomial_evaluate_width(p, lat, prefactor, u, gradient, moment, scratch,
                                       eap_polynomial_width());
}
