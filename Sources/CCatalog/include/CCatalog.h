#pragma once
#include <stddef.h>

/// The bytes of Config/catalog.yaml as they were when the program was built.
const unsigned char *pb_catalog_bytes(void);
/// How many there are.
size_t pb_catalog_count(void);
