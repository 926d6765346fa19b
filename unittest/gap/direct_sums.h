// What direct evaluations of descriptors share: Legendre polynomials, and the neighbors of an atom
// among all images of the cell up to three cells away.
#ifndef DIRECT_SUMS_H
#define DIRECT_SUMS_H

#include "gap_fixture.h"

namespace gap_test {

inline double legendre(int l, double t)
{
  double p0 = 1, p1 = t;
  if (l == 0) return 1;
  for (int k = 2; k <= l; k++) {
    const double p = ((2 * k - 1) * t * p1 - (k - 1) * p0) / k;
    p0 = p1;
    p1 = p;
  }
  return p1;
}

struct Neighbor {
  double r, u[3];
  int z;
};

inline std::vector<Neighbor> neighbors(const Config &c, int i, double cutoff)
{
  std::vector<Neighbor> out;
  for (size_t j = 0; j < c.x.size(); j++)
    for (int s = 0; s < 343; s++) {
      Neighbor b = {0, {}, c.z[j]};
      for (int q = 0; q < 3; q++) {
        b.u[q] = c.x[j][q] - c.x[i][q] + c.h[q][0] * (s % 7 - 3) + c.h[q][1] * (s / 7 % 7 - 3) +
                 c.h[q][2] * (s / 49 - 3);
        b.r += b.u[q] * b.u[q];
      }
      b.r = std::sqrt(b.r);
      if (b.r < 1e-9 || b.r >= cutoff) continue;
      for (double &v : b.u) v /= b.r;
      out.push_back(b);
    }
  return out;
}

} // namespace gap_test

#endif
