/* Drives a fuzz target without libFuzzer: the same pseudo-random inputs each time, and mutations of
 * its seeds.
 *
 * usage: fuzz_TARGET [COUNT [SEED]]        from the top of the tree; the files of
 * tests/fuzz/corpus/TARGET come first; another SEED draws other inputs */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX 4096
#define SEEDS_MAX 64

__attribute__((weak)) long fuzz_inputs(void)
{
    return 100000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    size_t len;
    uint8_t bytes[INPUT_MAX];
};

static struct input seeds[SEEDS_MAX];
static size_t seed_count;

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_seed(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = name[0] == '.' || seed_count == SEEDS_MAX ? NULL : fopen(path, "rb");
    if (file == NULL)
        return;
    struct input *seed = &seeds[seed_count++];
    seed->len = fread(seed->bytes, 1, sizeof seed->bytes, file);
    fclose(file);
}

/* In the order of names, so that a run is the same everywhere. */
static void read_seeds(const char *program)
{
    char dir[256];
    struct dirent **entries = NULL;
    const char *name = strstr(program, "fuzz_");
    snprintf(dir, sizeof dir, "tests/fuzz/corpus/%s", name != NULL ? name + 5 : program);
    int count = scandir(dir, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        read_seed(dir, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void make_random(struct input *input, uint64_t *state)
{
    input->len = draw(state, draw(state, 8) == 0 ? INPUT_MAX : 200);
    for (size_t i = 0; i < input->len; i++)
        input->bytes[i] = (uint8_t)draw(state, 256);
}

/* One change to a seed: a byte, a cut, a repetition, or the tail of another. */
static void mutate(struct input *input, uint64_t *state)
{
    size_t at = input->len == 0 ? 0 : draw(state, input->len);
    const struct input *other = &seeds[draw(state, seed_count)];
    size_t from = other->len == 0 ? 0 : draw(state, other->len);
    size_t room = INPUT_MAX - at;
    size_t part = other->len - from < room ? other->len - from : room;
    switch (draw(state, 4)) {
    case 0:
        input->bytes[at] = (uint8_t)draw(state, 256);
        break;
    case 1:
        input->len = at;
        break;
    case 2:
        part = draw(state, 16) + 1;
        part = part < INPUT_MAX - input->len ? part : INPUT_MAX - input->len;
        memmove(input->bytes + at + part, input->bytes + at, input->len - at);
        input->len += part;
        break;
    default:
        memcpy(input->bytes + at, other->bytes + from, part);
        input->len = at + part;
    }
}

int main(int argc, char **argv)
{
    static struct input input;
    uint64_t state = 88172645463325252;
    if (argc > 2)
        state ^= strtoull(argv[2], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15);
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : fuzz_inputs();
    read_seeds(argv[0]);
    for (size_t i = 0; i < seed_count; i++)
        LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].len);
    for (long i = 0; i < count; i++) {
        if (seed_count == 0 || i % 2 == 0) {
            make_random(&input, &state);
        } else {
            input = seeds[draw(&state, seed_count)];
            for (uint64_t change = draw(&state, 4) + 1; change > 0; change--)
                mutate(&input, &state);
        }
        LLVMFuzzerTestOneInput(input.bytes, input.len);
    }
    printf("%ld inputs and %zu seeds: nothing broke\n", count, seed_count);
    return EXIT_SUCCESS;
}
