/* Two 64-bit lanes, each a multiply-and-rotate chain with its own odd multiplier; lane b also takes
 * in lane a, so that a collision has to happen in both at once. Bytes are read as little-endian
 * words whatever the machine's order. */
#include "sim/engine/digest.h"
#include <inttypes.h>
#include <stdio.h>

#define MULTIPLY_A UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd */
#define MULTIPLY_B UINT64_C(0xbb67ae8584caa73b) /* fraction of sqrt 3, odd */
#define START_A    UINT64_C(0x243f6a8885a308d3) /* fraction of pi */
#define START_B    UINT64_C(0xb7e151628aed2a6a) /* fraction of e */

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

/* A bijection in which every input bit reaches every output bit. */
static uint64_t finish(uint64_t x)
{
    x = (x ^ x >> 32) * MULTIPLY_A;
    x = (x ^ x >> 29) * MULTIPLY_B;
    return x ^ x >> 32;
}

void digest_init(struct digest *digest)
{
    *digest = (struct digest){.a = START_A, .b = START_B};
}

void digest_add(struct digest *digest, uint64_t word)
{
    digest->a = rotate(digest->a ^ word, 29) * MULTIPLY_A;
    digest->b = (rotate(digest->b, 41) + (word ^ digest->a >> 32)) * MULTIPLY_B;
}

void digest_add_bytes(struct digest *digest, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    digest_add(digest, len);
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        for (size_t j = i; j < len && j < i + 8; j++)
            word |= (uint64_t)at[j] << (j - i) * 8;
        digest_add(digest, word);
    }
}

void digest_print(const struct digest *digest, char out[DIGEST_TEXT_MAX])
{
    uint64_t a = finish(digest->a + rotate(digest->b, 32));
    uint64_t b = finish(digest->b ^ a);
    snprintf(out, DIGEST_TEXT_MAX, "x%016" PRIx64 "%016" PRIx64, a, b);
}
