#include "CBytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

static int is_plain(uint8_t byte) { return byte >= 32 && byte < 128 && byte != '"' && byte != '\\'; }

size_t pb_plain_run(const uint8_t *bytes, size_t count) {
  size_t position = 0;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(32);
  for (; position + 16 <= count; position += 16) {
    __m128i block = _mm_loadu_si128((const __m128i *)(bytes + position));
    // A signed comparison finds control characters and everything above 127 at once.
    __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
                                _mm_cmplt_epi8(block, space));
    int mask = _mm_movemask_epi8(hits);
    if (mask != 0) return position + (size_t)__builtin_ctz((unsigned)mask);
  }
#elif defined(__ARM_NEON)
  const uint8x16_t quote = vdupq_n_u8('"'), backslash = vdupq_n_u8('\\'), space = vdupq_n_u8(32), top = vdupq_n_u8(127);
  for (; position + 16 <= count; position += 16) {
    uint8x16_t block = vld1q_u8(bytes + position);
    uint8x16_t hits = vorrq_u8(vorrq_u8(vceqq_u8(block, quote), vceqq_u8(block, backslash)),
                               vorrq_u8(vcltq_u8(block, space), vcgtq_u8(block, top)));
    if (vmaxvq_u8(hits) != 0) break;
  }
#endif
  while (position < count && is_plain(bytes[position])) position++;
  return position;
}
