/* Clock readings of log lines. */
#ifndef PSYNCSIM_INCIDENT_STAMP_H
#define PSYNCSIM_INCIDENT_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_DAY_S    86400
#define STAMP_NO_YEAR  2000 /* where no year is given */
#define STAMP_YEAR_MAX 2200 /* nanoseconds since 1970 are 64 bits */

/* A clock's reading: nanoseconds since 1970, as if it stood in UTC unless the zone is known. */
struct stamp {
    int64_t ns;
    bool is_set, has_year, has_zone; /* has_zone: ns is UTC */
};

/* "UTC", "+02:00", "-0530", "+2" as seconds east. False: none of these. */
bool stamp_zone(const char *text, int64_t *seconds);

/* "2026-11-28T16:05:54.715Z", a blank for the T, zone and parts of seconds left out. False: no such
 * time. *used: its bytes. */
bool stamp_iso(const char *text, size_t len, struct stamp *stamp, size_t *used);

/* Exactly `count` digits; negative: no number. */
int64_t stamp_digits(const char *at, size_t count);
bool stamp_is_digit(char c);

/* Days since 1970. */
int64_t stamp_day(int64_t year, int64_t month, int64_t day);

/* 1 to 12 by the first three letters, in any case; 0: none. */
int64_t stamp_month(const char *at);

/* "16:05:54" and a fraction behind '.' or ','. Returns its bytes, 0: none. */
size_t stamp_time(const char *at, size_t left, int64_t *ns);

#endif
