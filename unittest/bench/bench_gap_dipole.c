/* Time of a dipole model of pair style gap per atom on one core, without LAMMPS.
 *
 *   OPENBLAS_NUM_THREADS=1 bench_gap_dipole [n_max 8] [l_max 6] [zeta 1] [sparse points 250]
 *                                           [cells 4] [repeats 5]
 *
 * A made-up model of Ba, Ti and O (its numbers mean nothing) on a distorted perovskite of cells^3 *
 * 5 atoms, cutoff 5 Angstrom. Prints CPU time of the fastest evaluation of the dipole alone, of a
 * field (dipole, energy, forces, virial), and of all Born tensors. */
#define _POSIX_C_SOURCE 200112L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gap/gap_dipole_read.h"
#include "gap/gap_images.h"

static double cpu_time(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others on the machine do not count */
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double next_random(unsigned long long *state)
{
  *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (double)(*state >> 11) / 9007199254740992.0;
}

static gap_dipole *make_model(int nmax, int lmax, int zeta, int sparse, polar_status *st)
{
  static const char *const element[3] = {"Ba", "Ti", "O"};
  unsigned long long state = 1;
  const int nc = 3 * nmax, points = zeta > 1 ? sparse : 1;
  const size_t dim = zeta > 1 ? (size_t)nc * (nc + 1) / 2 * (lmax + 1) : 0;
  const size_t each = dim + (size_t)lmax * nc * nc;
  char *text = malloc(1000 + 3 * points * each * 8), *at = text;
  gap_dipole *d = NULL;
  if (!text) return NULL;
  at += sprintf(at,
                "POLAR-DIPOLE 1\nelements Ba Ti O\nbasis gto %d 0.5\nlmax %d\ncutoff 5 1\n"
                "norm density\nzeta %d\n",
                nmax, lmax, zeta);
  for (int e = 0; e < 3; e++) {
    at +=
        sprintf(at, zeta > 1 ? "centre %s sparse %d\n" : "centre %s linear\n", element[e], points);
    for (size_t k = 0; k < points * each; k++)
      at += sprintf(at, "%.4f%c", next_random(&state), k % 16 == 15 ? '\n' : ' ');
    at += sprintf(at, "\n");
  }
  at += sprintf(at, "end\n");
  gap_dipole_parse("made up", text, (size_t)(at - text), &d, st);
  free(text);
  return d;
}

static gap_images *make_crystal(int cells, double cutoff, int *n, polar_status *st)
{
  static const double site[5][3] = {
      {0, 0, 0}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
  static const int number[5] = {56, 22, 8, 8, 8}, pbc[3] = {1, 1, 1};
  const double a = 4.0, cell[3][3] = {{a * cells, 0, 0}, {0, a * cells, 0}, {0, 0, a * cells}};
  unsigned long long state = 2;
  *n = 5 * cells * cells * cells;
  int *z = malloc(*n * sizeof *z);
  double(*x)[3] = malloc(*n * sizeof *x);
  gap_images *g = NULL;
  for (int i = 0; z && x && i < *n; i++) {
    const int c = i / 5, at[3] = {c % cells, c / cells % cells, c / cells / cells};
    z[i] = number[i % 5];
    for (int k = 0; k < 3; k++)
      x[i][k] = a * (at[k] + site[i % 5][k]) + 0.2 * (next_random(&state) - 0.5);
  }
  if (z && x) gap_images_create(*n, z, (const double(*)[3])x, cell, pbc, cutoff, &g, st);
  free(z);
  free(x);
  return g;
}

int main(int argc, char **argv)
{
  const int nmax = argc > 1 ? atoi(argv[1]) : 8, lmax = argc > 2 ? atoi(argv[2]) : 6;
  const int zeta = argc > 3 ? atoi(argv[3]) : 1, sparse = argc > 4 ? atoi(argv[4]) : 250;
  const int cells = argc > 5 ? atoi(argv[5]) : 4, repeats = argc > 6 ? atoi(argv[6]) : 5;
  polar_status st = {0};
  int n = 0;
  gap_dipole_work *w = NULL;
  gap_dipole *d = make_model(nmax, lmax, zeta, sparse, &st);
  gap_images *g = d ? make_crystal(cells, d->density.cutoff, &n, &st) : NULL;
  if (!g || gap_dipole_work_create(d, &w, &st)) {
    fprintf(stderr, "%s\n", st.text);
    return 1;
  }
  const size_t all = g->list.natom;
  double best[3] = {1e9, 1e9, 1e9}, near = 0.0;
  double(*sum)[9] = calloc(all, sizeof *sum);
  for (int i = 0; i < n; i++) near += (double)g->list.count[i] / n;
  for (int r = 0; sum && r < repeats; r++)
    for (int what = 0; what < 3; what++) {
      const double field[1][3] = {{0.01, 0.02, 0.03}}, start = cpu_time();
      double m[3] = {0.0, 0.0, 0.0};
      gap_result out = {.force = (double(*)[3])sum};
      if (what < 2 ? gap_dipole_evaluate(d, w, &g->list, m, what, field, &out, &st)
                   : gap_dipole_born(d, w, &g->list, sum, &st))
        fprintf(stderr, "%s\n", st.text);
      const double t = cpu_time() - start;
      if (t < best[what]) best[what] = t;
    }
  printf("%d atoms, %.0f neighbors, n_max %d, l_max %d, zeta %d", n, near, nmax, lmax, zeta);
  if (zeta > 1) printf(", %d sparse points of each element", sparse);
  printf("\ndipole %.4f ms/atom, field %.4f ms/atom, Born tensors %.4f ms/atom; scratch %.1f MB\n",
         1e3 * best[0] / n, 1e3 * best[1] / n, 1e3 * best[2] / n, gap_dipole_work_bytes(w) / 1e6);
  free(sum);
  gap_dipole_work_free(w);
  gap_images_free(g);
  gap_dipole_free(d);
  return 0;
}
