/* Sums over pairs that need the kernel at several distances: potential, energy and forces of cores
 * and shells. A row's pairs are taken POLAR_LANES at a time. */
#include "pqeq/pqeq_lanes.h"
#include "pqeq/pqeq_pairs.h"

enum { L = PQEQ_LANES };

/* Some pairs of a row. Lanes without a pair repeat the first one with charges 0. */
typedef struct {
  int n;          /* lanes with a pair */
  const int *j;   /* [n] partners */
  double d[3][L]; /* core of i less core of j */
  double u[3][L]; /* shell of j */
  double q[L], z[L];
  double cc[L]; /* C of the cores */
  pqeq_lanes lanes;
} batch;

static inline __attribute__((always_inline)) void load(batch *b, const pqeq_pairs *p,
                                                       const pqeq_kernel *kernel,
                                                       const pqeq_atoms *atoms, int row, int first,
                                                       const double *q, const double (*u)[3])
{
  const int i = p->atom[row], si = atoms->species[i] < 0 ? 0 : atoms->species[i];
  const int left = p->first[row + 1] - first;
  const double(*x)[3] = atoms->x;
  b->n = left < L ? left : L;
  b->j = p->partner + first;
  for (int l = 0; l < L; l++) {
    const int at = l < b->n ? l : 0, j = b->j[at], sj = atoms->species[j];
    const double used = l < b->n ? 1.0 : 0.0;
    for (int m = 0; m < 3; m++) {
      b->d[m][l] = x[i][m] - x[j][m];
      b->u[m][l] = u[j][m];
    }
    b->q[l] = q ? used * q[j] : 0.0;
    b->z[l] = used * kernel->species[sj].z;
    b->cc[l] = used * p->coulomb[first + at];
    b->lanes.table[l] = kernel->table + (long)si * kernel->n + sj;
    b->lanes.row[l] = b->lanes.table[l]->row;
    b->lanes.per_s[l] = b->lanes.table[l]->per_s;
  }
}

/* r = d + shell_i ui - shell_j u, and its square */
static inline __attribute__((always_inline)) void separation(const batch *b, const double ui[3],
                                                             double shell_i, double shell_j,
                                                             double r[3][L], double s[L])
{
  for (int l = 0; l < L; l++) s[l] = 0.0;
  for (int m = 0; m < 3; m++)
    for (int l = 0; l < L; l++) {
      r[m][l] = b->d[m][l] + shell_i * ui[m] - shell_j * b->u[m][l];
      s[l] += r[m][l] * r[m][l];
    }
}

/* The energy of a pair without the large terms that cancel between core and shell */
static inline __attribute__((always_inline)) double
pair_energy(double qi, double qj, double zi, double zj, double cc, double sc, double cs, double ss)
{
  return qi * qj * cc + qi * zj * (cc - cs) + zi * qj * (cc - sc) +
         zi * zj * ((cc - sc) - (cs - ss));
}

static double shell_of(const pqeq_kernel *kernel, const pqeq_atoms *atoms, int i)
{
  return kernel->species[atoms->species[i] < 0 ? 0 : atoms->species[i]].z;
}

POLAR_CLONES
void pqeq_pairs_shell_potential(const pqeq_pairs *p, const pqeq_kernel *kernel,
                                const pqeq_atoms *atoms, const double (*u)[3], double *b)
{
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k];
    const double zi = shell_of(kernel, atoms, i);
    double sum[L] = {0.0};
    for (int first = p->first[k]; first < p->first[k + 1]; first += L) {
      batch a;
      double r[3][L], s[L], sc[L], cs[L], d[L];
      load(&a, p, kernel, atoms, k, first, NULL, u);
      separation(&a, u[i], 1.0, 0.0, r, s);
      pqeq_lanes_at(kernel, &a.lanes, s, sc, d);
      separation(&a, u[i], 0.0, 1.0, r, s);
      pqeq_lanes_at(kernel, &a.lanes, s, cs, d);
      for (int l = 0; l < L; l++) sum[l] -= a.z[l] * (a.cc[l] - cs[l]);
      for (int l = 0; l < L; l++) sc[l] = zi * (a.cc[l] - sc[l]);
      for (int l = 0; l < a.n; l++) b[a.j[l]] -= sc[l];
    }
    for (int l = 0; l < L; l++) b[i] += sum[l];
  }
}

/* All u are 0: the charges of core and shell of another atom act from one place */
POLAR_CLONES
static void shell_force_rest(const pqeq_pairs *p, const pqeq_kernel *kernel,
                             const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                             double (*f)[3])
{
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k];
    const double zi = shell_of(kernel, atoms, i);
    double sum[3][L] = {{0.0}};
    for (int first = p->first[k]; first < p->first[k + 1]; first += L) {
      batch a;
      double s[L] = {0.0}, value[L], d[L], g[3][L];
      load(&a, p, kernel, atoms, k, first, q, u);
      for (int m = 0; m < 3; m++)
        for (int l = 0; l < L; l++) s[l] += a.d[m][l] * a.d[m][l];
      pqeq_lanes_at(kernel, &a.lanes, s, value, d);
      for (int m = 0; m < 3; m++)
        for (int l = 0; l < L; l++) {
          sum[m][l] += zi * d[l] * a.q[l] * a.d[m][l];
          g[m][l] = d[l] * q[i] * a.z[l] * a.d[m][l];
        }
      for (int l = 0; l < a.n; l++)
        for (int m = 0; m < 3; m++) f[a.j[l]][m] -= g[m][l];
    }
    for (int m = 0; m < 3; m++)
      for (int l = 0; l < L; l++) f[i][m] += sum[m][l];
  }
}

POLAR_CLONES
static double shell_force(const pqeq_pairs *p, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                          const double *q, const double (*u)[3], double (*f)[3])
{
  double e[L] = {0.0}, total = 0.0;
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k];
    const double zi = shell_of(kernel, atoms, i), core_i = q[i] + zi;
    double sum[3][L] = {{0.0}};
    for (int first = p->first[k]; first < p->first[k + 1]; first += L) {
      batch a;
      double sc[3][L], cs[3][L], ss[3][L], s[3][L], vsc[L], vcs[L], vss[L], gsc[L], gcs[L], gss[L];
      load(&a, p, kernel, atoms, k, first, q, u);
      separation(&a, u[i], 1.0, 0.0, sc, s[0]);
      separation(&a, u[i], 0.0, 1.0, cs, s[1]);
      separation(&a, u[i], 1.0, 1.0, ss, s[2]);
      pqeq_lanes_at(kernel, &a.lanes, s[0], vsc, gsc);
      pqeq_lanes_at(kernel, &a.lanes, s[1], vcs, gcs);
      pqeq_lanes_at(kernel, &a.lanes, s[2], vss, gss);
      for (int l = 0; l < L; l++) {
        e[l] += pair_energy(q[i], a.q[l], zi, a.z[l], a.cc[l], vsc[l], vcs[l], vss[l]);
        gsc[l] *= zi * (a.q[l] + a.z[l]);
        gcs[l] *= a.z[l] * core_i;
        gss[l] *= zi * a.z[l];
      }
      for (int m = 0; m < 3; m++)
        for (int l = 0; l < L; l++) {
          sum[m][l] += gsc[l] * sc[m][l] - gss[l] * ss[m][l];
          sc[m][l] = gss[l] * ss[m][l] - gcs[l] * cs[m][l];
        }
      for (int l = 0; l < a.n; l++)
        for (int m = 0; m < 3; m++) f[a.j[l]][m] += sc[m][l];
    }
    for (int m = 0; m < 3; m++)
      for (int l = 0; l < L; l++) f[i][m] += sum[m][l];
  }
  for (int l = 0; l < L; l++) total += e[l];
  return total;
}

double pqeq_pairs_shell_force(const pqeq_pairs *p, const pqeq_kernel *kernel,
                              const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                              int rest, int energy, double (*f)[3])
{
  if (!rest || energy) return shell_force(p, kernel, atoms, q, u, f);
  shell_force_rest(p, kernel, atoms, q, u, f);
  return 0.0;
}

POLAR_CLONES
double pqeq_pairs_atom_force(const pqeq_pairs *p, const pqeq_kernel *kernel,
                             const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                             const pqeq_derivatives *out)
{
  double(*f)[3] = out->force, (*w)[3] = out->virial, *eatom = out->eatom, (*vatom)[6] = out->vatom;
  static const int first_axis[6] = {0, 1, 2, 0, 0, 1}, second_axis[6] = {0, 1, 2, 1, 2, 2};
  double total[L] = {0.0}, v[9][L] = {{0.0}}, energy = 0.0;
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k];
    const double zi = shell_of(kernel, atoms, i), core_i = q[i] + zi;
    double sum[3][L] = {{0.0}};
    for (int first = p->first[k]; first < p->first[k + 1]; first += L) {
      batch a;
      double sc[3][L], cs[3][L], ss[3][L], s[4][L] = {{0.0}}, e[L], g[3][L];
      double vcc[L], vsc[L], vcs[L], vss[L], gcc[L], gsc[L], gcs[L], gss[L];
      load(&a, p, kernel, atoms, k, first, q, u);
      for (int m = 0; m < 3; m++)
        for (int l = 0; l < L; l++) s[3][l] += a.d[m][l] * a.d[m][l];
      separation(&a, u[i], 1.0, 0.0, sc, s[0]);
      separation(&a, u[i], 0.0, 1.0, cs, s[1]);
      separation(&a, u[i], 1.0, 1.0, ss, s[2]);
      pqeq_lanes_at(kernel, &a.lanes, s[3], vcc, gcc);
      pqeq_lanes_at(kernel, &a.lanes, s[0], vsc, gsc);
      pqeq_lanes_at(kernel, &a.lanes, s[1], vcs, gcs);
      pqeq_lanes_at(kernel, &a.lanes, s[2], vss, gss);
      for (int l = 0; l < L; l++) {
        const double core_j = a.q[l] + a.z[l];
        e[l] = pair_energy(q[i], a.q[l], zi, a.z[l], vcc[l], vsc[l], vcs[l], vss[l]);
        total[l] += e[l];
        gcc[l] *= core_i * core_j;
        gsc[l] *= zi * core_j;
        gcs[l] *= core_i * a.z[l];
        gss[l] *= zi * a.z[l];
      }
      for (int m = 0; m < 3; m++)
        for (int l = 0; l < L; l++) {
          g[m][l] =
              (gsc[l] * sc[m][l] - gcc[l] * a.d[m][l]) + (gcs[l] * cs[m][l] - gss[l] * ss[m][l]);
          sum[m][l] += g[m][l];
        }
      for (int m = 0; w && m < 9; m++)
        for (int l = 0; l < L; l++) v[m][l] += g[m / 3][l] * a.d[m % 3][l];
      for (int l = 0; f && l < a.n; l++)
        for (int m = 0; m < 3; m++) f[a.j[l]][m] -= g[m][l];
      for (int l = 0; eatom && l < a.n; l++) {
        eatom[i] += 0.5 * e[l];
        eatom[a.j[l]] += 0.5 * e[l];
      }
      for (int l = 0; vatom && l < a.n; l++)
        for (int m = 0; m < 6; m++) {
          const int x = first_axis[m], y = second_axis[m];
          const double share = 0.5 * g[x][l] * a.d[y][l];
          vatom[i][m] += share;
          vatom[a.j[l]][m] += share;
        }
    }
    for (int m = 0; f && m < 3; m++)
      for (int l = 0; l < L; l++) f[i][m] += sum[m][l];
  }
  for (int m = 0; w && m < 9; m++)
    for (int l = 0; l < L; l++) w[m / 3][m % 3] += v[m][l];
  for (int l = 0; l < L; l++) energy += total[l];
  return energy;
}
