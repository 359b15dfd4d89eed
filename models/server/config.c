/* One table made of config.def: it finds, sets, bounds and prints every directive. A value is taken
 * as a server takes it from redis.conf, and kept as one int64_t; only the output-buffer limit is
 * three of them, and save points are a list. */
#include "models/server/config.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "sim/engine/quantity.h"

enum directive_type { SIZE, COUNT, CLIPPED, SECONDS, BOOL, LOAD, LIMIT, SAVE };

/* Of a block in which a replica keeps the stream: one more is begun while the limit is not passed. */
#define KEPT_BLOCK_HEADER 16

/* In the default column of config.def: the profile knows. */
#define PROFILE INT64_MIN

struct directive {
    const char *name, *older, *what;
    size_t offset;
    int64_t fallback, min, max;
    enum directive_type type;
};

static const struct directive DIRECTIVES[CONFIG_COUNT] = {
#define DIRECTIVE(field, name, aliases, type, fallback, min, max, what)                            \
    [CONFIG_##                                                                                     \
        field] = {name, aliases, what, offsetof(struct config, field), fallback, min, max, type},
#include "models/server/config.def"
#undef DIRECTIVE
};

static const char *const LOADS[] = {"disabled", "on-empty-db", "swapdb"};
static const char *const SAVE_POINTS = "3600 1 300 100 60 10000";

static const struct directive *directive_at(int directive)
{
    assert(directive >= 0 && directive < CONFIG_COUNT);
    return &DIRECTIVES[directive];
}

static int64_t *value_of(struct config *config, const struct directive *row)
{
    return (int64_t *)(void *)((char *)config + row->offset);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether word[0..len) is `name`, in any case. */
static bool is_word(const char *word, size_t len, const char *name)
{
    size_t i = 0;
    while (i < len && name[i] && lower(word[i]) == lower(name[i]))
        i++;
    return i == len && !name[i];
}

/* The next word of *text, which moves behind it; its length is 0 at the end. */
static size_t next_word(const char **text, const char **word)
{
    *word = *text + strspn(*text, " \t");
    size_t len = strcspn(*word, " \t");
    *text = *word + len;
    return len;
}

void config_init(struct config *config, const struct profile *profile)
{
    for (int i = 0; i < CONFIG_COUNT; i++)
        if (DIRECTIVES[i].type != LIMIT && DIRECTIVES[i].fallback != PROFILE)
            *value_of(config, &DIRECTIVES[i]) = DIRECTIVES[i].fallback;
    config->backlog_bytes = profile->default_backlog_bytes;
    config->diskless_sync = profile->default_diskless_sync;
    config->lazy_flush = profile->default_lazy_flush;
    config->rdb_channel = profile->default_second_channel;
    config->save_rule = (struct save_rule){0};
    config->limit = (struct output_limit){
        .hard_bytes = INT64_C(256) << 20, .soft_bytes = INT64_C(64) << 20, .soft_s = 60};
}

bool config_second_channel(const struct config *config, const struct profile *profile)
{
    if (profile->second_channel == SECOND_CHANNEL_RDB)
        return config->rdb_channel != 0;
    return profile->second_channel == SECOND_CHANNEL_DUAL && config->dual_channel != 0;
}

bool config_serves_channel(const struct config *config, const struct profile *profile)
{
    return config->diskless_sync != 0 && config_second_channel(config, profile);
}

int64_t config_kept_bytes(const struct config *config, const struct profile *profile)
{
    bool has_own = profile->second_channel == SECOND_CHANNEL_RDB;
    int64_t block = profile->channel_buffer_block_bytes;
    int64_t limit = has_own ? config->full_sync_buffer_bytes : 0;
    if (limit == 0)
        limit = config->limit.hard_bytes;
    return limit == 0 ? 0 : (limit / (block + KEPT_BLOCK_HEADER) + 1) * block;
}

int64_t config_kept_memory(const struct profile *profile, int64_t kept_bytes)
{
    int64_t block = profile->channel_buffer_block_bytes;
    return block == 0 ? 0 : (kept_bytes + block - 1) / block * (block + KEPT_BLOCK_HEADER);
}

int config_find(const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < CONFIG_COUNT; i++) {
        if (is_word(name, len, DIRECTIVES[i].name))
            return i;
        const char *older = DIRECTIVES[i].older, *word;
        for (size_t n; (n = next_word(&older, &word)) > 0;)
            if (is_word(word, n, name))
                return i;
    }
    return -1;
}

const char *config_name(int directive)
{
    return directive_at(directive)->name;
}

const char *config_older_names(int directive)
{
    return directive_at(directive)->older;
}

const char *config_what(int directive)
{
    return directive_at(directive)->what;
}

const char *config_example(int directive)
{
    static const char *const EXAMPLES[] = {
        [SIZE] = "64mb",
        [COUNT] = "10",
        [CLIPPED] = "10",
        [SECONDS] = "30",
        [BOOL] = "yes",
        [LOAD] = "swapdb",
        [LIMIT] = "replica 256mb 64mb 60",
        [SAVE] = "3600 1 300 100 60 10000",
    };
    return EXAMPLES[directive_at(directive)->type];
}

static const char *parse_choice(const char *value, const char *const *names, int count,
                                int64_t *out)
{
    for (int i = 0; i < count; i++)
        if (is_word(value, strlen(value), names[i])) {
            *out = i;
            return NULL;
        }
    return "one of them";
}

/* Takes hard limit, soft limit and seconds from *value; false if they are not there. */
static bool take_limit(const char **value, struct output_limit *out)
{
    static const enum quantity_kind KINDS[] = {QUANTITY_MEMORY, QUANTITY_MEMORY, QUANTITY_COUNT};
    int64_t parts[3];
    for (int i = 0; i < 3; i++) {
        const char *word;
        size_t len = next_word(value, &word);
        if (len == 0 || quantity_parse(KINDS[i], word, len, &parts[i]) ||
            parts[i] > INT64_C(1) << 50)
            return false;
    }
    *out = (struct output_limit){parts[0], parts[1], parts[2]};
    return true;
}

/* "replica 256mb 64mb 60", or several classes as CONFIG GET prints them. Only that of the replicas
 * matters here, and must be there. */
static const char *parse_limit(const char *value, struct output_limit *out)
{
    static const char *const EXPECTED =
        "the class replica, hard limit, soft limit and seconds, such as: replica 256mb 64mb 60";
    struct output_limit limit, found = {0};
    bool is_found = false;
    const char *word;
    for (size_t len; (len = next_word(&value, &word)) > 0;) {
        bool is_ours = is_word(word, len, "replica") || is_word(word, len, "slave");
        bool is_other = is_word(word, len, "normal") || is_word(word, len, "pubsub");
        if ((!is_ours && !is_other) || !take_limit(&value, &limit))
            return EXPECTED;
        if (is_ours)
            found = limit;
        is_found = is_found || is_ours;
    }
    if (!is_found)
        return EXPECTED;
    *out = found;
    return NULL;
}

static const char *const POINTS_EXPECTED =
    "pairs of seconds and changes such as 3600 1 300 100, at most 8, or \"\" for none";

/* Pairs of seconds and changes, or "" for none. */
static const char *parse_save(const char *value, struct config *config)
{
    struct save_rule rule = {0};
    uint32_t words = 0;
    const char *word;
    for (size_t len; (len = next_word(&value, &word)) > 0; words++) {
        int64_t number;
        if (len == 2 && strncmp(word, "\"\"", 2) == 0 && words == 0) {
            if (next_word(&value, &word) > 0)
                return POINTS_EXPECTED;
            break;
        }
        if (words / 2 == SAVE_POINTS_MAX || quantity_parse(QUANTITY_COUNT, word, len, &number) ||
            number > INT32_MAX)
            return POINTS_EXPECTED;
        struct save_point *point = &rule.points[words / 2];
        *(words % 2 == 0 ? &point->seconds : &point->changes) = number;
        if (words % 2 == 0 && number == 0)
            return POINTS_EXPECTED;
    }
    if (words % 2 != 0)
        return POINTS_EXPECTED;
    rule.count = words / 2;
    config->save_points = words > 0;
    config->save_rule = rule;
    return NULL;
}

static const char *parse_number(const struct directive *row, const char *value, int64_t *out)
{
    int64_t parsed;
    const char *wanted = quantity_parse(row->type == SIZE ? QUANTITY_MEMORY : QUANTITY_COUNT, value,
                                        strlen(value), &parsed);
    if (wanted)
        return row->type == SECONDS ? "a whole number of seconds without a unit, such as 60"
                                    : wanted;
    if (row->type == CLIPPED)
        parsed = parsed < row->min ? row->min : parsed > row->max ? row->max : parsed;
    if (parsed < row->min) /* every least value is 0 or 1 */
        return "1 or more";
    if (parsed > row->max)
        return "a smaller value";
    *out = parsed;
    return NULL;
}

const char *config_set(struct config *config, int directive, const char *value)
{
    static const char *const YES_NO[] = {"no", "yes"};
    const struct directive *row = directive_at(directive);
    int64_t *out = row->type == LIMIT ? NULL : value_of(config, row);
    switch (row->type) {
    case SIZE:
    case COUNT:
    case CLIPPED:
    case SECONDS:
        return parse_number(row, value, out);
    case BOOL:
        return parse_choice(value, YES_NO, 2, out) ? "yes or no" : NULL;
    case LOAD:
        return parse_choice(value, LOADS, 3, out) ? "disabled, on-empty-db or swapdb" : NULL;
    case LIMIT:
        return parse_limit(value, &config->limit);
    case SAVE:
        return parse_save(value, config);
    }
    assert(false);
    return NULL;
}

static size_t print_limit(const struct output_limit *limit, char *out, size_t size)
{
    char hard[32], soft[32];
    quantity_print(QUANTITY_MEMORY, limit->hard_bytes, hard, sizeof hard);
    quantity_print(QUANTITY_MEMORY, limit->soft_bytes, soft, sizeof soft);
    return (size_t)snprintf(out, size, "replica %s %s %" PRId64, hard, soft, limit->soft_s);
}

/* Save points that nobody gave are those of redis.conf. */
static size_t print_save(const struct config *config, char *out, size_t size)
{
    const struct save_rule *rule = &config->save_rule;
    size_t len = 0;
    if (rule->count == 0)
        return (size_t)snprintf(out, size, "%s", config->save_points ? SAVE_POINTS : "\"\"");
    for (uint32_t i = 0; i < rule->count; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%" PRId64 " %" PRId64, i > 0 ? " " : "",
                                rule->points[i].seconds, rule->points[i].changes);
    return len;
}

size_t config_print(const struct config *config, int directive, char *out, size_t size)
{
    assert(size >= CONFIG_TEXT_MAX);
    const struct directive *row = directive_at(directive);
    if (row->type == LIMIT)
        return print_limit(&config->limit, out, size);
    int64_t value;
    memcpy(&value, (const char *)config + row->offset, sizeof value);
    switch (row->type) {
    case SIZE:
        return quantity_print(QUANTITY_MEMORY, value, out, size);
    case BOOL:
        return (size_t)snprintf(out, size, "%s", value ? "yes" : "no");
    case LOAD:
        return (size_t)snprintf(out, size, "%s", LOADS[value]);
    case SAVE:
        return print_save(config, out, size);
    default:
        return (size_t)snprintf(out, size, "%" PRId64, value);
    }
}
