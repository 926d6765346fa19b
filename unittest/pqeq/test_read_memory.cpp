// Every allocation of the reader and of the kernel's tables fails once: POLAR_MEMORY, and nothing
// stays allocated.
#include <cstddef>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "pqeq/pqeq.h"

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

// The executable's definitions take precedence over those of the C library.
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
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
void *aligned_alloc(size_t alignment, size_t size)
{
  return fails() ? nullptr : counted(__libc_memalign(alignment, size));
}
void free(void *p)
{
  if (counting && p) alive--;
  __libc_free(p);
}
}

namespace {

template <class Work>
long fail_one_by_one(const Work &work)
{
  long failures = 0;
  for (long budget = 0;; budget++) {
    polar_status st{};
    until_failure = budget;
    alive = 0;
    counting = true;
    const polar_code code = work(&st);
    counting = false;
    EXPECT_EQ(alive, 0) << "after " << budget << " allocations";
    if (until_failure >= 0) { // more was granted than asked for
      EXPECT_EQ(code, POLAR_OK) << st.text;
      return failures;
    }
    failures++;
    EXPECT_EQ(code, POLAR_MEMORY) << "after " << budget << " allocations: " << st.text;
    EXPECT_EQ(st.code, POLAR_MEMORY);
    EXPECT_NE(std::strstr(st.text, "Out of memory while"), nullptr) << st.text;
    if (::testing::Test::HasFailure()) return failures;
  }
}

TEST(PqeqMemory, Reader)
{
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
  const pqeq_element element[2] = {{8, 1, 8.3, 14.7, 1.0, 0.67, 18.0},
                                   {3, 2, 3.9, 14.9, 1.0, 0.69, 47.0}};
  for (double split : {0.0, 0.3}) {
    const long failures = fail_one_by_one([&](polar_status *st) {
      pqeq_kernel *k = nullptr;
      const polar_code code =
          split > 0.0
              ? pqeq_kernel_create_long(2, element, 14.4, 0.46277, 8.0, 0.25, split, 1.0, 0, &k, st)
              : pqeq_kernel_create(2, element, 14.4, 0.46277, 8.0, 0.25, PQEQ_RULE_SITE, &k, st);
      EXPECT_EQ(k != nullptr, code == POLAR_OK);
      pqeq_kernel_free(k);
      return code;
    });
    EXPECT_EQ(failures, 5); // kernel, its inside, species, tables, rows
  }
}

} // namespace

#else

TEST(PqeqMemory, Unavailable)
{
  GTEST_SKIP() << "skipped: allocations are made to fail in builds with glibc and no sanitizer";
}

#endif
