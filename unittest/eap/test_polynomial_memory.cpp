// Every allocation of eap_polynomial_create fails once: POLAR_MEMORY, and nothing stays allocated.
#include "../allocation_failures.h"

#include "polynomial_fixture.h"

TEST(PolynomialMemory, EveryAllocationIsChecked)
{
  NEEDS_FAILING_ALLOCATIONS;
  using namespace polynomial_test;
  Random random(1);
  const auto terms = random.terms(40, 2, 1);
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  const long failures = fail_one_by_one(
      [&](polar_status *st) {
        eap_polynomial *p = nullptr;
        const polar_code code =
            eap_polynomial_create(c.get(), 2, static_cast<int>(offset.size()),
                                  reinterpret_cast<const int(*)[3]>(offset.data()), &p, st);
        EXPECT_EQ(p != nullptr, code == POLAR_OK);
        eap_polynomial_free(p);
        return code;
      },
      true); // qsort does without the memory that it is refused
  // one for each array of the tables at least
  EXPECT_GE(failures, 15);
}
