// Every allocation of the readers fails once: POLAR_MEMORY, and nothing stays allocated.
#include <cstddef>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "eap/eap_read.h"
#include "read_cases.h"

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
long until_failure = -1; // allocations that still succeed; negative: all
long alive = 0;          // allocated and not released while counting

bool fails()
{
  return counting && until_failure >= 0 && until_failure-- == 0;
}
void *counted(void *p)
{
  if (counting && p) alive++;
  return p;
}
} // namespace

// The executable's definitions take precedence over those of the C library, in expat too.
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

void *malloc(size_t size)
{
  return fails() ? nullptr : counted(__libc_malloc(size));
}
void *calloc(size_t count, size_t size)
{
  return fails() ? nullptr : counted(__libc_calloc(count, size));
}
void *realloc(void *p, size_t size)
{
  if (fails()) return nullptr;
  void *q = __libc_realloc(p, size);
  return p ? q : counted(q);
}
void free(void *p)
{
  if (counting && p) alive--;
  __libc_free(p);
}
}

namespace {

template <class Read>
void fail_one_by_one(const Read &read)
{
  long failures = 0;
  for (long budget = 0;; budget++) {
    polar_status st{};
    until_failure = budget;
    alive = 0;
    counting = true;
    const polar_code code = read(&st);
    counting = false;
    ASSERT_EQ(alive, 0) << "after " << budget << " allocations";
    if (until_failure >= 0) { // more was granted than asked for
      EXPECT_EQ(code, POLAR_OK) << st.text;
      break;
    }
    failures++;
    ASSERT_EQ(code, POLAR_MEMORY) << "after " << budget << " allocations: " << st.text;
    ASSERT_EQ(st.code, POLAR_MEMORY);
    ASSERT_NE(std::strstr(st.text, "Out of memory while"), nullptr) << st.text;
  }
  EXPECT_GT(failures, 20) << "the allocations are not intercepted";
}

void fail_reading(const std::string &text)
{
  fail_one_by_one([&text](polar_status *st) {
    eap_system *sys = nullptr;
    const polar_code code = eap_parse_system("f", text.data(), text.size(), &sys, st);
    eap_system_free(sys);
    return code;
  });
}

TEST(ReadMemory, System)
{
  fail_reading(small_system);
  const std::string local = "local_force_constant", total = "total_force_constant";
  fail_reading(edited(edited(small_system, local, total), "</" + local, "</" + total));
}

TEST(ReadMemory, Coefficients)
{
  fail_one_by_one([](polar_status *st) {
    eap_system sys{};
    sys.n = 2;
    eap_coefficients *coeffs = nullptr;
    const polar_code code = eap_parse_coefficients("f", small_coefficients.data(),
                                                   small_coefficients.size(), &sys, &coeffs, st);
    eap_coefficients_free(coeffs);
    return code;
  });
}

} // namespace

#else

TEST(ReadMemory, Unavailable)
{
  GTEST_SKIP() << "skipped: allocations are made to fail in builds with glibc and no sanitizer";
}

#endif
