#include "gap/gap_md5.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static uint32_t rotate(uint32_t x, int n)
{
  return x << n | x >> (32 - n);
}

/* One block of 64 bytes; sine[k] = floor(2^32 |sin(k+1)|) */
static void block(const unsigned char *data, const uint32_t *sine, uint32_t state[4])
{
  static const int shift[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  uint32_t word[16], a = state[0], b = state[1], c = state[2], d = state[3];
  for (int k = 0; k < 16; k++)
    word[k] = (uint32_t)data[4 * k] | (uint32_t)data[4 * k + 1] << 8 |
              (uint32_t)data[4 * k + 2] << 16 | (uint32_t)data[4 * k + 3] << 24;
  for (int k = 0; k < 64; k++) {
    uint32_t f;
    int g;
    if (k < 16) {
      f = (b & c) | (~b & d);
      g = k;
    } else if (k < 32) {
      f = (d & b) | (~d & c);
      g = (5 * k + 1) % 16;
    } else if (k < 48) {
      f = b ^ c ^ d;
      g = (3 * k + 5) % 16;
    } else {
      f = c ^ (b | ~d);
      g = 7 * k % 16;
    }
    const uint32_t next = b + rotate(a + f + sine[k] + word[g], shift[k / 16][k % 4]);
    a = d;
    d = c;
    c = b;
    b = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

void gap_md5(const char *data, size_t size, char out[33])
{
  static const char digits[] = "0123456789abcdef";
  uint32_t sine[64], state[4] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
  for (int k = 0; k < 64; k++) sine[k] = (uint32_t)floor(4294967296.0 * fabs(sin(k + 1.0)));
  size_t done = 0;
  for (; done + 64 <= size; done += 64) block((const unsigned char *)data + done, sine, state);
  unsigned char tail[128] = {0};
  const size_t rest = size - done, length = rest < 56 ? 64 : 128;
  if (rest) memcpy(tail, data + done, rest);
  tail[rest] = 0x80;
  for (int k = 0; k < 8; k++) tail[length - 8 + k] = (unsigned char)((uint64_t)size * 8 >> (8 * k));
  for (size_t k = 0; k < length; k += 64) block(tail + k, sine, state);
  for (int k = 0; k < 16; k++) {
    const unsigned byte = state[k / 4] >> (8 * (k % 4)) & 255u;
    out[2 * k] = digits[byte >> 4];
    out[2 * k + 1] = digits[byte & 15u];
  }
  out[32] = '\0';
}
