/* Dates and times as logs have them; digits and months by hand, as no locale is asked. */
#include "sim/incident/stamp.h"

#include <string.h>
#include "sim/engine/time.h"

bool stamp_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `count` digits; negative: no number. */
int64_t stamp_digits(const char *at, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!stamp_is_digit(at[i]))
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* Days since 1970 of a date of the Gregorian calendar, by the rule of 400 years. */
int64_t stamp_day(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

int64_t stamp_month(const char *at)
{
    static const char MONTHS[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char low[3];
    for (int i = 0; i < 3; i++)
        low[i] = at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] + 32) : at[i];
    for (int64_t i = 0; i < 12; i++)
        if (memcmp(MONTHS + 3 * i, low, 3) == 0)
            return i + 1;
    return 0;
}

/* "16:05:54" and a fraction behind '.' or ','. Returns its bytes, 0: none. */
size_t stamp_time(const char *at, size_t left, int64_t *ns)
{
    if (left < 8 || at[2] != ':' || at[5] != ':')
        return 0;
    int64_t h = stamp_digits(at, 2), m = stamp_digits(at + 3, 2), s = stamp_digits(at + 6, 2),
            unit = NS_PER_S;
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
        return 0;
    *ns = ((h * 60 + m) * 60 + s) * NS_PER_S;
    size_t used = 8;
    if (used + 1 < left && (at[8] == '.' || at[8] == ',') && stamp_is_digit(at[9]))
        for (used = 9; used < left && stamp_is_digit(at[used]); used++)
            *ns += (unit /= 10) * (at[used] - '0');
    return used;
}

bool stamp_zone(const char *text, int64_t *seconds)
{
    if (strcmp(text, "UTC") == 0 || strcmp(text, "GMT") == 0 || strcmp(text, "Z") == 0) {
        *seconds = 0;
        return true;
    }
    size_t len = strlen(text);
    if ((text[0] != '+' && text[0] != '-') || len < 2 || len > 6)
        return false;
    size_t hours_len = len == 2 || (len == 5 && text[2] == ':') ? 1 : 2;
    const char *rest = text + 1 + hours_len + (text[1 + hours_len] == ':');
    int64_t hours = stamp_digits(text + 1, hours_len);
    int64_t minutes = *rest == '\0' ? 0 : strlen(rest) == 2 ? stamp_digits(rest, 2) : -1;
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return true;
}

bool stamp_iso(const char *text, size_t len, struct stamp *stamp, size_t *used)
{
    int64_t of_day, zone;
    if (len < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' '))
        return false;
    int64_t year = stamp_digits(text, 4), month = stamp_digits(text + 5, 2),
            day = stamp_digits(text + 8, 2);
    size_t at = stamp_time(text + 11, len - 11, &of_day);
    if (year < 1970 || year > STAMP_YEAR_MAX || month < 1 || month > 12 || day < 1 || day > 31 ||
        at == 0)
        return false;
    *used = 11 + at;
    *stamp = (struct stamp){stamp_day(year, month, day) * STAMP_DAY_S * NS_PER_S + of_day, true,
                            true, false};
    char tail[7] = "";
    size_t left = len - *used, want = left == 0                                  ? 0
                                      : text[*used] == 'Z'                       ? 1
                                      : text[*used] != '+' && text[*used] != '-' ? 0
                                      : left >= 6 && text[*used + 3] == ':'      ? 6
                                      : left >= 5                                ? 5
                                                                                 : 0;
    memcpy(tail, text + *used, want);
    if (want > 0 && stamp_zone(tail, &zone)) {
        stamp->ns -= zone * NS_PER_S;
        stamp->has_zone = true;
        *used += want;
    }
    return true;
}
