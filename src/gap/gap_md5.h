/* MD5 sums (RFC 1321), which QUIP records of files with sparse points. */
#ifndef GAP_MD5_H
#define GAP_MD5_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 32 lower case hexadecimal digits and a NUL */
void gap_md5(const char *data, size_t size, char out[33]);

#ifdef __cplusplus
}
#endif
#endif
