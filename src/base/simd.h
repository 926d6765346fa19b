/* Run-time choice of the vector instruction set for hot loops.
 *
 *   POLAR_CLONES static void kernel(...) { ... }
 *
 * compiles the function for AVX-512, AVX2 and the baseline, and the dynamic loader picks one by the
 * processor it finds, so that one binary serves every x86-64 machine. Write the innermost loop over
 * POLAR_LANES doubles with a constant trip count: it becomes one or two vector instructions.
 *
 * The choice rests on ifunc symbols, which need GNU libc; address and thread sanitizers do not
 * survive their resolvers. Elsewhere the macro is empty and the function is compiled once. GCC
 * knows the x86-64-v3 and -v4 names from version 12 on; the symbols that clang 14 makes of such
 * functions do not link (a static one's resolver is global, a global one is called NAME.ifunc),
 * those of 19 do. -DPOLAR_NO_CLONES turns it off. The clones differ in rounding only if the
 * compiler may contract a*b+c (-ffp-contract=fast; -std=c11 without it forbids that to GCC, not to
 * clang). */
#ifndef POLAR_SIMD_H
#define POLAR_SIMD_H

#include <limits.h> /* any libc header: defines __GLIBC__ */

#define POLAR_LANES 8 /* doubles per batch: one AVX-512 register, two AVX2, four SSE2 */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POLAR_NO_CLONES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define POLAR_NO_CLONES 1
#endif
#endif

#if !defined(POLAR_NO_CLONES) && defined(__x86_64__) && defined(__linux__) &&                      \
    defined(__GLIBC__) && !defined(__CUDACC__) && !defined(__INTEL_COMPILER) &&                    \
    !defined(__NVCOMPILER) &&                                                                      \
    ((defined(__clang__) && __clang_major__ >= 19) || (!defined(__clang__) && __GNUC__ >= 12))
#define POLAR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define POLAR_CLONES
#endif

#endif
