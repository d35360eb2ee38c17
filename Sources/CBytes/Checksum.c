#include "CBytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define VECTORS __attribute__((target("pclmul,sse4.1,ssse3")))

// Four remainders of 128 bits are carried along, 64 bytes a step, then made one, then made 32 bits (Gopal et al., "Fast
// CRC computation for generic polynomials using PCLMULQDQ instruction", Intel 2009). The constants are powers of x modulo
// the polynomial 0x104C11DB7, bits reflected; k1 to k5 are of the exponents 4*128+32, 4*128-32, 128+32, 128-32 and 64.
VECTORS static inline __m128i step(__m128i sum, __m128i k, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(sum, k, 0x00), high = _mm_clmulepi64_si128(sum, k, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

static inline __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

// The remainder of 64 bits, with 32 zeros behind them.
VECTORS static inline uint32_t reduce(__m128i a) {
  const __m128i k5 = _mm_set_epi64x(0, 0x0163cd6124), poly = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  const __m128i low32 = _mm_setr_epi32(~0, 0, ~0, 0);
  __m128i rest = _mm_srli_si128(a, 4);
  a = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(a, low32), k5, 0x00), rest);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, low32), poly, 0x10);
  a = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(quotient, low32), poly, 0x00), a);
  return (uint32_t)_mm_extract_epi32(a, 1);
}

// Bytes 16 to 31 are the numbers of 16 bytes; what a shuffle takes from beside them is zero.
static const uint8_t shifts[48] = {
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0,   1,   2,   3,   4,   5,   6,   7,
    8,   9,   10,  11,  12,  13,  14,  15,  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128};

#define WIDE __attribute__((target("vpclmulqdq,pclmul,avx512f,sse4.1")))

// The four remainders over whole steps of 64 bytes, in one vector: three times as fast. Returns how many bytes it took.
WIDE static size_t wide_steps(uint32_t crc, const uint8_t *bytes, size_t count, __m128i parts[4]) {
  const __m512i k = _mm512_broadcast_i32x4(_mm_set_epi64x(0x01c6e41596, 0x0154442bd4));
  __m512i sum = _mm512_xor_si512(_mm512_loadu_si512(bytes), _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)~crc)));
  size_t position = 64;
  for (; position + 64 <= count; position += 64) {
    __m512i low = _mm512_clmulepi64_epi128(sum, k, 0x00), high = _mm512_clmulepi64_epi128(sum, k, 0x11);
    sum = _mm512_ternarylogic_epi64(low, high, _mm512_loadu_si512(bytes + position), 0x96);
  }
  _mm512_storeu_si512(parts, sum);
  return position;
}

static size_t steps(uint32_t crc, const uint8_t *bytes, size_t count, __m128i parts[4]);

VECTORS static uint32_t remainder_of(uint32_t crc, const uint8_t *bytes, size_t count) {
  const __m128i k3k4 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  __m128i a = _mm_xor_si128(load(bytes), _mm_cvtsi32_si128((int)~crc));
  size_t position = 16;
  if (count >= 64) {
    __m128i parts[4];
    position = steps(crc, bytes, count, parts);
    a = step(step(step(parts[0], k3k4, parts[1]), k3k4, parts[2]), k3k4, parts[3]);
  }
  for (; position + 16 <= count; position += 16) a = step(a, k3k4, load(bytes + position));
  size_t rest = count - position;
  if (rest > 0) {
    // The sum's 16 bytes and the rest are taken as two times 16 bytes that begin with zeros.
    __m128i later = load(shifts + 16 + rest);
    __m128i first = _mm_shuffle_epi8(a, load(shifts + rest));
    __m128i second = _mm_blendv_epi8(_mm_shuffle_epi8(a, later), load(bytes + count - 16), later);
    a = step(first, k3k4, second);
  }
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, k3k4, 0x10));
  return ~reduce(a);
}

VECTORS static size_t narrow_steps(uint32_t crc, const uint8_t *bytes, size_t count, __m128i parts[4]) {
  const __m128i k = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  __m128i a = _mm_xor_si128(load(bytes), _mm_cvtsi32_si128((int)~crc));
  __m128i b = load(bytes + 16), c = load(bytes + 32), d = load(bytes + 48);
  size_t position = 64;
  for (; position + 64 <= count; position += 64) {
    a = step(a, k, load(bytes + position));
    b = step(b, k, load(bytes + position + 16));
    c = step(c, k, load(bytes + position + 32));
    d = step(d, k, load(bytes + position + 48));
  }
  parts[0] = a, parts[1] = b, parts[2] = c, parts[3] = d;
  return position;
}

static size_t steps(uint32_t crc, const uint8_t *bytes, size_t count, __m128i parts[4]) {
  int is_wide = __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f");
  return is_wide ? wide_steps(crc, bytes, count, parts) : narrow_steps(crc, bytes, count, parts);
}

VECTORS static uint32_t remainder_of_eight(uint32_t crc, const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return ~reduce(_mm_cvtsi64_si128((long long)(word ^ (uint32_t)~crc)));
}

int pb_crc32(uint32_t *crc, const uint8_t *bytes, size_t count) {
  if (count != 8 && count < 16) return 0;
  if (!__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("sse4.1")) return 0;
  *crc = count == 8 ? remainder_of_eight(*crc, bytes) : remainder_of(*crc, bytes, count);
  return 1;
}

#else

int pb_crc32(uint32_t *crc, const uint8_t *bytes, size_t count) {
  (void)crc, (void)bytes, (void)count;
  return 0;
}

#endif
