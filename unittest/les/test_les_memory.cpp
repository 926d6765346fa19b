// Every allocation of the reader fails once: POLAR_MEMORY, and nothing stays allocated.
#include "../allocation_failures.h"

#include "les/les_model.h"
#include "les_made_up.h"

TEST(LesMemory, Reader)
{
  NEEDS_FAILING_ALLOCATIONS;
  for (int layers : {0, 1}) {
    les_test::MadeUp model;
    model.layers = layers;
    const std::string text = les_test::sealed(model.content());
    const long failures = fail_one_by_one([&](polar_status *st) {
      les_model *m = nullptr;
      const polar_code code = les_parse("f", text.data(), text.size(), &m, st);
      EXPECT_EQ(m != nullptr, code == POLAR_OK);
      les_model_free(m);
      return code;
    });
    EXPECT_GT(failures, 5) << "the allocations are not intercepted";
  }
}
