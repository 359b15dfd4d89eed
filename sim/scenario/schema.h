/* The keys of a scenario by section: rows of schema.def, with the directives of config.def, the
 * faults of fault.def and the expectations of expect.def beside them. */
#ifndef PSYNCSIM_SCENARIO_SCHEMA_H
#define PSYNCSIM_SCENARIO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum schema_section {
    SECTION_SCENARIO,
    SECTION_HOST,
    SECTION_NODE,
    SECTION_LINK,
    SECTION_LOAD,
    SECTION_BURSTS, /* of a load */
    SECTION_MARKOV, /* of a load */
    SECTION_WAIT,
    SECTION_FAULT,
    SECTION_COUNT
};

enum schema_type {
    SCHEMA_TEXT,
    SCHEMA_QUANTITY,
    SCHEMA_DIST,
    SCHEMA_PER_GB,
    SCHEMA_OUTAGE, /* a DIST, or a preset of outages */
    SCHEMA_KEY_RATE,
    SCHEMA_COMMAND_RATE,
    SCHEMA_COUNT,
    SCHEMA_BOOL,
    SCHEMA_CHOICE,
    SCHEMA_TIMES,
    SCHEMA_SERVER,
    SCHEMA_NODE_NAME,
    SCHEMA_HOST_NAME,
    SCHEMA_PRESET,
    SCHEMA_CSV,
    SCHEMA_DIRECTIVES,
    SCHEMA_SECTION,
    SCHEMA_MAP_OF,
    SCHEMA_LIST_OF,
    SCHEMA_EXPECTATIONS,
    SCHEMA_GROUPS,
};

enum schema_choice {
    CHOICE_BEGIN,
    CHOICE_LINK,
    CHOICE_MODE,
    CHOICE_SIDE,
    CHOICE_DIRECTION,
    CHOICE_SAVE,
    CHOICE_ALLOCATOR,
    CHOICE_KNOWN_FAULTS,
    CHOICE_COUNT
};

struct schema_word {
    const char *word;
    int64_t value;
};

struct schema_key {
    enum schema_section section;
    const char *key;
    enum schema_type type;
    int detail;          /* quantity_kind, schema_choice, preset_kind or schema_section, by type */
    size_t offset, size; /* of the field; size 0: read by the section's reader */
    int64_t least, most;
    const char *fallback; /* "": none; in parentheses: only shown; NULL: required */
    const char *example, *what;
};

size_t schema_count(void);
const struct schema_key *schema_at(size_t index);

/* NULL if the section has no such key. */
const struct schema_key *schema_find(enum schema_section section, const char *key);

/* "config", "a link", ...: as a problem names it. */
const char *schema_section_name(enum schema_section section);

/* Words of a choice, ended by a NULL word. */
const struct schema_word *schema_words(enum schema_choice choice);

/* Whether `fallback` is a value, not only words for the reader. */
bool schema_has_default(const struct schema_key *key);

/* Whether `name` is one of the space separated words of `list`. */
bool schema_lists(const char *list, const char *name);

/* A reference of all sections, keys, units and defaults. */
void schema_print_text(FILE *out);

/* JSON Schema, draft 2020-12. Free with g_free. */
char *schema_print_json(void);

#endif
