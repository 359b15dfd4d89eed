/* One table of units: a value is mantissa * multiply / divide, all of it in integers, so that what
 * is accepted is kept exactly. Only rates are rounded (to the nearest 1e-9/s), since 5/min has no
 * end in decimals. */
#include "sim/engine/quantity.h"
#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX   19 /* as many as INT64_MAX has */
#define FRACTION_MAX 18 /* digits after the point that are read: 10^18 * 365 d fits in 128 bits */
#define PRINTED_MAX                                                                                \
    11 /* digits after the point that are tried: a week in ns is 6048e11, no unit needs more */
#define UNITS_MAX 24

__extension__ typedef unsigned __int128 wide;

struct unit {
    const char *name;
    uint64_t multiply, divide;
};

struct grammar {
    struct unit units[UNITS_MAX];
    const char *wanted;
    const char *zero; /* how 0 is printed */
    bool any_case;
    bool rounds;          /* to the nearest, where the others must come out whole */
    bool plain;           /* no decimal point */
    bool no_blank;        /* before the unit */
    bool bare_zero;       /* 0 needs no unit */
    int64_t bare_at_most; /* bound of a number without unit, 0 if none: 25 is no share */
    int printed;          /* only the first so many units are printed; 0: all */
};

#define DAY_S UINT64_C(86400)

/* Units go upwards: of two spellings whose numbers are as long the larger unit is printed, unless
 * that takes a fraction (1h rather than 3600s or 60min, 100mbit/s rather than 0.1gbit/s). */
static const struct grammar GRAMMARS[] = {
    [QUANTITY_SIZE] = {.wanted = "a size such as 1mb, 512kb or 1048576",
                       .zero = "0",
                       .any_case = true,
                       .printed = 8,
                       .units = {{"b", 1, 1},
                                 {"", 1, 1},
                                 {"k", 1000, 1},
                                 {"kb", 1 << 10, 1},
                                 {"m", 1000000, 1},
                                 {"mb", 1 << 20, 1},
                                 {"g", 1000000000, 1},
                                 {"gb", 1 << 30, 1},
                                 {"t", 1000000000000, 1},
                                 {"tb", UINT64_C(1) << 40, 1},
                                 {"ki", 1 << 10, 1},
                                 {"kib", 1 << 10, 1},
                                 {"mi", 1 << 20, 1},
                                 {"mib", 1 << 20, 1},
                                 {"gi", 1 << 30, 1},
                                 {"gib", 1 << 30, 1},
                                 {"ti", UINT64_C(1) << 40, 1},
                                 {"tib", UINT64_C(1) << 40, 1}}},
    [QUANTITY_MEMORY] = {.wanted = "a whole size such as 1mb, 512kb or 1048576, as in redis.conf",
                         .zero = "0",
                         .any_case = true,
                         .plain = true,
                         .no_blank = true,
                         .units = {{"b", 1, 1},
                                   {"", 1, 1},
                                   {"k", 1000, 1},
                                   {"kb", 1 << 10, 1},
                                   {"m", 1000000, 1},
                                   {"mb", 1 << 20, 1},
                                   {"g", 1000000000, 1},
                                   {"gb", 1 << 30, 1}}},
    [QUANTITY_DURATION] = {.wanted = "a duration such as 250ms, 1.5s, 2min, 6h or 3d",
                           .zero = "0",
                           .bare_zero = true,
                           .units = {{"ns", 1, 1},
                                     {"us", 1000, 1},
                                     {"ms", 1000000, 1},
                                     {"s", 1000000000, 1},
                                     {"min", 60000000000, 1},
                                     {"h", 3600000000000, 1},
                                     {"d", DAY_S * 1000000000, 1},
                                     {"w", 7 * DAY_S * 1000000000, 1}}},
    [QUANTITY_RATE] = {.wanted = "a rate such as 2000/s, 5/min, 10/h, 4/d or 2/year",
                       .zero = "0/s",
                       .rounds = true,
                       .units = {{"/year", 1000000000, 365 * DAY_S},
                                 {"/month", 1000000000, 30 * DAY_S},
                                 {"/d", 1000000000, DAY_S},
                                 {"/h", 1000000000, 3600},
                                 {"/min", 1000000000, 60},
                                 {"/s", 1000000000, 1}}},
    [QUANTITY_BYTERATE] = {.wanted = "a byte rate such as 5mb/s, 300kb/s or 1200b/s",
                           .zero = "0b/s",
                           .any_case = true,
                           .printed = 7,
                           .units = {{"b/s", 1, 1},
                                     {"k/s", 1000, 1},
                                     {"kb/s", 1 << 10, 1},
                                     {"m/s", 1000000, 1},
                                     {"mb/s", 1 << 20, 1},
                                     {"g/s", 1000000000, 1},
                                     {"gb/s", 1 << 30, 1},
                                     {"tb/s", UINT64_C(1) << 40, 1},
                                     {"kib/s", 1 << 10, 1},
                                     {"mib/s", 1 << 20, 1},
                                     {"gib/s", 1 << 30, 1},
                                     {"tib/s", UINT64_C(1) << 40, 1}}},
    [QUANTITY_BITRATE] =
        {.wanted = "a bit rate such as 100mbit/s or 1gbit/s, or a byte rate such as 5mb/s",
         .zero = "0bit/s",
         .any_case = true,
         .printed = 4,
         .units = {{"bit/s", 1, 1},
                   {"kbit/s", 1000, 1},
                   {"mbit/s", 1000000, 1},
                   {"gbit/s", 1000000000, 1},
                   {"b/s", 8, 1},
                   {"k/s", 8000, 1},
                   {"kb/s", 8 << 10, 1},
                   {"m/s", 8000000, 1},
                   {"mb/s", 8 << 20, 1},
                   {"g/s", 8000000000, 1},
                   {"gb/s", UINT64_C(8) << 30, 1},
                   {"kib/s", 8 << 10, 1},
                   {"mib/s", 8 << 20, 1},
                   {"gib/s", UINT64_C(8) << 30, 1}}},
    [QUANTITY_COUNT] = {.wanted = "a whole number such as 4",
                        .zero = "0",
                        .plain = true,
                        .units = {{"", 1, 1}}},
    [QUANTITY_SHARE] = {.wanted = "a share such as 60%, 0.1% or 0.25",
                        .zero = "0%",
                        .units = {{"%", 10000, 1}, {"", 1000000, 1}},
                        .bare_at_most = 1000000,
                        .printed = 1},
    [QUANTITY_SEED] = {.wanted = "a whole number from 0 to 9223372036854775807",
                       .zero = "0",
                       .plain = true,
                       .units = {{"", 1, 1}}},
};

/* Units that people write and that could be two things, or that are another kind's. */
struct mistake {
    enum quantity_kind kind;
    const char *unit, *wanted; /* the unit in any case */
};

#define RATE_PER_SECOND "a rate such as 100mbit/s (megabits) or 5mb/s (megabytes); ps may be either"
#define BITS_OR_BYTES                                                                              \
    "a rate such as 100mbit/s (megabits) or 5mb/s (megabytes); Mb and Gb may be either"
#define AS_REDIS_CONF "a size as redis.conf has it, whole and up to gb, such as 512kb, 1mb or 8gb"

static const struct mistake MISTAKES[] = {
    {QUANTITY_SIZE, "mb/s", "a size such as 1mb, without a unit of time"},
    {QUANTITY_MEMORY, "t", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "tb", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "ki", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "kib", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "mi", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "mib", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "gi", AS_REDIS_CONF},
    {QUANTITY_MEMORY, "gib", AS_REDIS_CONF},
    {QUANTITY_DURATION, "", "a duration with its unit, such as 250ms, 1.5s, 2min, 6h or 3d"},
    {QUANTITY_DURATION, "m", "a duration such as 5min (minutes) or 5ms (milliseconds)"},
    {QUANTITY_DURATION, "y", "a duration such as 365d (a year)"},
    {QUANTITY_DURATION, "year", "a duration such as 365d (a year)"},
    {QUANTITY_DURATION, "years", "a duration such as 730d (two years)"},
    {QUANTITY_DURATION, "month", "a duration such as 30d (a month)"},
    {QUANTITY_DURATION, "months", "a duration such as 60d (two months)"},
    {QUANTITY_RATE, "", "a rate with its unit of time, such as 2000/s, 5/min or 2/year"},
    {QUANTITY_BYTERATE, "", "a byte rate with its unit of time, such as 5mb/s"},
    {QUANTITY_BYTERATE, "mb", "a byte rate with its unit of time, such as 5mb/s"},
    {QUANTITY_BYTERATE, "mbps", RATE_PER_SECOND},
    {QUANTITY_BYTERATE, "mbit/s", "bytes per second such as 1mb/s (about 8mbit/s)"},
    {QUANTITY_BITRATE, "kbps", RATE_PER_SECOND},
    {QUANTITY_BITRATE, "mbps", RATE_PER_SECOND},
    {QUANTITY_BITRATE, "gbps", RATE_PER_SECOND},
    {QUANTITY_BITRATE, "mbit", "a bit rate with its unit of time, such as 100mbit/s"},
    {QUANTITY_BITRATE, "gbit", "a bit rate with its unit of time, such as 1gbit/s"},
    {QUANTITY_COUNT, "k", "a whole number without a unit, such as 10000 (10k)"},
    {QUANTITY_COUNT, "m", "a whole number without a unit, such as 1000000 (1m)"},
};

/* mantissa / 10^decimals */
struct number {
    uint64_t mantissa;
    unsigned decimals;
    bool has_point;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static wide power_of_ten(unsigned exponent)
{
    wide power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Takes digits from text[at..len) into the number; returns where they end, or at when there is none
 * or too many. */
static size_t read_digits(const char *text, size_t len, size_t at, struct number *number)
{
    size_t from = at;
    for (; at < len && is_digit(text[at]); at++) {
        if (number->mantissa >= UINT64_C(1000000000000000000))
            return from;
        number->mantissa = number->mantissa * 10 + (uint64_t)(text[at] - '0');
    }
    return at;
}

/* Returns how many characters the number has, 0 if there is none. 007, .5 and 5. are no numbers. */
static size_t read_number(const char *text, size_t len, struct number *number)
{
    *number = (struct number){0};
    size_t at = read_digits(text, len, 0, number);
    if (at == 0 || (text[0] == '0' && at > 1))
        return 0;
    if (at == len || text[at] != '.')
        return at;
    size_t end = read_digits(text, len, at + 1, number);
    if (end == at + 1 || end - at - 1 > FRACTION_MAX)
        return 0;
    number->has_point = true;
    number->decimals = (unsigned)(end - at - 1);
    return end;
}

static bool is_unit(const char *name, const char *text, size_t len, bool any_case)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] != (any_case ? lower(text[i]) : text[i]))
            return false;
    return true;
}

static const struct unit *find_unit(const struct grammar *grammar, const char *text, size_t len)
{
    for (const struct unit *unit = grammar->units; unit->name != NULL; unit++)
        if (is_unit(unit->name, text, len, grammar->any_case))
            return unit;
    return NULL;
}

static const char *hint(enum quantity_kind kind, const char *unit, size_t len)
{
    for (size_t i = 0; i < sizeof MISTAKES / sizeof *MISTAKES; i++)
        if (MISTAKES[i].kind == kind && is_unit(MISTAKES[i].unit, unit, len, true))
            return MISTAKES[i].wanted;
    return GRAMMARS[kind].wanted;
}

/* Mb/s, as networks are sold; redis.conf takes mb and MB for the same, and neither writes it so. */
static bool is_bits_or_bytes(enum quantity_kind kind, const char *unit, size_t len)
{
    return (kind == QUANTITY_BITRATE || kind == QUANTITY_BYTERATE) && len == 4 &&
           lower(unit[0]) != unit[0] && memcmp(unit + 1, "b/s", 3) == 0;
}

/* Returns false when the value is not whole, too large, or vanishes in the rounding. */
static bool keep(const struct number *number, const struct unit *unit, bool rounds, int64_t *out)
{
    wide dividend = (wide)number->mantissa * unit->multiply;
    wide divisor = power_of_ten(number->decimals) * unit->divide;
    if (!rounds && dividend % divisor != 0)
        return false;
    wide value = (dividend + divisor / 2) / divisor;
    if (value == 0 && number->mantissa != 0)
        return false;
    if (value > INT64_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

const char *quantity_parse(enum quantity_kind kind, const char *text, size_t len, int64_t *out)
{
    const struct grammar *grammar = &GRAMMARS[kind];
    struct number number;
    size_t end = read_number(text, len, &number);
    if (end == 0 || (number.has_point && grammar->plain))
        return grammar->wanted;
    if (grammar->bare_zero && len == 1 && text[0] == '0') {
        *out = 0;
        return NULL;
    }
    int64_t value;
    size_t at = end;
    while (at < len && text[at] == ' ' && !grammar->no_blank)
        at++;
    if (at == len && at > end)
        return grammar->wanted;
    const struct unit *unit = find_unit(grammar, text + at, len - at);
    if (unit == NULL)
        return hint(kind, text + at, len - at);
    if (is_bits_or_bytes(kind, text + at, len - at))
        return BITS_OR_BYTES;
    if (!keep(&number, unit, grammar->rounds, &value))
        return grammar->wanted;
    if (end == len && grammar->bare_at_most > 0 && value > grammar->bare_at_most)
        return grammar->wanted;
    *out = value;
    return NULL;
}

/* Writes mantissa / 10^decimals and the unit; returns the length. */
static size_t spell(uint64_t mantissa, unsigned decimals, const char *unit, char *out, size_t size)
{
    uint64_t one = (uint64_t)power_of_ten(decimals);
    int len;
    if (decimals == 0)
        len = snprintf(out, size, "%" PRIu64 "%s", mantissa, unit);
    else
        len = snprintf(out, size, "%" PRIu64 ".%0*" PRIu64 "%s", mantissa / one, (int)decimals,
                       mantissa % one, unit);
    assert(len > 0 && (size_t)len < size);
    return (size_t)len;
}

/* The shortest spelling in one unit is the one with the fewest decimals that parses back. */
static size_t spell_in_unit(const struct grammar *grammar, const struct unit *unit, int64_t value,
                            char *out, size_t size)
{
    unsigned most = grammar->plain ? 0 : PRINTED_MAX;
    for (unsigned decimals = 0; decimals <= most; decimals++) {
        wide dividend = (wide)value * unit->divide * power_of_ten(decimals);
        wide mantissa = (dividend + unit->multiply / 2) / unit->multiply;
        if (mantissa >= power_of_ten(DIGITS_MAX))
            return 0;
        struct number number = {.mantissa = (uint64_t)mantissa, .decimals = decimals};
        int64_t back;
        if (keep(&number, unit, grammar->rounds, &back) && back == value)
            return spell(number.mantissa, decimals, unit->name, out, size);
    }
    return 0;
}

size_t quantity_print(enum quantity_kind kind, int64_t value, char *out, size_t size)
{
    assert(value >= 0 && size >= 32);
    const struct grammar *grammar = &GRAMMARS[kind];
    size_t best = SIZE_MAX;
    char text[48];
    if (value == 0) {
        memcpy(out, grammar->zero, strlen(grammar->zero) + 1);
        return strlen(grammar->zero);
    }
    for (int i = 0; grammar->units[i].name != NULL; i++) {
        if (grammar->printed > 0 && i == grammar->printed)
            break;
        size_t len = spell_in_unit(grammar, &grammar->units[i], value, text, sizeof text);
        size_t digits = len - strlen(grammar->units[i].name);
        bool wins_ties = strchr(text, '.') == NULL;
        if (len > 0 && (digits < best || (digits == best && wins_ties))) {
            best = digits;
            memcpy(out, text, len + 1);
        }
    }
    assert(best < size);
    return strlen(out);
}

/* A scale for people, used where `from` is reached: what is shown is value * times / one. */
struct scale {
    const char *name;
    int64_t from;
    uint64_t times, one;
};

#define SCALES_MAX 8

static const struct scale SCALES[][SCALES_MAX] = {
    [QUANTITY_SIZE] = {{" B", 0, 1, 1},
                       {" KB", 1 << 10, 1, 1 << 10},
                       {" MB", 1 << 20, 1, 1 << 20},
                       {" GB", 1 << 30, 1, 1 << 30},
                       {" TB", INT64_C(1) << 40, 1, UINT64_C(1) << 40}},
    [QUANTITY_DURATION] = {{" ns", 0, 1, 1},
                           {" us", 1000, 1, 1000},
                           {" ms", 1000000, 1, 1000000},
                           {" s", 1000000000, 1, 1000000000},
                           {" min", 600000000000, 1, 60000000000},
                           {" h", 7200000000000, 1, 3600000000000},
                           {" d", 172800000000000, 1, DAY_S * 1000000000}},
    [QUANTITY_RATE] = {{"/s", 0, 1, 1000000000},
                       {"/year", 1, 365 * DAY_S, 1000000000},
                       {"/month", 386, 30 * DAY_S, 1000000000},
                       {"/d", 11574, DAY_S, 1000000000},
                       {"/h", 277778, 3600, 1000000000},
                       {"/min", 16666667, 60, 1000000000},
                       {"/s", 1000000000, 1, 1000000000}},
    [QUANTITY_BYTERATE] = {{" B/s", 0, 1, 1},
                           {" KB/s", 1 << 10, 1, 1 << 10},
                           {" MB/s", 1 << 20, 1, 1 << 20},
                           {" GB/s", 1 << 30, 1, 1 << 30}},
    [QUANTITY_BITRATE] = {{" bit/s", 0, 1, 1},
                          {" kbit/s", 1000, 1, 1000},
                          {" Mbit/s", 1000000, 1, 1000000},
                          {" Gbit/s", 1000000000, 1, 1000000000}},
    [QUANTITY_COUNT] = {{"", 0, 1, 1},
                        {" thousand", 10000, 1, 1000},
                        {" million", 1000000, 1, 1000000},
                        {" billion", 1000000000, 1, 1000000000}},
    [QUANTITY_SHARE] = {{" ppm", 0, 1, 1}, {"%", 100, 1, 10000}},
    [QUANTITY_SEED] = {{"", 0, 1, 1}},
    [QUANTITY_MEMORY] = {{" B", 0, 1, 1},
                         {" KB", 1 << 10, 1, 1 << 10},
                         {" MB", 1 << 20, 1, 1 << 20},
                         {" GB", 1 << 30, 1, 1 << 30},
                         {" TB", INT64_C(1) << 40, 1, UINT64_C(1) << 40}},
};

static const struct scale *find_scale(enum quantity_kind kind, int64_t value)
{
    const struct scale *scale = SCALES[kind];
    while (scale + 1 < SCALES[kind] + SCALES_MAX && scale[1].name != NULL && value >= scale[1].from)
        scale++;
    return scale;
}

static unsigned count_digits(wide value)
{
    unsigned digits = 1;
    for (; value >= 10; value /= 10)
        digits++;
    return digits;
}

/* Three significant digits, but never more than the value itself has: 63e-9/s is 2/year,
 * not 1.99/year. */
static unsigned decimals_to_show(wide whole, int64_t value)
{
    unsigned before_point = count_digits(whole);
    unsigned known = count_digits((wide)value);
    unsigned digits = known < 3 ? known : 3;
    return digits > before_point ? digits - before_point : 0;
}

size_t quantity_print_short(enum quantity_kind kind, int64_t value, char *out, size_t size)
{
    assert(value >= 0 && size >= 32);
    const struct scale *scale = find_scale(kind, value);
    wide dividend = (wide)value * scale->times;
    unsigned decimals = decimals_to_show(dividend / scale->one, value);
    wide mantissa = (dividend * power_of_ten(decimals) + scale->one / 2) / scale->one;
    wide shown = mantissa * scale->one / scale->times; /* without decimals */
    const struct scale *next =
        decimals == 0 && shown <= INT64_MAX ? find_scale(kind, (int64_t)shown) : scale;
    if (next > scale) { /* 1 MB, not 1024 KB */
        scale = next;
        mantissa = shown * scale->times / scale->one;
    }
    for (; decimals > 0 && mantissa % 10 == 0; decimals--)
        mantissa /= 10;
    return spell((uint64_t)mantissa, decimals, scale->name, out, size);
}
