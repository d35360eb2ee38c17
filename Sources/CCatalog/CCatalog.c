#include "CCatalog.h"

// #embed records the file as a dependency, so that a changed catalogue is compiled in again.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char catalog[] = {
#embed "../../Config/catalog.yaml"
};

const unsigned char *pb_catalog_bytes(void) { return catalog; }
size_t pb_catalog_count(void) { return sizeof catalog; }
