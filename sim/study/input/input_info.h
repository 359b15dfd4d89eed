/* What INFO says, as saved from redis-cli or taken from a running server. */
#ifndef PSYNCSIM_STUDY_INPUT_INPUT_INFO_H
#define PSYNCSIM_STUDY_INPUT_INPUT_INFO_H

#include "sim/text/input_text.h"

#define INFO_UNKNOWN  INT64_MIN
#define INFO_TEXT_MAX 48

struct input_info {
#define INFO_FIELD(field, name, what) int64_t field; /* INFO_UNKNOWN: it does not say */
#include "sim/study/input/input_info.def"
#undef INFO_FIELD
    int64_t keys;                /* of all databases; INFO_UNKNOWN without a Keyspace section */
    int64_t repl_output_milli;   /* instantaneous_output_repl_kbps, in thousandths of a KB/s */
    char version[INFO_TEXT_MAX]; /* redis_version; "" */
    char valkey[INFO_TEXT_MAX];  /* valkey_version; "" */
    char replid[INFO_TEXT_MAX];  /* master_replid; "" */
    char run_id[INFO_TEXT_MAX];  /* of the process; "" */
    bool is_replica;
};

/* Sections may be missing, fields that are not known are passed over. False after a problem. */
bool input_info_read(struct input_info *info, const char *name, const char *bytes, size_t len,
                     struct diagnostics *diagnostics);

struct input_rate {
    int64_t bytes_per_s; /* INFO_UNKNOWN: it is unknown; `from` says why */
    bool is_of_clients;  /* all that clients send: more than a stream would be */
    char from[128];      /* how it came about, in words */
};

/* The write rate between two dumps of one server, in either order; or, where `second` is NULL, from
 * one alone. Of a server that has neither replica nor backlog, what its clients send, from 1 KB/s
 * on: it makes no stream. */
struct input_rate input_info_rate(const struct input_info *first, const struct input_info *second);

#endif
