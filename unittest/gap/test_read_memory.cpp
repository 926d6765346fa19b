// Every allocation of the readers fails once: POLAR_MEMORY, and nothing stays allocated.
#include "../allocation_failures.h"

#include "dipole_fixture.h"
#include "gap_models.h"

using namespace gap_test;

namespace {

TEST(GapMemory, Models)
{
  NEEDS_FAILING_ALLOCATIONS;
  for (const Case &c : cases()) {
    SCOPED_TRACE(c.name);
    const long failures = fail_one_by_one(
        [&](polar_status *st) {
          gap_model *m = nullptr;
          const polar_code code = parse(c.text, {}, &m, st);
          EXPECT_EQ(m != nullptr, code == POLAR_OK);
          gap_free(m);
          return code;
        },
        true); // qsort does without the memory that it is refused
    EXPECT_GT(failures, 20) << "the allocations are not intercepted";
  }
}

TEST(GapMemory, DipoleModels)
{
  NEEDS_FAILING_ALLOCATIONS;
  for (int zeta : {1, 2}) {
    const std::string text = dipole_text({"", "gto 2 0.5", "density", zeta, "", {22, 8}, 2, 1});
    const long failures = fail_one_by_one([&](polar_status *st) {
      gap_dipole *d = nullptr;
      const polar_code code = gap_dipole_parse("f", text.data(), text.size(), &d, st);
      EXPECT_EQ(d != nullptr, code == POLAR_OK);
      gap_dipole_free(d);
      return code;
    });
    EXPECT_GT(failures, 10) << "the allocations are not intercepted";
  }
}

} // namespace
