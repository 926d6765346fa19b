#include "gap/gap_dipole_fit.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES 1500 /* environments of an element from which points are chosen */
#define JITTER 1e-10    /* of the largest diagonal element of K: points are linearly independent */

typedef struct {
  int z, npoint;
  double *p1, *p0; /* [npoint][3][nvector], [npoint][dim]; of candidates first */
} selection;

typedef struct {
  gap_dipole *d;
  int nframe;
  const gap_dipole_frame *frame;
  const gap_dipole_options *options;
  gap_dipole_work *work;
  int nelement;
  selection *chosen; /* [nelement] */
  int n;             /* coefficients: three of each point, element after element */
  double *k;         /* [n][n] kernel, then its factor L */
  double *normal;    /* [n][n] */
  double *right;     /* [n] */
  polar_status *st;
} fit;

/* a = L L^T in the lower triangle; the index of the first pivot that is not positive, or -1 */
static int cholesky(int n, double *a)
{
  for (int j = 0; j < n; j++) {
    double *row = a + (size_t)j * n;
    double pivot = row[j];
    for (int k = 0; k < j; k++) pivot -= row[k] * row[k];
    if (!(pivot > 0.0)) return j;
    row[j] = sqrt(pivot);
    /* column j below the diagonal */
    if (j + 1 < n)
      cblas_dgemv(CblasRowMajor, CblasNoTrans, n - j - 1, j, -1.0, a + (size_t)(j + 1) * n, n, row,
                  1, 1.0, a + (size_t)(j + 1) * n + j, n);
    for (int i = j + 1; i < n; i++) a[(size_t)i * n + j] /= row[j];
  }
  return -1;
}

/* --------------------------------------------------------------------------------- selection ---
 */

static double power(double x, int n)
{
  double p = 1.0;
  for (; n > 0; n--) p *= x;
  return p;
}

/* tr K_ij of two environments of one element */
static double similarity(const gap_dipole *d, const selection *s, int i, int j)
{
  const int dim = d->density.dim, nv = 3 * d->nvector;
  const double k1 = cblas_ddot(nv, s->p1 + (size_t)i * nv, 1, s->p1 + (size_t)j * nv, 1);
  if (d->zeta == 1) return k1;
  return k1 * power(cblas_ddot(dim, s->p0 + (size_t)i * dim, 1, s->p0 + (size_t)j * dim, 1),
                    d->zeta - 1);
}

static int count_atoms(const fit *f, int z)
{
  int n = 0;
  for (int k = 0; k < f->nframe; k++)
    for (int i = 0; i < f->frame[k].list->ncentre; i++)
      n += f->frame[k].list->element[f->frame[k].list->type[f->frame[k].list->centre[i]]] == z;
  return n;
}

/* Features of at most CANDIDATES atoms of element s->z, evenly spread over the frames */
static polar_code candidates(const fit *f, selection *s)
{
  const int total = count_atoms(f, s->z), dim = f->d->density.dim;
  const int n = total < CANDIDATES ? total : CANDIDATES;
  const size_t nv = (size_t)3 * f->d->nvector;
  int seen = 0;
  s->p1 = calloc(n * nv, sizeof *s->p1);
  s->p0 = calloc((size_t)n * dim + 1, sizeof *s->p0);
  if (!s->p1 || !s->p0) return polar_fail_memory(f->st, "selecting sparse points");
  for (int k = 0; k < f->nframe; k++) {
    const polar_neighbors *list = f->frame[k].list;
    for (int c = 0; c < list->ncentre; c++) {
      if (list->element[list->type[list->centre[c]]] != s->z) continue;
      const int wanted = (int)((double)(seen + 1) * n / total) > s->npoint;
      seen++;
      if (!wanted) continue;
      const polar_code code =
          gap_dipole_features(f->d, f->work, list, list->centre[c], s->p1 + s->npoint * nv,
                              s->p0 + (size_t)s->npoint * dim, f->st);
      if (code) return code;
      s->npoint++;
    }
  }
  return POLAR_OK;
}

/* Farthest point sampling from the strongest environment; the chosen ones come first */
static polar_code choose(const fit *f, selection *s)
{
  const size_t nv = (size_t)3 * f->d->nvector, dim = f->d->density.dim;
  const int n = s->npoint;
  double *distance = malloc((size_t)n * sizeof *distance), *self = malloc((size_t)n * sizeof *self);
  double *swap = malloc((nv + dim) * sizeof *swap);
  int best = 0, chosen = 0;
  if (!distance || !self || !swap) {
    free(distance);
    free(self);
    free(swap);
    return polar_fail_memory(f->st, "selecting sparse points");
  }
  for (int i = 0; i < n; i++) {
    self[i] = distance[i] = similarity(f->d, s, i, i);
    if (self[i] > self[best]) best = i;
  }
  const double largest = self[best];
  while (chosen < n && chosen < f->options->points && distance[best] > 1e-9 * largest) {
    const int to = chosen++;
    double t;
    memcpy(swap, s->p1 + best * nv, nv * sizeof *swap);
    memmove(s->p1 + best * nv, s->p1 + to * nv, nv * sizeof *swap);
    memcpy(s->p1 + to * nv, swap, nv * sizeof *swap);
    memcpy(swap, s->p0 + best * dim, dim * sizeof *swap);
    memmove(s->p0 + best * dim, s->p0 + to * dim, dim * sizeof *swap);
    memcpy(s->p0 + to * dim, swap, dim * sizeof *swap);
    t = self[best], self[best] = self[to], self[to] = t;
    t = distance[best], distance[best] = distance[to], distance[to] = t;
    best = chosen;
    for (int i = chosen; i < n; i++) {
      const double d = self[i] + self[to] - 2.0 * similarity(f->d, s, i, to);
      if (d < distance[i]) distance[i] = d;
      if (distance[i] > distance[best]) best = i;
    }
    if (chosen == n) break;
  }
  s->npoint = chosen;
  free(distance);
  free(self);
  free(swap);
  return POLAR_OK;
}

/* --------------------------------------------------------------------------------- equations ---
 */

/* K in blocks of elements, with a jitter */
static void kernel(const fit *f)
{
  const int nv = f->d->nvector, dim = f->d->density.dim;
  double largest = 0.0;
  int first = 0;
  for (int e = 0; e < f->nelement; e++) {
    const selection *s = &f->chosen[e];
    for (int i = 0; i < s->npoint; i++)
      for (int j = 0; j <= i; j++) {
        const double k0 =
            f->d->zeta == 1
                ? 1.0
                : power(cblas_ddot(dim, s->p0 + (size_t)i * dim, 1, s->p0 + (size_t)j * dim, 1),
                        f->d->zeta - 1);
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) {
            const size_t row = first + 3 * i + a, column = first + 3 * j + b;
            f->k[row * f->n + column] = k0 * cblas_ddot(nv, s->p1 + ((size_t)3 * i + a) * nv, 1,
                                                        s->p1 + ((size_t)3 * j + b) * nv, 1);
          }
      }
    first += 3 * s->npoint;
  }
  for (int i = 0; i < f->n; i++)
    if (f->k[(size_t)i * f->n + i] > largest) largest = f->k[(size_t)i * f->n + i];
  for (int i = 0; i < f->n; i++) f->k[(size_t)i * f->n + i] += JITTER * largest;
}

/* Column of the design matrix: moment and tensors of a frame under one point and component.
 * born[9 n], ghosts folded back. */
static polar_code column(const fit *f, const gap_dipole *trial, const gap_dipole_frame *frame,
                         double m[3], double *force, double *born)
{
  static const double unit[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
  const size_t all = frame->list->natom;
  gap_result out[3];
  memset(out, 0, sizeof out);
  memset(force, 0, 9 * all * sizeof *force);
  for (int a = 0; a < 3; a++) {
    m[a] = 0.0;
    out[a].force = (double(*)[3])(force + 3 * a * all);
  }
  const polar_code code =
      gap_dipole_evaluate(trial, f->work, frame->list, m, frame->born ? 3 : 0, unit, out, f->st);
  if (code || !frame->born) return code;
  memset(born, 0, (size_t)9 * frame->list->ncentre * sizeof *born);
  for (size_t i = 0; i < all; i++)
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) born[9 * frame->owner[i] + 3 * a + b] += out[a].force[i][b];
  return POLAR_OK;
}

/* Adds a frame's equations, divided by their standard deviations, to the normal equations */
static polar_code add_frame(fit *f, const gap_dipole_frame *frame)
{
  const int natom = frame->list->ncentre, n = f->n;
  const int rows = (frame->dipole ? 3 : 0) + (frame->born ? 9 * natom : 0);
  polar_code code = POLAR_OK;
  double *design = calloc((size_t)rows * n + 1, sizeof *design);
  double *target = calloc((size_t)rows + 1, sizeof *target);
  double *force = malloc((size_t)9 * frame->list->natom * sizeof *force);
  double *born = malloc(((size_t)9 * natom + 1) * sizeof *born);
  if (!design || !target || !force || !born)
    code = polar_fail_memory(f->st, "setting up equations");
  const double wm = 1.0 / (f->options->sigma_dipole * sqrt(natom)),
               wz = 1.0 / f->options->sigma_born;
  const int first = frame->dipole ? 3 : 0;
  for (int a = 0; a < first && !code; a++) target[a] = wm * frame->dipole[a];
  for (int i = 0; i < rows - first && !code; i++)
    target[first + i] = wz * frame->born[i / 9][i % 9];
  for (int e = 0, q = 0; e < f->nelement && !code; e++) {
    const selection *s = &f->chosen[e];
    gap_dipole trial = *f->d;
    gap_dipole_centre centre = {s->z, 1, NULL, NULL};
    trial.ncentre = 1;
    trial.centre = &centre;
    for (int p = 0; p < s->npoint && !code; p++)
      for (int b = 0; b < 3 && !code; b++, q++) {
        double m[3];
        centre.x0 = s->p0 + (size_t)p * f->d->density.dim;
        centre.v = s->p1 + ((size_t)3 * p + b) * f->d->nvector;
        code = column(f, &trial, frame, m, force, born);
        for (int a = 0; a < first; a++) design[(size_t)a * n + q] = wm * m[a];
        for (int i = 0; i < rows - first; i++) design[(size_t)(first + i) * n + q] = wz * born[i];
      }
  }
  if (!code && rows) {
    /* A L^-T, row by row: L x = a */
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, rows, n, 1.0, f->k,
                n, design, n);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, n, rows, 1.0, design, n, 1.0, f->normal, n);
    cblas_dgemv(CblasRowMajor, CblasTrans, rows, n, 1.0, design, n, target, 1, 1.0, f->right, 1);
  }
  free(design);
  free(target);
  free(force);
  free(born);
  return code;
}

/* ------------------------------------------------------------------------------------ result ---
 */

/* Rows V_j = sum_a X1_j,a b_j,a; for zeta = 1 their sum */
static polar_code store(const fit *f)
{
  gap_dipole *d = f->d;
  const int nv = d->nvector, linear = d->zeta == 1;
  d->centre = calloc(f->nelement, sizeof *d->centre);
  if (!d->centre) return polar_fail_memory(f->st, "storing a dipole model");
  for (int e = 0, q = 0; e < f->nelement; e++) {
    const selection *s = &f->chosen[e];
    gap_dipole_centre *c = &d->centre[e];
    c->z = s->z;
    c->nsparse = linear ? 1 : s->npoint;
    c->v = calloc((size_t)c->nsparse * nv, sizeof *c->v);
    if (!linear) c->x0 = malloc((size_t)c->nsparse * d->density.dim * sizeof *c->x0);
    d->ncentre = e + 1;
    d->centre_of[s->z] = (short)e;
    if (!c->v || (!linear && !c->x0)) return polar_fail_memory(f->st, "storing a dipole model");
    if (!linear) memcpy(c->x0, s->p0, (size_t)c->nsparse * d->density.dim * sizeof *c->x0);
    for (int p = 0; p < s->npoint; p++)
      for (int a = 0; a < 3; a++, q++)
        cblas_daxpy(nv, f->right[q], s->p1 + ((size_t)3 * p + a) * nv, 1,
                    c->v + (linear ? 0 : (size_t)p * nv), 1);
  }
  return POLAR_OK;
}

static void drop_centres(gap_dipole *d)
{
  for (int k = 0; k < d->ncentre; k++) {
    free(d->centre[k].x0);
    free(d->centre[k].v);
    d->centre_of[d->centre[k].z] = -1;
  }
  free(d->centre);
  d->centre = NULL;
  d->ncentre = 0;
}

static polar_code solve(fit *f)
{
  const int n = f->n;
  kernel(f);
  int pivot = cholesky(n, f->k);
  if (pivot >= 0)
    return polar_fail(f->st, POLAR_NUMERIC,
                      "the kernel of the sparse points is singular at coefficient %d of %d: "
                      "expected fewer points",
                      pivot + 1, n);
  for (int k = 0; k < f->nframe; k++) {
    const polar_code code = add_frame(f, &f->frame[k]);
    if (code) return code;
  }
  for (int i = 0; i < n; i++) f->normal[(size_t)i * n + i] += 1.0;
  pivot = cholesky(n, f->normal);
  if (pivot >= 0)
    return polar_fail(f->st, POLAR_NUMERIC,
                      "the normal equations are singular at coefficient %d of %d: expected larger "
                      "standard deviations",
                      pivot + 1, n);
  cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, f->normal, n, f->right, 1);
  cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, n, f->normal, n, f->right, 1);
  cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, n, f->k, n, f->right, 1);
  return store(f);
}

static polar_code prepare(fit *f)
{
  int equations = 0;
  for (int k = 0; k < f->nframe; k++) equations += f->frame[k].dipole || f->frame[k].born;
  if (!equations)
    return polar_fail(f->st, POLAR_ARGUMENT,
                      "no configuration has a dipole moment or Born effective charges: nothing to "
                      "fit");
  if (f->options->points < 1 || !(f->options->sigma_dipole > 0.0) ||
      !(f->options->sigma_born > 0.0))
    return polar_fail(f->st, POLAR_ARGUMENT,
                      "%d sparse points, standard deviations %g and %g: expected positive numbers",
                      f->options->points, f->options->sigma_dipole, f->options->sigma_born);
  /* room for one sparse point of trial models */
  gap_dipole_centre one = {0, 1, NULL, NULL};
  gap_dipole trial = *f->d;
  trial.ncentre = 1;
  trial.centre = &one;
  polar_code code = gap_dipole_work_create(&trial, &f->work, f->st);
  f->chosen = calloc(POLAR_MAX_Z + 1, sizeof *f->chosen);
  if (!code && !f->chosen) code = polar_fail_memory(f->st, "selecting sparse points");
  for (int z = 1; z <= POLAR_MAX_Z && !code; z++) {
    if (!f->d->known[z] || !count_atoms(f, z)) continue;
    selection *s = &f->chosen[f->nelement++];
    s->z = z;
    code = candidates(f, s);
    if (!code) code = choose(f, s);
    f->n += 3 * s->npoint;
    if (!code && s->npoint == 0)
      code = polar_fail(f->st, POLAR_NUMERIC,
                        "no environment of %s has features: they are all centres of inversion",
                        polar_element_symbol(z));
  }
  if (code) return code;
  const size_t n = f->n;
  f->k = calloc(n * n, sizeof *f->k);
  f->normal = calloc(n * n, sizeof *f->normal);
  f->right = calloc(n, sizeof *f->right);
  return f->k && f->normal && f->right ? POLAR_OK
                                       : polar_fail_memory(f->st, "setting up equations");
}

polar_code gap_dipole_fit(gap_dipole *d, int nframe, const gap_dipole_frame *frame,
                          const gap_dipole_options *options, polar_status *st)
{
  fit f = {.d = d, .nframe = nframe, .frame = frame, .options = options, .st = st};
  polar_code code = prepare(&f);
  if (!code) code = solve(&f);
  if (code) drop_centres(d);
  for (int e = 0; e < f.nelement; e++) {
    free(f.chosen[e].p1);
    free(f.chosen[e].p0);
  }
  free(f.chosen);
  free(f.k);
  free(f.normal);
  free(f.right);
  gap_dipole_work_free(f.work);
  return code;
}

polar_code gap_dipole_compare(const gap_dipole *d, int nframe, const gap_dipole_frame *frame,
                              gap_dipole_errors *out, polar_status *st)
{
  gap_dipole_work *work = NULL;
  polar_code code = gap_dipole_work_create(d, &work, st);
  double mean[3] = {0.0, 0.0, 0.0};
  memset(out, 0, sizeof *out);
  for (int k = 0; k < nframe; k++)
    for (int a = 0; a < 3 && frame[k].dipole; a++, out->ndipole++)
      mean[a] += frame[k].dipole[a] / frame[k].list->ncentre;
  for (int a = 0; a < 3 && out->ndipole; a++) mean[a] /= out->ndipole / 3;
  for (int k = 0; k < nframe && !code; k++) {
    const polar_neighbors *list = frame[k].list;
    const size_t n = list->ncentre, all = list->natom;
    double m[3] = {0.0, 0.0, 0.0};
    double(*born)[9] = calloc(all + n, sizeof *born);
    if (!born) code = polar_fail_memory(st, "comparing Born effective charges");
    if (!code) code = gap_dipole_evaluate(d, work, list, m, 0, NULL, NULL, st);
    if (!code && frame[k].born) code = gap_dipole_born(d, work, list, born + n, st);
    for (int a = 0; a < 3 && frame[k].dipole && !code; a++) {
      const double error = (m[a] - frame[k].dipole[a]) / (double)n;
      const double spread = frame[k].dipole[a] / (double)n - mean[a];
      out->dipole += error * error;
      out->dipole_spread += spread * spread;
    }
    for (size_t i = 0; i < all && frame[k].born && !code; i++)
      for (int q = 0; q < 9; q++) born[frame[k].owner[i]][q] += born[n + i][q];
    for (size_t i = 0; i < n && frame[k].born && !code; i++)
      for (int q = 0; q < 9; q++, out->nborn++) {
        const double error = born[i][q] - frame[k].born[i][q];
        out->born += error * error;
        out->born_spread += frame[k].born[i][q] * frame[k].born[i][q];
      }
    free(born);
  }
  if (out->ndipole) {
    out->dipole = sqrt(out->dipole / out->ndipole);
    out->dipole_spread = sqrt(out->dipole_spread / out->ndipole);
  }
  if (out->nborn) {
    out->born = sqrt(out->born / out->nborn);
    out->born_spread = sqrt(out->born_spread / out->nborn);
  }
  gap_dipole_work_free(work);
  return code;
}
