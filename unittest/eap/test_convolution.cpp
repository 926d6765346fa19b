// Convolution in reciprocal space against its definition: real fields, naive Fourier sums, any D(k)
// that belongs to a real Phi(R).

#include "eap/eap_convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

using complex = std::complex<double>;

// a one-dimensional crystal of N cells with `fields` fields; Phi(R) random, symmetric or not
struct Crystal {
  int fields, N;
  std::vector<double> phi, u; // [N][fields][fields], [N][fields]

  Crystal(int fields, int N, bool symmetric) : fields(fields), N(N)
  {
    std::mt19937 random(17 * fields + N);
    std::uniform_real_distribution<double> any(-1, 1);
    phi.resize((size_t)N * fields * fields);
    u.resize((size_t)N * fields);
    for (double &x : phi) x = any(random);
    for (double &x : u) x = any(random);
    if (!symmetric) return;
    for (int r = 0; r < N; r++) // Phi(R) = Phi(-R)^T
      for (int i = 0; i < fields; i++)
        for (int j = 0; j < fields; j++) {
          const int o = (N - r) % N;
          if (o < r || (o == r && j < i)) at(r, i, j) = at(o, j, i);
        }
  }
  double &at(int r, int i, int j) { return phi[((size_t)r * fields + i) * fields + j]; }

  // G(l) = sum_R Phi(R) u(l+R)
  std::vector<double> gradient()
  {
    std::vector<double> g(u.size(), 0.0);
    for (int l = 0; l < N; l++)
      for (int r = 0; r < N; r++)
        for (int i = 0; i < fields; i++)
          for (int j = 0; j < fields; j++)
            g[l * fields + i] += at(r, i, j) * u[(l + r) % N * fields + j];
    return g;
  }
};

struct Aligned {
  explicit Aligned(size_t n) : p(static_cast<double *>(aligned_alloc(64, (n * 8 + 63) / 64 * 64)))
  {
    for (size_t i = 0; i < n; i++) p[i] = 0.0;
  }
  ~Aligned() { free(p); }
  double *p;
};

// remote = true: the second half of the wave vectors belongs to another rank, which this one mimics
void check(int fields, int N, bool symmetric, bool remote)
{
  SCOPED_TRACE(testing::Message() << fields << " fields, " << N << " cells, symmetric " << symmetric
                                  << ", remote " << remote);
  Crystal crystal(fields, N, symmetric);
  const int pairs = eap_convolution_pairs(fields);

  // z_p(k) by the definition of the transform
  std::vector<std::vector<double>> z(pairs, std::vector<double>(2 * N));
  std::vector<double *> zp;
  for (int p = 0; p < pairs; p++) {
    for (int k = 0; k < N; k++) {
      complex sum = 0;
      for (int l = 0; l < N; l++)
        sum += std::polar(1.0, -2 * M_PI * k * l / N) *
               complex(crystal.u[l * fields + 2 * p],
                       2 * p + 1 < fields ? crystal.u[l * fields + 2 * p + 1] : 0.0);
      z[p][2 * k] = sum.real();
      z[p][2 * k + 1] = sum.imag();
    }
    zp.push_back(z[p].data());
  }
  const auto before = z;

  std::vector<eap_convolution_item> items;
  std::vector<double> far;
  for (int k = 0; k < N; k++) {
    const int mirror = (N - k) % N;
    if (remote && k != mirror) {
      items.push_back({k, -1 - (int)far.size() / (2 * pairs)});
      for (int p = 0; p < pairs; p++) {
        far.push_back(before[p][2 * mirror]);
        far.push_back(before[p][2 * mirror + 1]);
      }
    } else if (k <= mirror) items.push_back({k, mirror});
  }

  const size_t size = eap_convolution_kernel_size(fields, symmetric);
  Aligned kernel(size * eap_convolution_batches(items.size()));
  Aligned scratch(eap_convolution_scratch(fields));
  std::vector<double> re(fields * fields), im(fields * fields);
  for (size_t t = 0; t < items.size(); t++) {
    for (int i = 0; i < fields * fields; i++) re[i] = im[i] = 0.0;
    for (int r = 0; r < N; r++) {
      const complex phase = std::polar(1.0, 2 * M_PI * items[t].k * r / N);
      for (int i = 0; i < fields * fields; i++) {
        re[i] += phase.real() * crystal.phi[(size_t)r * fields * fields + i];
        im[i] += phase.imag() * crystal.phi[(size_t)r * fields * fields + i];
      }
    }
    eap_convolution_pack(fields, symmetric, (int)(t % POLAR_LANES), 1.0 / N, re.data(), im.data(),
                         kernel.p + size * (t / POLAR_LANES));
  }
  eap_convolution_apply(fields, symmetric, (int)items.size(), items.data(), kernel.p, zp.data(),
                        far.data(), scratch.p);

  const auto expected = crystal.gradient();
  for (int p = 0; p < pairs; p++)
    for (int l = 0; l < N; l++) {
      complex sum = 0;
      for (int k = 0; k < N; k++)
        sum += std::polar(1.0, 2 * M_PI * k * l / N) * complex(z[p][2 * k], z[p][2 * k + 1]);
      // sums of fields*N products of numbers of order 1
      const double tolerance = 1e-15 * 20 * fields * N;
      EXPECT_NEAR(sum.real(), expected[l * fields + 2 * p], tolerance);
      EXPECT_NEAR(sum.imag(), 2 * p + 1 < fields ? expected[l * fields + 2 * p + 1] : 0.0,
                  tolerance);
    }
}

TEST(Convolution, EqualsItsDefinition)
{
  for (int fields : {3, 6, 9, 15})
    for (int N : {1, 2, 3, 8, 17})
      for (bool symmetric : {true, false})
        for (bool remote : {false, true}) check(fields, N, symmetric, remote);
}

} // namespace
