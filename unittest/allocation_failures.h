// Lets every allocation of a piece of work fail once. For one source file of an executable: it
// replaces malloc and its like, in the libraries that the executable loads, too.
#ifndef ALLOCATION_FAILURES_H
#define ALLOCATION_FAILURES_H

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "base/status.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAVE_SANITIZER
#endif

#if defined(__GLIBC__) && !defined(HAVE_SANITIZER)
#define CAN_FAIL_ALLOCATIONS 1
#else
#define CAN_FAIL_ALLOCATIONS 0
#endif

#if CAN_FAIL_ALLOCATIONS

namespace allocations {
inline bool counting = false;
inline long until_failure = -1; // allocations that still succeed; negative: all
inline long alive = 0;          // allocated and not released while counting

inline bool fails()
{
  if (!counting || until_failure < 0 || until_failure-- > 0) return false;
  errno = ENOMEM;
  return true;
}
inline void *counted(void *p)
{
  if (counting && p) alive++;
  return p;
}
} // namespace allocations

// The executable's definitions take precedence over those of the C library; libraries see them only
// if they are not hidden, which clang would make them by -fvisibility=hidden.
#pragma GCC visibility push(default)
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

void *malloc(size_t size)
{
  return allocations::fails() ? nullptr : allocations::counted(__libc_malloc(size));
}
void *calloc(size_t count, size_t size)
{
  return allocations::fails() ? nullptr : allocations::counted(__libc_calloc(count, size));
}
void *realloc(void *p, size_t size)
{
  if (allocations::fails()) return nullptr;
  void *q = __libc_realloc(p, size);
  return p ? q : allocations::counted(q);
}
void *aligned_alloc(size_t alignment, size_t size)
{
  return allocations::fails() ? nullptr : allocations::counted(__libc_memalign(alignment, size));
}
void free(void *p)
{
  if (allocations::counting && p) allocations::alive--;
  __libc_free(p);
}
}
#pragma GCC visibility pop

#endif

// Work: polar_code(polar_status *), which releases what it makes. It has to return POLAR_MEMORY
// with a text for whichever allocation fails, and leave nothing allocated. Returns how many failed.
// Pardoned: the C library's own allocations, which it may do without.
template <class Work>
long fail_one_by_one(const Work &work, bool pardon = false)
{
#if CAN_FAIL_ALLOCATIONS
  using namespace allocations;
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
    if (pardon && code == POLAR_OK) continue;
    failures++;
    EXPECT_EQ(code, POLAR_MEMORY) << "after " << budget << " allocations: " << st.text;
    EXPECT_EQ(st.code, POLAR_MEMORY);
    EXPECT_NE(std::strstr(st.text, "Out of memory while"), nullptr) << st.text;
    if (::testing::Test::HasFailure()) return failures;
  }
#else
  (void)work;
  (void)pardon;
  return -1;
#endif
}

#define NEEDS_FAILING_ALLOCATIONS                                                                  \
  if (!CAN_FAIL_ALLOCATIONS)                                                                       \
  GTEST_SKIP() << "skipped: allocations are made to fail in builds with glibc and no sanitizer"

#endif
