/* The generator is xoshiro256++ (Blackman and Vigna); its state comes from a keyed ARX hash of the
 * stream's name, of the SipHash family, so that streams with names or seeds that differ in one bit
 * have nothing in common. */
#include "sim/engine/random.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd */

__extension__ typedef unsigned __int128 wide;

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void stir(uint64_t v[4], int rounds)
{
    for (int i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    stir(v, 2);
    v[0] ^= word;
}

/* The length goes first, so that ("ab", "c") and ("a", "bc") are different names. */
static void absorb_text(uint64_t v[4], const char *text)
{
    size_t len = strlen(text);
    absorb(v, len);
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        for (size_t j = i; j < len && j < i + 8; j++)
            word |= (uint64_t)(unsigned char)text[j] << (j - i) * 8;
        absorb(v, word);
    }
}

void random_init(struct random *random, uint64_t seed, uint64_t replication, const char *entity,
                 const char *purpose)
{
    uint64_t v[4] = {
        UINT64_C(0x243f6a8885a308d3), /* fraction of pi, four words: nothing up the sleeve */
        UINT64_C(0x13198a2e03707344),
        UINT64_C(0xa4093822299f31d0),
        UINT64_C(0x082efa98ec4e6c89),
    };
    absorb(v, seed);
    absorb(v, replication);
    absorb_text(v, entity);
    absorb_text(v, purpose);
    for (size_t i = 0; i < 4; i++) {
        v[2] ^= 0xff;
        stir(v, 4);
        random->s[i] = v[0] ^ v[1] ^ v[2] ^ v[3];
    }
    random->s[0] |=
        (random->s[0] | random->s[1] | random->s[2] | random->s[3]) == 0; /* never all 0 */
}

uint64_t random_u64(struct random *random)
{
    uint64_t *s = random->s;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

/* The high word of draw * bound is uniform once the few draws whose low word is below 2^64 mod
 * bound are thrown away. */
uint64_t random_below(struct random *random, uint64_t bound)
{
    assert(bound > 0);
    wide product = (wide)random_u64(random) * bound;
    if ((uint64_t)product < bound) {
        uint64_t reject_below = (0 - bound) % bound;
        while ((uint64_t)product < reject_below)
            product = (wide)random_u64(random) * bound;
    }
    return (uint64_t)(product >> 64);
}

double random_unit(struct random *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

double random_open_unit(struct random *random)
{
    return ((double)(random_u64(random) >> 12) + 0.5) * 0x1p-52;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t random_at(uint64_t key, uint64_t index)
{
    return mix(mix(key + GOLDEN) + mix((index + 1) * GOLDEN));
}

void random_init_at(struct random *random, uint64_t key, uint64_t index)
{
    uint64_t own = random_at(key, index);
    for (size_t i = 0; i < 4; i++)
        random->s[i] = random_at(own, i);
    random->s[0] |= 1; /* never all 0 */
}
