// Every allocation of eap_polynomial_create fails once: POLAR_MEMORY, and nothing stays allocated.
#include <cstddef>

#include <gtest/gtest.h>

#include "polynomial_fixture.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAVE_SANITIZER
#endif

#if defined(__GLIBC__) && !defined(HAVE_SANITIZER)

namespace {
bool counting = false;
long budget = -1; // allocations that still succeed; negative: all
long alive = 0;

bool refused()
{
  return counting && budget >= 0 && budget-- == 0;
}

void *noted(void *p)
{
  if (counting && p) alive++;
  return p;
}
} // namespace

// Definitions in the executable take precedence over those of the C library; qsort may use malloc.
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void __libc_free(void *);

void *malloc(size_t size)
{
  return refused() ? nullptr : noted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
  return refused() ? nullptr : noted(__libc_calloc(count, size));
}

void free(void *p)
{
  if (counting && p) alive--;
  __libc_free(p);
}
}

TEST(PolynomialMemory, EveryAllocationIsChecked)
{
  using namespace polynomial_test;
  Random random(1);
  const auto terms = random.terms(40, 2, 1);
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  int failures = 0;
  for (long granted = 0;; granted++) {
    eap_polynomial *p = nullptr;
    polar_status st{};
    alive = 0;
    budget = granted;
    counting = true;
    const polar_code code =
        eap_polynomial_create(c.get(), 2, static_cast<int>(offset.size()),
                              reinterpret_cast<const int(*)[3]>(offset.data()), &p, &st);
    const bool spared = budget >= 0;
    budget = -1;
    if (code == POLAR_OK) eap_polynomial_free(p);
    counting = false;
    ASSERT_EQ(alive, 0) << "after " << granted << " allocations";
    if (spared) { // more was granted than asked for
      EXPECT_EQ(code, POLAR_OK);
      break;
    }
    if (code == POLAR_OK) continue; // qsort does without the memory it is refused
    EXPECT_EQ(code, POLAR_MEMORY);
    EXPECT_EQ(p, nullptr);
    EXPECT_EQ(std::string(st.text).find("Out of memory while"), 0u) << st.text;
    failures++;
  }
  // one for each array of the tables at least
  EXPECT_GE(failures, 15);
}

#else

TEST(PolynomialMemory, EveryAllocationIsChecked)
{
  GTEST_SKIP() << "needs the allocator of GNU libc, without sanitizers";
}

#endif
