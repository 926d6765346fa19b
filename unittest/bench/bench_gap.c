/* Time of a kernel GAP model per atom and step on one core, without LAMMPS.
 *
 *   OPENBLAS_NUM_THREADS=1 bench_gap [n_max 8] [l_max 6] [sparse points 1000] [cells 4] [repeats 5]
 *                                    [threads 1]
 *
 * A made-up SOAP model of Ba, Ti and O (its numbers mean nothing) on a distorted perovskite of
 * cells^3 * 5 atoms, about 52 neighbors. Prints CPU time of the fastest evaluation, and its matrix
 * products beside the same products alone. */
#define _POSIX_C_SOURCE 200112L

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gap/gap_read.h"

static double cpu_time(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others on the machine do not count */
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double wall_time(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double next_random(unsigned long long *state)
{
  *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (double)(*state >> 11) / 9007199254740992.0;
}

static char *sparse_text(int sparse, int dim, size_t *size, unsigned long long *state)
{
  char *text = malloc((size_t)sparse * dim * 7 + 1), *at = text;
  const int scale = (int)(2e5 / sqrt(dim / 3.0)); /* random vectors of norm about 1 */
  for (long k = 0; text && k < (long)sparse * dim; k++)
    at += sprintf(at, ".%05d\n", (int)(next_random(state) * scale) % 100000);
  *size = (size_t)(at - text);
  return text;
}

static gap_model *make_model(int nmax, int lmax, int sparse, int *dim)
{
  static const int element[3] = {8, 22, 56};
  unsigned long long state = 1;
  const int nc = 3 * nmax;
  *dim = nc * (nc + 1) / 2 * (lmax + 1) + 1;
  size_t size, room = 4096 + (size_t)3 * sparse * 80;
  char *points = sparse_text(sparse, *dim, &size, &state), *text = malloc(room), *at = text;
  if (!points || !text) return NULL;
  at += sprintf(at, "<L><Potential init_args=\"IP GAP label=L\"/><GAP_params label=\"L\" "
                    "gap_version=\"1700000000\"><GAP_data/><gpSparse n_coordinate=\"3\">");
  for (int k = 0; k < 3; k++) {
    at += sprintf(at,
                  "<gpCoordinates dimensions=\"%d\" signal_variance=\"0.2\" covariance_type=\"2\" "
                  "zeta=\"4\" n_sparseX=\"%d\" sparseX_filename=\"x\"><descriptor>soap l_max=%d "
                  "n_max=%d atom_sigma=0.5 cutoff=5.5 cutoff_transition_width=0.8 n_species=3 "
                  "species_Z={8 22 56} Z=%d</descriptor>",
                  *dim, sparse, lmax, nmax, element[k]);
    for (int s = 0; s < sparse; s++)
      at += sprintf(at, "<sparseX i=\"%d\" alpha=\"%.4f\" sparseCutoff=\"1\"/>\n", s + 1,
                    next_random(&state) - 0.5);
    at += sprintf(at, "</gpCoordinates>");
  }
  at += sprintf(at, "</gpSparse></GAP_params></L>");
  const gap_file file = {"x", points, size};
  xml_tree *tree = NULL;
  gap_model *m = NULL;
  polar_status st = {0};
  if (xml_parse("made up", text, (size_t)(at - text), &tree, &st) ||
      gap_parse(tree, 1, &file, &m, &st))
    fprintf(stderr, "%s\n", st.text);
  xml_free(tree);
  free(points);
  free(text);
  return m;
}

int main(int argc, char **argv)
{
  const int nmax = argc > 1 ? atoi(argv[1]) : 8, lmax = argc > 2 ? atoi(argv[2]) : 6;
  const int sparse = argc > 3 ? atoi(argv[3]) : 1000, cells = argc > 4 ? atoi(argv[4]) : 4;
  const int repeats = argc > 5 ? atoi(argv[5]) : 5, threads = argc > 6 ? atoi(argv[6]) : 1;
  int dim;
  double start = cpu_time();
  gap_model *m = make_model(nmax, lmax, sparse, &dim);
  if (!m) return 1;
  printf("model: %d features, %.1f MB, made and read in %.2f s\n", dim, gap_bytes(m) / 1e6,
         cpu_time() - start);

  /* own atoms, then the periodic images that they see */
  static const double basis[5][3] = {
      {0, 0, 0}, {.5, .5, .5}, {.5, .5, 0}, {.5, 0, .5}, {0, .5, .5}};
  static const int of_basis[5] = {56, 22, 8, 8, 8};
  const int n = 5 * cells * cells * cells, images = 27 * n;
  const double box = 4.0 * cells, cutoff = m->cutoff;
  double(*x)[3] = calloc(images, sizeof *x), (*force)[3] = calloc(images, sizeof *force);
  int *type = calloc(images, sizeof *type), *count = calloc(images, sizeof *count);
  int **near = calloc(images, sizeof *near), *centre = calloc(n, sizeof *centre);
  if (!x || !force || !type || !count || !near || !centre) return 1;
  unsigned long long state = 7;
  for (int i = 0; i < n; i++) {
    const int c = i / 5, cell[3] = {c % cells, c / cells % cells, c / cells / cells};
    for (int a = 0; a < 3; a++)
      x[i][a] = 4.0 * (cell[a] + basis[i % 5][a]) + 0.2 * (next_random(&state) - 0.5);
    type[i] = of_basis[i % 5];
    centre[i] = i;
  }
  int natom = n;
  for (int s = 0; s < 27; s++)
    for (int i = 0; i < n && s != 13; i++) {
      const int shift[3] = {s % 3 - 1, s / 3 % 3 - 1, s / 9 - 1};
      int inside = 1;
      for (int a = 0; a < 3; a++) {
        x[natom][a] = x[i][a] + shift[a] * box;
        inside &= x[natom][a] > -cutoff - 1 && x[natom][a] < box + cutoff + 1;
      }
      type[natom] = type[i];
      natom += inside;
    }
  long pairs = 0;
  for (int i = 0; i < n; i++) {
    near[i] = malloc(400 * sizeof **near);
    if (!near[i]) return 1;
    for (int j = 0; j < natom; j++) {
      double square = 0;
      for (int a = 0; a < 3; a++) square += (x[j][a] - x[i][a]) * (x[j][a] - x[i][a]);
      /* with the skin of a molecular dynamics run */
      if (j != i && square < (cutoff + 0.3) * (cutoff + 0.3) && count[i] < 400) {
        near[i][count[i]++] = j;
        pairs += square < cutoff * cutoff;
      }
    }
  }
  int element[POLAR_MAX_Z + 1];
  for (int z = 0; z <= POLAR_MAX_Z; z++) element[z] = z;
  const polar_neighbors list = {natom, (const double(*)[3])x, type, element, n, centre, count, near,
                                -1};
  gap_work *w = NULL;
  polar_status st = {0};
  if (gap_work_create(m, &w, &st) || gap_work_threads(m, w, threads, &st)) return 1;
  double best = 1e30, wall = 1e30, gemm = 1e30, energy = 0;
  for (int r = 0; r < repeats; r++) {
    gap_result out = {.force = force};
    const double begin = wall_time();
    start = cpu_time();
    if (gap_energy(m, w, &list, &out, &st)) {
      fprintf(stderr, "%s\n", st.text);
      return 1;
    }
    if (cpu_time() - start < best) best = cpu_time() - start;
    if (wall_time() - begin < wall) wall = wall_time() - begin;
    energy = out.energy;
  }
  const int batch = 128;
  double *p = calloc((size_t)batch * dim, sizeof *p),
         *k = calloc((size_t)batch * sparse, sizeof *k);
  if (!p || !k) return 1;
  for (int r = 0; r < repeats; r++) {
    const double *points = m->density[0].soap.x;
    start = cpu_time();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, sparse, dim, 1.0, p, dim, points,
                dim, 0.0, k, sparse);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, dim, sparse, 1.0, k, sparse,
                points, dim, 0.0, p, dim);
    if (cpu_time() - start < gemm) gemm = cpu_time() - start;
  }
  const double per_atom = gemm / batch, flops = 4.0 * dim * sparse;
  printf("%d atoms, %.1f neighbors, energy %.6f eV, scratch %.1f MB\n", n, (double)pairs / n,
         energy, gap_work_bytes(w) / 1e6);
  printf("%.4f ms per atom and step (CPU time), %.4f ms by the clock on %d threads\n",
         1e3 * best / n, 1e3 * wall / n, threads);
  if (threads > 1) return 0;
  printf("matrix products of %d atoms alone: %.4f ms per atom, %.1f GFLOP/s, %.0f %% of the step\n",
         batch, 1e3 * per_atom, 1e-9 * flops / per_atom, 100.0 * per_atom * n / best);
  return 0;
}
