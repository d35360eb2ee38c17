#pragma once
#include <zlib.h>

/// inflateInit2 is a macro that passes the header version; Swift cannot import it.
static inline int pb_inflate_init(z_stream *stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}
