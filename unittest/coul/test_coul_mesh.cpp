// Charges on a mesh: the weights are those of B-splines, and gradients belong to potentials.
#include "coul/coul_mesh.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace {

using Vec = std::array<double, 3>;

const double (*rows(const std::vector<Vec> &v))[3]
{
  return reinterpret_cast<const double(*)[3]>(v.data());
}

struct Brick {
  coul_mesh mesh = {};
  coul_stencils s = {};
  std::vector<double> value;
  polar_status st = {};
  int astray = 0;

  explicit Brick(int order)
  {
    mesh.order = order;
    const int lo[3] = {-3, -4, 2}, hi[3] = {12, 9, 15};
    // an oblique cell
    const double map[3][3] = {{1.7, -0.3, 0.2}, {0.0, 1.9, 0.4}, {0.0, 0.0, 2.1}};
    for (int a = 0; a < 3; a++) {
      mesh.lo[a] = lo[a];
      mesh.hi[a] = hi[a];
      mesh.origin[a] = 0.1 * a;
      for (int b = 0; b < 3; b++) mesh.map[a][b] = map[a][b];
    }
    value.assign(coul_mesh_room(&mesh), 0.0);
  }
  ~Brick() { coul_stencils_free(&s); }
  void place(const std::vector<Vec> &x)
  {
    ASSERT_EQ(coul_stencils_place(&s, &mesh, (int)x.size(), rows(x), &astray, &st), POLAR_OK);
  }
  double &at(int x, int y, int z)
  {
    const int nx = mesh.hi[0] - mesh.lo[0] + 1, ny = mesh.hi[1] - mesh.lo[1] + 1;
    return value[((size_t)(z - mesh.lo[2]) * ny + y - mesh.lo[1]) * nx + x - mesh.lo[0]];
  }
};

const std::vector<Vec> SITES = {{2.03, 1.11, 4.3}, {2.5, 0.7, 3.9}, {3.1, 1.9, 4.87}};

// cardinal B-spline by its truncated powers (Schoenberg)
double spline(int p, double x)
{
  double sum = 0.0, binomial = 1.0, factorial = 1.0;
  for (int k = 1; k < p; k++) factorial *= k;
  for (int k = 0; k <= p; k++) {
    sum += (k % 2 ? -1 : 1) * binomial * std::pow(std::fmax(x - k, 0.0), p - 1);
    binomial *= (double)(p - k) / (k + 1);
  }
  return sum / factorial;
}

TEST(CoulMesh, WeightsAreSplines)
{
  for (int order = 3; order <= COUL_MESH_ORDER; order++) {
    Brick b(order);
    b.place(SITES);
    ASSERT_EQ(b.astray, 0);
    const double q[3] = {1.5, 0.0, 0.0};
    coul_mesh_assign(&b.mesh, &b.s, q, 2.0, b.value.data());
    double g[3];
    for (int a = 0; a < 3; a++) {
      g[a] = 0.0;
      for (int c = 0; c < 3; c++) g[a] += b.mesh.map[a][c] * (SITES[0][c] - b.mesh.origin[c]);
    }
    for (int z = b.mesh.lo[2]; z <= b.mesh.hi[2]; z++)
      for (int y = b.mesh.lo[1]; y <= b.mesh.hi[1]; y++)
        for (int x = b.mesh.lo[0]; x <= b.mesh.hi[0]; x++)
          // truncated powers of order 8 cancel to 1e-11
          EXPECT_NEAR(b.at(x, y, z),
                      3.0 * spline(order, g[0] - x + 0.5 * order) *
                          spline(order, g[1] - y + 0.5 * order) *
                          spline(order, g[2] - z + 0.5 * order),
                      1e-10)
              << order << ": " << x << " " << y << " " << z;
  }
}

// sum_i q_i phi_i is the product of potential and assigned charge on the mesh
TEST(CoulMesh, GatherIsTheAdjointOfAssign)
{
  for (int order = 2; order <= COUL_MESH_ORDER; order++) {
    Brick b(order), p(order);
    b.place(SITES);
    const double q[3] = {1.5, -0.7, 0.3};
    coul_mesh_assign(&b.mesh, &b.s, q, 1.0, b.value.data());
    for (size_t i = 0; i < coul_mesh_points(&p.mesh); i++) p.value[i] = std::sin(0.37 * i * i);
    double phi[3], sum = 0.0, product = 0.0;
    coul_mesh_gather(&p.mesh, &b.s, p.value.data(), 1.0, phi, nullptr);
    for (int i = 0; i < 3; i++) sum += q[i] * phi[i];
    for (size_t i = 0; i < coul_mesh_points(&p.mesh); i++) product += p.value[i] * b.value[i];
    EXPECT_NEAR(sum, product, 1e-14) << order;
  }
}

// central differences, h = 1e-4: h^2/6 phi''' near 1e-7 for a mesh of random numbers
TEST(CoulMesh, FieldIsTheGradient)
{
  for (int order = 4; order <= COUL_MESH_ORDER; order++) {
    Brick b(order);
    for (size_t i = 0; i < coul_mesh_points(&b.mesh); i++) b.value[i] = std::sin(0.37 * i * i);
    double phi[3], field[3][3], up[3], down[3];
    b.place(SITES);
    coul_mesh_gather(&b.mesh, &b.s, b.value.data(), 1.3, phi, field);
    for (int a = 0; a < 3; a++) {
      auto moved = SITES;
      for (auto &x : moved) x[a] += 1e-4;
      b.place(moved);
      coul_mesh_gather(&b.mesh, &b.s, b.value.data(), 1.3, up, nullptr);
      for (auto &x : moved) x[a] -= 2e-4;
      b.place(moved);
      coul_mesh_gather(&b.mesh, &b.s, b.value.data(), 1.3, down, nullptr);
      for (int i = 0; i < 3; i++) EXPECT_NEAR(field[i][a], -(up[i] - down[i]) / 2e-4, 1e-6);
    }
  }
}

TEST(CoulMesh, SitesOutsideAreCountedAndHaveNoWeight)
{
  Brick b(5);
  auto x = SITES;
  x[0][2] = 1e9;
  x[1][1] = NAN;
  b.place(x);
  EXPECT_EQ(b.astray, 2);
  const double q[3] = {1.0, 1.0, 0.0};
  coul_mesh_assign(&b.mesh, &b.s, q, 1.0, b.value.data());
  for (double v : b.value) EXPECT_EQ(v, 0.0);
}

} // namespace
