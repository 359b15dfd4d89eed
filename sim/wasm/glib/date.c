/* See glib.h: 2024-05-01T12:00:00.25Z, or with +02:00 in place of Z, or without either. */
#include <glib.h>
#include <string.h>

struct GTimeZone {
    gint unused;
};

struct GDateTime {
    gint64 unix_s;
    gint microsecond;
};

GTimeZone *g_time_zone_new_utc(void)
{
    return g_new0(GTimeZone, 1);
}

void g_time_zone_unref(GTimeZone *zone)
{
    g_free(zone);
}

/* Takes `count` digits and what must stand before them; -1: it does not. */
static gint take(const char **at, char before, gint count)
{
    gint value = 0;
    if (before != '\0' && *(*at)++ != before)
        return -1;
    for (gint i = 0; i < count; i++, (*at)++) {
        if (!g_ascii_isdigit(**at))
            return -1;
        value = 10 * value + (**at - '0');
    }
    return value;
}

static gboolean is_leap(gint year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970-01-01; -1: there is no such day. */
static gint64 days_to(gint year, gint month, gint day)
{
    static const gint LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > LENGTHS[month - 1] + (month == 2 && is_leap(year)))
        return -1;
    gint64 days = day - 1;
    for (gint i = 1970; i < year; i++)
        days += 365 + is_leap(i);
    for (gint i = 1; i < month; i++)
        days += LENGTHS[i - 1] + (i == 2 && is_leap(year));
    return days;
}

static gint take_fraction(const char **at)
{
    gint us = 0, unit = 100000;
    if (**at != '.' && **at != ',')
        return 0;
    for ((*at)++; g_ascii_isdigit(**at); (*at)++, unit /= 10)
        us += unit * (**at - '0');
    return us;
}

/* Seconds east of UTC; false: something else stands there. */
static gboolean take_zone(const char *at, gint *east)
{
    gint sign = *at == '+' ? 1 : *at == '-' ? -1 : 0, hours, minutes = 0;
    *east = 0;
    if (sign == 0)
        return at[0] == '\0' || (at[0] == 'Z' && at[1] == '\0');
    at++;
    hours = take(&at, '\0', 2);
    if (hours >= 0 && *at != '\0')
        minutes = take(&at, *at == ':' ? ':' : '\0', 2);
    *east = sign * (3600 * hours + 60 * minutes);
    return hours >= 0 && minutes >= 0 && *at == '\0';
}

GDateTime *g_date_time_new_from_iso8601(const char *text, GTimeZone *zone)
{
    (void)zone;
    static const char BEFORE[] = {'\0', '-', '-', 'T', ':', ':'};
    gint parts[G_N_ELEMENTS(BEFORE)], east;
    for (gsize i = 0; i < G_N_ELEMENTS(BEFORE); i++) {
        char before = BEFORE[i] == 'T' && *text == ' ' ? ' ' : BEFORE[i];
        parts[i] = take(&text, before, i == 0 ? 4 : 2);
        if (parts[i] < 0)
            return NULL;
    }
    gint64 days = days_to(parts[0], parts[1], parts[2]);
    gint us = take_fraction(&text);
    if (days < 0 || parts[3] > 23 || parts[4] > 59 || parts[5] > 59 || !take_zone(text, &east))
        return NULL;
    GDateTime *date = g_new(GDateTime, 1);
    *date = (GDateTime){86400 * days + 3600 * parts[3] + 60 * parts[4] + parts[5] - east, us};
    return date;
}

void g_date_time_unref(GDateTime *date)
{
    g_free(date);
}

gint64 g_date_time_to_unix(GDateTime *date)
{
    return date->unix_s;
}

gint g_date_time_get_microsecond(GDateTime *date)
{
    return date->microsecond;
}
