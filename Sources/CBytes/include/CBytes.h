// Searches over bytes that Swift's vectors do not reach at full speed.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// How many bytes from the start are neither a quote, a backslash, a control character (below 32) nor above 127: the
/// plain run of a JSON string. 16 bytes a step where the processor has vectors.
size_t pb_plain_run(const uint8_t *bytes, size_t count);
