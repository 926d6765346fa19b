#include "coul/coul_mesh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { L = COUL_MESH_ORDER };

size_t coul_mesh_points(const coul_mesh *mesh)
{
  size_t n = 1;
  for (int a = 0; a < 3; a++) n *= (size_t)(mesh->hi[a] - mesh->lo[a] + 1);
  return n;
}

size_t coul_mesh_room(const coul_mesh *mesh)
{
  return coul_mesh_points(mesh) + L;
}

void coul_stencils_free(coul_stencils *s)
{
  free(s->corner);
  free(s->weight);
  free(s->slope);
  memset(s, 0, sizeof *s);
}

size_t coul_stencils_bytes(const coul_stencils *s)
{
  return (size_t)s->room * (sizeof *s->corner + 6 * L * sizeof *s->weight);
}

/* w[j] = M_p(t + p - 1 - j), 0 <= t < 1, M_p the cardinal B-spline of order p, by
 * (n - 1) M_n(x) = x M_n-1(x) + (n - x) M_n-1(x - 1), and M_n'(x) = M_n-1(x) - M_n-1(x - 1) */
static void splines(int p, double t, double w[L], double d[L])
{
  for (int j = 0; j < L; j++) w[j] = d[j] = 0.0;
  w[0] = 1.0 - t;
  w[1] = t;
  for (int n = 3; n <= p; n++) {
    if (n == p) {
      d[0] = -w[0];
      for (int j = 1; j < p; j++) d[j] = w[j - 1] - w[j];
    }
    const double c = 1.0 / (n - 1);
    w[n - 1] = c * t * w[n - 2];
    for (int j = n - 2; j > 0; j--) w[j] = c * ((t + n - 1 - j) * w[j - 1] + (1.0 - t + j) * w[j]);
    w[0] *= c * (1.0 - t);
  }
  if (p == 2) {
    d[0] = -1.0;
    d[1] = 1.0;
  }
}

polar_code coul_stencils_place(coul_stencils *s, const coul_mesh *mesh, int n, const double (*x)[3],
                               int *astray, polar_status *st)
{
  const int p = mesh->order;
  *astray = 0;
  if (n > s->room || !s->corner) {
    const size_t room = (size_t)n + (size_t)n / 8 + 16;
    coul_stencils_free(s);
    s->corner = malloc(room * sizeof *s->corner);
    s->weight = aligned_alloc(64, 3 * room * L * sizeof *s->weight);
    s->slope = aligned_alloc(64, 3 * room * L * sizeof *s->slope);
    if (!s->corner || !s->weight || !s->slope) {
      coul_stencils_free(s);
      return polar_fail_memory(st, "placing charges on a mesh");
    }
    s->room = (int)room;
  }
  s->n = n;
  const int nx = mesh->hi[0] - mesh->lo[0] + 1, ny = mesh->hi[1] - mesh->lo[1] + 1;
  for (int i = 0; i < n; i++) {
    double *w = s->weight + 3 * (size_t)L * (size_t)i, *d = s->slope + 3 * (size_t)L * (size_t)i;
    int first[3], inside = 1;
    for (int a = 0; a < 3; a++) {
      double g = 0.0;
      for (int b = 0; b < 3; b++) g += mesh->map[a][b] * (x[i][b] - mesh->origin[b]);
      const double low = floor(g - 0.5 * p + 1.0);
      if (!(low >= mesh->lo[a] && low + p - 1 <= mesh->hi[a])) {
        inside = 0;
        break;
      }
      first[a] = (int)low;
      splines(p, g - 0.5 * p + 1.0 - low, w + L * a, d + L * a);
    }
    if (!inside) {
      ++*astray;
      s->corner[i] = 0;
      memset(w, 0, 3 * L * sizeof *w);
      memset(d, 0, 3 * L * sizeof *d);
      continue;
    }
    s->corner[i] =
        ((first[2] - mesh->lo[2]) * ny + first[1] - mesh->lo[1]) * nx + first[0] - mesh->lo[0];
  }
  return POLAR_OK;
}

POLAR_CLONES
static void assign(const coul_mesh *mesh, const coul_stencils *s, const double *q, double share,
                   double *brick)
{
  const int p = mesh->order, n = s->n, *corner = s->corner;
  const int nx = mesh->hi[0] - mesh->lo[0] + 1, ny = mesh->hi[1] - mesh->lo[1] + 1;
  const double *weight = s->weight;
  for (int i = 0; i < n; i++) {
    if (q[i] == 0.0) continue;
    const double *w = weight + 3 * (size_t)L * (size_t)i, *wy = w + L, *wz = w + 2 * L;
    double v[L];
    for (int l = 0; l < L; l++) v[l] = share * q[i] * w[l];
    for (int c = 0; c < p; c++) {
      double *row = brick + corner[i] + (size_t)c * (size_t)ny * (size_t)nx;
      for (int b = 0; b < p; b++, row += nx) {
        const double yz = wy[b] * wz[c];
        for (int l = 0; l < L; l++) row[l] += yz * v[l];
      }
    }
  }
}

void coul_mesh_assign(const coul_mesh *mesh, const coul_stencils *s, const double *q, double share,
                      double *brick)
{
  assign(mesh, s, q, share, brick);
}

POLAR_CLONES
static void potential(const coul_mesh *mesh, const coul_stencils *s, const double *brick,
                      double *phi)
{
  const int p = mesh->order, n = s->n, *corner = s->corner;
  const int nx = mesh->hi[0] - mesh->lo[0] + 1, ny = mesh->hi[1] - mesh->lo[1] + 1;
  const double *weight = s->weight;
  for (int i = 0; i < n; i++) {
    const double *w = weight + 3 * (size_t)L * (size_t)i, *wy = w + L, *wz = w + 2 * L;
    double u[L] = {0.0}, sum = 0.0;
    for (int c = 0; c < p; c++) {
      const double *row = brick + corner[i] + (size_t)c * (size_t)ny * (size_t)nx;
      for (int b = 0; b < p; b++, row += nx) {
        const double yz = wy[b] * wz[c];
        for (int l = 0; l < L; l++) u[l] += yz * row[l];
      }
    }
    for (int l = 0; l < L; l++) sum += w[l] * u[l];
    phi[i] = sum;
  }
}

/* The potential and its gradient by mesh coordinates */
POLAR_CLONES
static void gradient(const coul_mesh *mesh, const coul_stencils *s, const double *brick,
                     double *phi, double (*grid)[3])
{
  const int p = mesh->order, n = s->n, *corner = s->corner;
  const int nx = mesh->hi[0] - mesh->lo[0] + 1, ny = mesh->hi[1] - mesh->lo[1] + 1;
  const double *weight = s->weight, *slope = s->slope;
  for (int i = 0; i < n; i++) {
    const double *w = weight + 3 * (size_t)L * (size_t)i, *wy = w + L, *wz = w + 2 * L;
    const double *d = slope + 3 * (size_t)L * (size_t)i, *dy = d + L, *dz = d + 2 * L;
    double u[L] = {0.0}, uy[L] = {0.0}, uz[L] = {0.0}, t[4] = {0.0};
    for (int c = 0; c < p; c++) {
      const double *row = brick + corner[i] + (size_t)c * (size_t)ny * (size_t)nx;
      for (int b = 0; b < p; b++, row += nx) {
        const double yz = wy[b] * wz[c], y = dy[b] * wz[c], z = wy[b] * dz[c];
        for (int l = 0; l < L; l++) u[l] += yz * row[l];
        for (int l = 0; l < L; l++) uy[l] += y * row[l];
        for (int l = 0; l < L; l++) uz[l] += z * row[l];
      }
    }
    for (int l = 0; l < L; l++) {
      t[0] += w[l] * u[l];
      t[1] += d[l] * u[l];
      t[2] += w[l] * uy[l];
      t[3] += w[l] * uz[l];
    }
    phi[i] = t[0];
    for (int a = 0; a < 3; a++) grid[i][a] = t[1 + a];
  }
}

void coul_mesh_gather(const coul_mesh *mesh, const coul_stencils *s, const double *brick,
                      double share, double *phi, double (*field)[3])
{
  if (field) gradient(mesh, s, brick, phi, field);
  else potential(mesh, s, brick, phi);
  for (int i = 0; i < s->n; i++) {
    phi[i] *= share;
    if (!field) continue;
    const double g[3] = {field[i][0], field[i][1], field[i][2]};
    for (int b = 0; b < 3; b++)
      field[i][b] =
          -share * (mesh->map[0][b] * g[0] + mesh->map[1][b] * g[1] + mesh->map[2][b] * g[2]);
  }
}
