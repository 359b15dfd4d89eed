/* A running 128-bit digest of a trace: not cryptographic, the same everywhere, about 2 ns per word.
 */
#ifndef PSYNCSIM_ENGINE_DIGEST_H
#define PSYNCSIM_ENGINE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_MAX 40

struct digest {
    uint64_t a, b;
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, uint64_t word);
void digest_add_bytes(struct digest *digest, const void *bytes, size_t len); /* length included */

/* "x" and 32 hexadecimal digits: never read as a number. Does not change the digest. */
void digest_print(const struct digest *digest, char out[DIGEST_TEXT_MAX]);

#endif
