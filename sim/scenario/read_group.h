/* Names that stand for several nodes or links, in groups, faults and links: r1, rack, m-r1, m->r1,
 * m-rack. */
#ifndef PSYNCSIM_SCENARIO_READ_GROUP_H
#define PSYNCSIM_SCENARIO_READ_GROUP_H

#include "sim/scenario/reading.h"

/* A node, or the path between two. */
struct member {
    int32_t one, other; /* node indices; other: -1 for a node */
    bool is_arrow;      /* from `one` to `other` alone */
    struct place place; /* of the term that it came from */
};

struct group {
    const char *name;
    int32_t node;    /* of the document; ABSENT: made by a count */
    GArray *members; /* of struct member; NULL: not read yet */
};

GArray *members_new(void); /* of struct member; free with g_array_free */
bool are_nodes(const GArray *members);

/* NULL if there is none of that name. */
struct group *find_group(const struct reading *reading, const char *name);

/* What read_term expects, for its problems. */
#define TERM_ANY   "the name of a node, a link such as m-r1, or a group"
#define TERM_NODES "the name of a node, or of a group of nodes"

/* Adds what a term stands for. False if it stands for nothing: read_term adds a problem. */
bool find_term(const struct reading *reading, const char *text, struct place place,
               GArray *members);
bool read_term(struct reading *reading, const char *text, struct place place, const char *wanted,
               GArray *members);

/* The members of one term or a list of them, each once; NULL after a problem. */
GArray *read_terms(struct reading *reading, int32_t node, const char *wanted);
/* Adds those that are known; no problem is reported. `node`: ABSENT adds none. */
void find_terms(const struct reading *reading, int32_t node, GArray *members);

/* `name` is borrowed. */
void add_group_of_nodes(struct reading *reading, const char *name, int32_t first, int32_t count);
void free_groups(struct reading *reading);

#endif
