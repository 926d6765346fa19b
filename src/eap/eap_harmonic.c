#include "eap/eap_harmonic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"
#include "coul/lattice_phase.h"
#include "eap/eap_dipole.h"
#include "eap/eap_harmonic_tables.h"

/* Farthest cell of a force constant: far beyond any mesh of wave vectors in use, so that more is a
 * corrupt file */
#define MAX_CELL 128

/* Force constants while they are worked on: cells sorted and closed under R -> -R, with the home
 * cell; a missing block is zero */
typedef struct {
  int n, n3, ncell;
  int (*cell)[3];
  double *phi; /* [ncell][n3][n3] */
} blocks;

static int compare_cells(const void *a, const void *b)
{
  const int *x = a, *y = b;
  for (int c = 0; c < 3; c++)
    if (x[c] != y[c]) return x[c] < y[c] ? -1 : 1;
  return 0;
}

static int find_cell(const blocks *w, int i, int j, int k)
{
  const int key[3] = {i, j, k};
  const int(*hit)[3] = bsearch(key, w->cell, (size_t)w->ncell, sizeof key, compare_cells);
  return (int)(hit - (const int(*)[3])w->cell);
}

static int opposite(const blocks *w, int r)
{
  return find_cell(w, -w->cell[r][0], -w->cell[r][1], -w->cell[r][2]);
}

static double *block_at(const blocks *w, int r)
{
  return w->phi + (size_t)r * (size_t)w->n3 * (size_t)w->n3;
}

/* Which blocks of the file are meant */
static polar_code choose_blocks(const eap_system *sys, int dipole, const eap_block **block,
                                int *nblock, polar_status *st)
{
  *block = sys->nlocal > 0 ? sys->local : sys->total;
  *nblock = sys->nlocal > 0 ? sys->nlocal : sys->ntotal;
  if (*nblock <= 0)
    return polar_fail(st, POLAR_MODEL,
                      "the system file holds no force constants: expected local_force_constant "
                      "(or total_force_constant) elements; write it with multibinit, prt_model 3");
  if (dipole && sys->nlocal <= 0)
    return polar_fail(st, POLAR_MODEL,
                      "the system file holds total_force_constant only, which contain the "
                      "dipole-dipole interaction of one supercell; the long-range style needs "
                      "local_force_constant without it: write the file with multibinit, dipdip 1 "
                      "and prt_model 3, or use pair_style eap");
  for (int k = 0; k < *nblock; k++)
    for (int c = 0; c < 3; c++) {
      const int *cell = (*block)[k].cell;
      if (cell[c] > MAX_CELL || cell[c] < -MAX_CELL)
        return polar_fail(st, POLAR_MODEL,
                          "force constants of cell %d %d %d: expected components within %d; the "
                          "file is corrupt",
                          cell[0], cell[1], cell[2], MAX_CELL);
    }
  return POLAR_OK;
}

static polar_code collect_blocks(const eap_block *block, int nblock, blocks *w, polar_status *st)
{
  const size_t size = (size_t)w->n3 * (size_t)w->n3, most = 2 * (size_t)nblock + 1;
  w->cell = calloc(most, sizeof *w->cell);
  if (!w->cell) return polar_fail_memory(st, "sorting the force constants");
  for (int k = 0; k < nblock; k++)
    for (int c = 0; c < 3; c++) {
      w->cell[2 * k][c] = block[k].cell[c];
      w->cell[2 * k + 1][c] = -block[k].cell[c];
    }
  qsort(w->cell, most, sizeof *w->cell, compare_cells);
  w->ncell = 1;
  for (size_t k = 1; k < most; k++)
    if (compare_cells(w->cell[k], w->cell[w->ncell - 1]))
      memcpy(w->cell[w->ncell++], w->cell[k], sizeof *w->cell);

  w->phi = calloc((size_t)w->ncell * size, sizeof *w->phi);
  char *seen = calloc((size_t)w->ncell, 1);
  if (!w->phi || !seen) {
    free(seen);
    return polar_fail_memory(st, "sorting the force constants");
  }
  for (int k = 0; k < nblock; k++) {
    const int *cell = block[k].cell, r = find_cell(w, cell[0], cell[1], cell[2]);
    if (seen[r]) {
      free(seen);
      return polar_fail(st, POLAR_MODEL,
                        "two blocks of force constants for cell %d %d %d: expected one per cell",
                        cell[0], cell[1], cell[2]);
    }
    seen[r] = 1;
    memcpy(block_at(w, r), block[k].phi, size * sizeof(double));
  }
  free(seen);
  return POLAR_OK;
}

/* Phi(R) <- (Phi(R) + Phi(-R)^T)/2 */
static void symmetrise(blocks *w)
{
  const size_t n3 = (size_t)w->n3;
  for (int r = 0; r < w->ncell; r++) {
    const int o = opposite(w, r);
    if (o < r) continue;
    double *a = block_at(w, r), *b = block_at(w, o);
    for (size_t i = 0; i < n3; i++)
      for (size_t j = 0; j < n3; j++) {
        const double mean = 0.5 * (a[i * n3 + j] + b[j * n3 + i]);
        a[i * n3 + j] = b[j * n3 + i] = mean;
      }
  }
}

/* Acoustic sum rule S_a = sum_{b,R} Phi_ab(R) on the home block.
 *   asr 1: Phi_aa(0) -= S_a
 *   asr 2: Phi_aa(0) <- sym Phi_aa(0) - sym S_a
 * dipole: D_DD(q = 0), its share of S_a, or NULL. With symmetric constants only the symmetric part
 * of S_a can go, which makes 1 and 2 the same. */
static void sum_rule(blocks *w, int asr, int symmetric, const double *dipole)
{
  const size_t n = (size_t)w->n, n3 = (size_t)w->n3;
  double *home = block_at(w, find_cell(w, 0, 0, 0));
  for (size_t a = 0; asr && a < n; a++) {
    double s[3][3] = {{0.0}}, own[3][3];
    for (size_t i = 0; i < 3; i++) {
      for (int r = 0; r < w->ncell; r++) {
        const double *row = block_at(w, r) + (3 * a + i) * n3;
        for (size_t col = 0; col < n3; col++) s[i][col % 3] += row[col];
      }
      for (size_t col = 0; dipole && col < n3; col++)
        s[i][col % 3] += dipole[(3 * a + i) * n3 + col];
      for (size_t j = 0; j < 3; j++) own[i][j] = home[(3 * a + i) * n3 + 3 * a + j];
    }
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < 3; j++)
        home[(3 * a + i) * n3 + 3 * a + j] =
            asr == 2 || symmetric ? 0.5 * (own[i][j] + own[j][i]) - 0.5 * (s[i][j] + s[j][i])
                                  : own[i][j] - s[i][j];
  }
}

static int part_is_zero(const double *phi, size_t n3, size_t a, size_t b)
{
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++)
      if (phi[(3 * a + i) * n3 + 3 * b + j] != 0.0) return 0;
  return 1;
}

/* Columns and parts of the direct sum; har->column NULL: only count */
static void list_parts(const blocks *w, eap_harmonic *har, int *ncolumn, int *npart)
{
  const size_t n3 = (size_t)w->n3;
  *ncolumn = *npart = 0;
  for (int g = 0; g < har->ngroup; g++) {
    const int low = g * EAP_HARMONIC_ROWS,
              high = low + EAP_HARMONIC_ROWS < w->n ? low + EAP_HARMONIC_ROWS : w->n;
    har->group[g] = *ncolumn;
    for (int o = 0; o < har->noffset; o++) {
      const int *cell = har->offset[o];
      const double *phi = block_at(w, find_cell(w, cell[0], cell[1], cell[2]));
      for (int b = 0; b < w->n; b++) {
        const int first = *npart;
        for (int a = low; a < high; a++) {
          if (part_is_zero(phi, n3, (size_t)a, (size_t)b)) continue;
          if (har->part) {
            eap_harmonic_part *part = &har->part[*npart];
            part->row = a - low;
            for (size_t k = 0; k < 9; k++)
              part->phi[k] = phi[(3 * (size_t)a + k / 3) * n3 + 3 * (size_t)b + k % 3];
          }
          ++*npart;
        }
        if (*npart == first) continue;
        if (har->column) {
          har->column[*ncolumn].offset = o;
          har->column[*ncolumn].site = b;
          har->column[*ncolumn].first = first;
        }
        ++*ncolumn;
      }
    }
  }
  har->group[har->ngroup] = *ncolumn;
  if (har->column) har->column[*ncolumn].first = *npart;
}

static polar_code compile_direct(const blocks *w, eap_harmonic *har, polar_status *st)
{
  const size_t size = (size_t)w->n3 * (size_t)w->n3;
  int ncolumn, npart;
  har->ngroup = (w->n + EAP_HARMONIC_ROWS - 1) / EAP_HARMONIC_ROWS;
  har->offset = malloc((size_t)w->ncell * sizeof *har->offset);
  har->group = malloc(((size_t)har->ngroup + 1) * sizeof *har->group);
  if (!har->offset || !har->group) return polar_fail_memory(st, "compiling the force constants");
  for (int r = 0; r < w->ncell; r++) {
    const double *phi = block_at(w, r);
    size_t k = 0;
    while (k < size && phi[k] == 0.0) k++;
    if (k < size) memcpy(har->offset[har->noffset++], w->cell[r], sizeof *w->cell);
  }
  list_parts(w, har, &ncolumn, &npart);
  har->column = calloc((size_t)ncolumn + 1, sizeof *har->column);
  har->part = calloc((size_t)npart + 1, sizeof *har->part);
  if (!har->column || !har->part) return polar_fail_memory(st, "compiling the force constants");
  list_parts(w, har, &ncolumn, &npart);
  return POLAR_OK;
}

/* Copy the elements that are kept: of a symmetric matrix the upper triangle, row by row */
static void pack(const double *full, size_t n3, int symmetric, double sign, double *packed)
{
  for (size_t i = 0, k = 0; i < n3; i++)
    for (size_t j = symmetric ? i : 0; j < n3; j++, k++) packed[k] += sign * full[i * n3 + j];
}

static polar_code compile_dynamical(const blocks *w, eap_harmonic *har, polar_status *st)
{
  const size_t n3 = (size_t)w->n3;
  const int home = find_cell(w, 0, 0, 0); /* sorted and closed: the middle of the list */
  har->nhalf = w->ncell - home;
  har->nelement = har->symmetric ? w->n3 * (w->n3 + 1) / 2 : w->n3 * w->n3;
  const size_t ne = (size_t)har->nelement, nhalf = (size_t)har->nhalf;
  har->half = malloc(nhalf * sizeof *har->half);
  har->plus = calloc(nhalf * ne, sizeof *har->plus);
  har->minus = calloc(nhalf * ne, sizeof *har->minus);
  if (!har->half || !har->plus || !har->minus)
    return polar_fail_memory(st, "compiling the force constants");
  for (int h = 0; h < har->nhalf; h++) {
    const int r = home + h;
    double *plus = har->plus + (size_t)h * ne, *minus = har->minus + (size_t)h * ne;
    for (int c = 0; c < 3; c++) {
      har->half[h][c] = w->cell[r][c];
      if (abs(w->cell[r][c]) > har->rmax[c]) har->rmax[c] = abs(w->cell[r][c]);
    }
    pack(block_at(w, r), n3, har->symmetric, 1.0, plus);
    if (h == 0) continue;
    const double *other = block_at(w, opposite(w, r));
    pack(other, n3, har->symmetric, 1.0, plus);
    pack(block_at(w, r), n3, har->symmetric, 1.0, minus);
    pack(other, n3, har->symmetric, -1.0, minus);
  }
  return POLAR_OK;
}

/* The dipole-dipole part and its share of the sum rule, *at_zero [3n][3n] to be freed */
static polar_code add_dipole(const eap_system *sys, const eap_block *block, int nblock,
                             eap_harmonic *har, double **at_zero, polar_status *st)
{
  const size_t n = (size_t)sys->n, size = 9 * n * n;
  int charged = 0;
  for (size_t k = 0; k < 9 * n; k++) charged |= sys->born[k / 9][k / 3 % 3][k % 3] != 0.0;
  if (!charged)
    return polar_fail(st, POLAR_MODEL,
                      "the Born effective charges of the system file are all zero, so there is no "
                      "dipole-dipole interaction: use pair_style eap");
  har->born = malloc(n * sizeof *har->born);
  if (!har->born) return polar_fail_memory(st, "copying the Born effective charges");
  memcpy(har->born, sys->born, n * sizeof *har->born);
  polar_code code =
      coul_dipole_sum_create((const double(*)[3])sys->cell, sys->n, (const double(*)[3])sys->tau,
                             (const double(*)[3])sys->eps_inf, 1.0, &har->sum, st);
  double ratio;
  if (!code) code = eap_dipole_content(sys, block, nblock, har->sum, &ratio, st);
  if (code) return code;
  if (ratio < EAP_DIPOLE_PRESENT)
    return polar_fail(st, POLAR_MODEL,
                      "double counting: local_force_constant of the system file already hold the "
                      "dipole-dipole interaction (taking it out leaves %.2g of their square at "
                      "long distance; a short-range file gives more than 1, the limit is %g), as "
                      "multibinit writes them with dipdip 0. Write the file with multibinit, "
                      "dipdip 1 and prt_model 3, or use pair_style eap with this one",
                      ratio, EAP_DIPOLE_PRESENT);

  const double zero[3] = {0.0, 0.0, 0.0};
  double *re = calloc(2 * size, sizeof *re);
  double *scratch = malloc(eap_dipole_scratch(har->sum, sys->n) * sizeof *scratch);
  if (!re || !scratch) {
    free(re);
    free(scratch);
    return polar_fail_memory(st, "summing the dipole-dipole interaction");
  }
  eap_dipole_dynamical(har->sum, sys->n, (const double(*)[3][3])har->born, zero, re, re + size,
                       scratch);
  free(scratch);
  *at_zero = re;
  return POLAR_OK;
}

polar_code eap_harmonic_create(const eap_system *sys, const eap_harmonic_options *options,
                               eap_harmonic **out, polar_status *st)
{
  const eap_block *block;
  int nblock;
  *out = NULL;
  if (options->asr < 0 || options->asr > 2)
    return polar_fail(st, POLAR_ARGUMENT, "asr %d: expected 0, 1 or 2", options->asr);
  polar_code code = choose_blocks(sys, options->dipole, &block, &nblock, st);
  if (code) return code;

  blocks work = {.n = sys->n, .n3 = 3 * sys->n};
  double *at_zero = NULL;
  eap_harmonic *har = calloc(1, sizeof *har);
  if (!har) return polar_fail_memory(st, "preparing the harmonic part");
  har->n = work.n;
  har->n3 = work.n3;
  har->symmetric = options->symmetrize != 0;
  code = collect_blocks(block, nblock, &work, st);
  if (!code && options->dipole) code = add_dipole(sys, block, nblock, har, &at_zero, st);
  if (!code) {
    if (har->symmetric) symmetrise(&work);
    sum_rule(&work, options->asr, har->symmetric, at_zero);
    code = compile_direct(&work, har, st);
  }
  if (!code) code = compile_dynamical(&work, har, st);
  free(at_zero);
  free(work.cell);
  free(work.phi);
  if (code) {
    eap_harmonic_free(har);
    return code;
  }
  *out = har;
  return POLAR_OK;
}

void eap_harmonic_free(eap_harmonic *har)
{
  if (!har) return;
  free(har->offset);
  free(har->group);
  free(har->column);
  free(har->part);
  free(har->half);
  free(har->plus);
  free(har->minus);
  free(har->born);
  coul_dipole_sum_free(har->sum);
  free(har);
}

int eap_harmonic_lacks_dipole(const eap_system *sys)
{
  const eap_block *block;
  coul_dipole_sum *sum = NULL;
  int nblock;
  double ratio = 1.0;
  if (choose_blocks(sys, 0, &block, &nblock, NULL)) return 0;
  if (coul_dipole_sum_create((const double(*)[3])sys->cell, sys->n, (const double(*)[3])sys->tau,
                             (const double(*)[3])sys->eps_inf, 1.0, &sum, NULL))
    return 0;
  const polar_code code = eap_dipole_content(sys, block, nblock, sum, &ratio, NULL);
  coul_dipole_sum_free(sum);
  return !code && ratio > EAP_DIPOLE_ABSENT;
}

int eap_harmonic_offsets(const eap_harmonic *har, const int (**offset)[3])
{
  *offset = (const int(*)[3])har->offset;
  return har->noffset;
}

size_t eap_harmonic_scratch(const eap_harmonic *har)
{
  return (size_t)lattice_phase_work(har->rmax) + 2 * (size_t)har->nhalf +
         2 * (size_t)har->nelement + (har->sum ? eap_dipole_scratch(har->sum, har->n) : 0);
}

/* re += sum_h cosine_h plus_h, im += sum_h sine_h minus_h */
POLAR_CLONES static void add_blocks(int nhalf, int nelement, const double *restrict cosine,
                                    const double *restrict sine, const double *restrict plus,
                                    const double *restrict minus, double *restrict re,
                                    double *restrict im)
{
  for (int h = 0; h < nhalf; h++) {
    const double c = cosine[h], s = sine[h];
    const double *p = plus + (size_t)h * (size_t)nelement;
    const double *m = minus + (size_t)h * (size_t)nelement;
    for (int k = 0; k < nelement; k++) {
      re[k] += c * p[k];
      im[k] += s * m[k];
    }
  }
}

void eap_harmonic_dynamical(const eap_harmonic *har, const double q[3], double *re, double *im,
                            double *scratch)
{
  const size_t n3 = (size_t)har->n3, ne = (size_t)har->nelement;
  double *cosine = scratch + lattice_phase_work(har->rmax), *sine = cosine + har->nhalf;
  double *pre = sine + har->nhalf, *pim = pre + ne;
  lattice_phases(q, har->rmax, har->nhalf, (const int(*)[3])har->half, scratch, cosine, sine);
  for (size_t k = 0; k < 2 * ne; k++) pre[k] = 0.0;
  add_blocks(har->nhalf, har->nelement, cosine, sine, har->plus, har->minus, pre, pim);
  for (size_t i = 0, k = 0; i < n3; i++)
    for (size_t j = har->symmetric ? i : 0; j < n3; j++, k++) {
      re[i * n3 + j] = pre[k];
      im[i * n3 + j] = pim[k];
      if (!har->symmetric || j == i) continue;
      re[j * n3 + i] = pre[k];
      im[j * n3 + i] = -pim[k];
    }
  if (har->sum)
    eap_dipole_dynamical(har->sum, har->n, (const double(*)[3][3])har->born, q, re, im, pim + ne);
}
