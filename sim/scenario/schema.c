/* The table itself, and the words of the choices. */
#include "sim/scenario/schema.h"
#include <assert.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/scenario/preset.h"
#include "sim/scenario/scenario.h"

#define YEARS(n) ((n)*365 * INT64_C(86400) * NS_PER_S)
#define REQUIRED NULL

typedef struct scenario target_SCENARIO;
typedef struct host target_HOST;
typedef struct scenario_node target_NODE;
typedef struct scenario_link target_LINK;
typedef struct scenario_load target_LOAD;
typedef struct scenario_load target_BURSTS;
typedef struct scenario_load target_MARKOV;
typedef struct scenario_wait target_WAIT;
typedef struct scenario_fault target_FAULT;

static const struct schema_key KEYS[] = {
#define KEY(section, key, type, detail, field, least, most, fallback, example, what)               \
    {SECTION_##section,                                                                            \
     key,                                                                                          \
     SCHEMA_##type,                                                                                \
     detail,                                                                                       \
     offsetof(target_##section, field),                                                            \
     sizeof(((target_##section *)0)->field),                                                       \
     least,                                                                                        \
     most,                                                                                         \
     fallback,                                                                                     \
     example,                                                                                      \
     what},
#define OTHER(section, key, type, detail, fallback, example, what)                                 \
    {SECTION_##section, key, SCHEMA_##type, detail, 0, 0, 0, 0, fallback, example, what},
#include "sim/scenario/schema.def"
#undef KEY
#undef OTHER
};

#define HUMANIZE_MAX 6

static const struct schema_word WORDS[CHOICE_COUNT][HUMANIZE_MAX] = {
    [CHOICE_BEGIN] = {{"cold", BEGIN_COLD},
                      {"synced", BEGIN_SYNCED},
                      {"absent", BEGIN_ABSENT},
                      {"alone", BEGIN_ALONE}},
    [CHOICE_LINK] = {{"tcp", LINK_TCP}, {"relayed", LINK_RELAYED}},
    [CHOICE_MODE] = {{"rst", false}, {"fin", true}},
    [CHOICE_SIDE] = {{"both", SIDE_BOTH},
                     {"upper", SIDE_UPPER},
                     {"lower", SIDE_LOWER},
                     {"master", SIDE_UPPER},
                     {"replica", SIDE_LOWER}},
    [CHOICE_DIRECTION] = {{"both", DIRECTION_BOTH}, {"down", DIRECTION_DOWN}, {"up", DIRECTION_UP}},
    [CHOICE_SAVE] = {{"as-configured", SAVE_AS_CONFIGURED}, {"yes", SAVE_YES}, {"no", SAVE_NO}},
    [CHOICE_ALLOCATOR] = {{"jemalloc", ALLOCATOR_JEMALLOC}, {"libc", ALLOCATOR_LIBC}},
    [CHOICE_KNOWN_FAULTS] = {{"all", KNOWN_FAULT_ALL},
                             {"none", KNOWN_FAULT_NONE},
                             {"exit", KNOWN_FAULT_EXIT},
                             {"database", KNOWN_FAULT_DATABASE}},
};

size_t schema_count(void)
{
    return sizeof KEYS / sizeof *KEYS;
}

const struct schema_key *schema_at(size_t index)
{
    assert(index < schema_count());
    return &KEYS[index];
}

const struct schema_key *schema_find(enum schema_section section, const char *key)
{
    for (size_t i = 0; i < schema_count(); i++)
        if (KEYS[i].section == section && strcmp(KEYS[i].key, key) == 0)
            return &KEYS[i];
    return NULL;
}

const char *schema_section_name(enum schema_section section)
{
    static const char *const NAMES[SECTION_COUNT] = {
        [SECTION_SCENARIO] = "a scenario", [SECTION_HOST] = "a host", [SECTION_NODE] = "a node",
        [SECTION_LINK] = "a link",         [SECTION_LOAD] = "a load", [SECTION_BURSTS] = "bursts",
        [SECTION_MARKOV] = "markov",       [SECTION_WAIT] = "a wait", [SECTION_FAULT] = "a fault",
    };
    return NAMES[section];
}

const struct schema_word *schema_words(enum schema_choice choice)
{
    assert(choice >= 0 && choice < CHOICE_COUNT);
    return WORDS[choice];
}

bool schema_has_default(const struct schema_key *key)
{
    return key->fallback && key->fallback[0] && key->fallback[0] != '(';
}

bool schema_lists(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; len > 0 && (at = strstr(at, name)); at += len) {
        bool begins = at == list || at[-1] == ' ';
        if (begins && (at[len] == ' ' || at[len] == 0))
            return true;
    }
    return false;
}
