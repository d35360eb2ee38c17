// Searches over bytes that Swift's vectors do not reach at full speed.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// How many bytes from the start are neither a quote, a backslash, a control character (below 32) nor above 127: the
/// plain run of a JSON string. 16 bytes a step where the processor has vectors.
size_t pb_plain_run(const uint8_t *bytes, size_t count);

/// Takes the CRC-32 of zlib and Ethernet over the bytes, with the processor's instructions for it; `crc`: of what came
/// before, 0 at the start. Returns 0 and does nothing where there are none, and for less than 16 bytes other than 8.
int pb_crc32(uint32_t *crc, const uint8_t *bytes, size_t count);
