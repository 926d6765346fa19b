// Every allocation of the readers fails once: POLAR_MEMORY, and nothing stays allocated.
#include "../allocation_failures.h"

#include "eap/eap_read.h"
#include "read_cases.h"

namespace {

void fail_reading(const std::string &text)
{
  const long failures = fail_one_by_one([&text](polar_status *st) {
    eap_system *sys = nullptr;
    const polar_code code = eap_parse_system("f", text.data(), text.size(), &sys, st);
    eap_system_free(sys);
    return code;
  });
  EXPECT_GT(failures, 20) << "the allocations are not intercepted";
}

TEST(ReadMemory, System)
{
  NEEDS_FAILING_ALLOCATIONS;
  fail_reading(small_system);
  const std::string local = "local_force_constant", total = "total_force_constant";
  fail_reading(edited(edited(small_system, local, total), "</" + local, "</" + total));
}

TEST(ReadMemory, Coefficients)
{
  NEEDS_FAILING_ALLOCATIONS;
  const long failures = fail_one_by_one([](polar_status *st) {
    eap_system sys{};
    sys.n = 2;
    eap_coefficients *coeffs = nullptr;
    const polar_code code = eap_parse_coefficients("f", small_coefficients.data(),
                                                   small_coefficients.size(), &sys, &coeffs, st);
    eap_coefficients_free(coeffs);
    return code;
  });
  EXPECT_GT(failures, 20) << "the allocations are not intercepted";
}

} // namespace
