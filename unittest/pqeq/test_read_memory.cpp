// Every allocation of the reader and of the kernel's tables fails once: POLAR_MEMORY, and nothing
// stays allocated.
#include "../allocation_failures.h"

#include "pqeq/pqeq.h"

namespace {

TEST(PqeqMemory, Reader)
{
  NEEDS_FAILING_ALLOCATIONS;
  const std::string text = "pqeq 1\nkernel taper12.5\nlambda 0.5\nspring 20\n"
                           "element O 8.5 14.5 1.0 0.7 400\nelement Lr 3.5 6.4 1.0 1.9 0\n";
  const long failures = fail_one_by_one([&](polar_status *st) {
    pqeq_parameters *p = nullptr;
    const polar_code code = pqeq_parse("f", text.data(), text.size(), &p, st);
    EXPECT_EQ(p != nullptr, code == POLAR_OK);
    pqeq_parameters_free(p);
    return code;
  });
  // reader: its text, itself, its inside, the name, the words; table: itself, its rows
  EXPECT_EQ(failures, 7);
}

TEST(PqeqMemory, Kernel)
{
  NEEDS_FAILING_ALLOCATIONS;
  const pqeq_element element[2] = {{8, 1, 8.3, 14.7, 1.0, 0.67, 18.0},
                                   {3, 2, 3.9, 14.9, 1.0, 0.69, 47.0}};
  pqeq_kernel_input in = {};
  in.n = 2;
  in.species = element;
  in.coulomb = 14.4;
  in.lambda = 0.46277;
  in.cutoff = 8.0;
  in.umax = 0.25;
  in.tail = 1.0;
  for (double split : {0.0, 0.3}) {
    in.split = split;
    const long failures = fail_one_by_one([&](polar_status *st) {
      pqeq_kernel *k = nullptr;
      const polar_code code =
          split > 0.0 ? pqeq_kernel_create_long(&in, &k, st) : pqeq_kernel_create(&in, &k, st);
      EXPECT_EQ(k != nullptr, code == POLAR_OK);
      pqeq_kernel_free(k);
      return code;
    });
    EXPECT_EQ(failures, 5); // kernel, its inside, species, tables, rows
  }
}

} // namespace
