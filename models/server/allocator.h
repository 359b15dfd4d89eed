/* What the allocator of a host gives for a request: blocks of buffers are as large as that (FACTS
 * 5.3; jemalloc and the C library's seen in recordings). */
#ifndef PSYNCSIM_SERVER_ALLOCATOR_H
#define PSYNCSIM_SERVER_ALLOCATOR_H

#include <stdint.h>

enum allocator { ALLOCATOR_JEMALLOC, ALLOCATOR_LIBC };

/* Usable bytes of an allocation of `request` bytes, 16 or more. */
int64_t allocator_usable(enum allocator allocator, int64_t request);

#endif
