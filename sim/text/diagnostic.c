/* Problems are kept as they come and sorted by place when they are asked for; those of one place
 * stay in the order of their coming. */
#include "sim/text/diagnostic.h"
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#define SHOWN_MAX      40 /* of a file that is wrong everywhere, the first say enough */
#define KEPT_MAX       200
#define SHOWN_LINE_MAX 160 /* bytes: a longer source line is not shown */

struct problem {
    struct place place;
    guint number;
    char *what;
};

struct source {
    char *name, *text;
};

struct problems {
    GArray *list, *sources;
    size_t dropped; /* beyond KEPT_MAX */
    bool is_sorted;
};

struct problems *problems_new(void)
{
    struct problems *problems = g_new0(struct problems, 1);
    problems->list = g_array_new(FALSE, FALSE, sizeof(struct problem));
    problems->sources = g_array_new(FALSE, FALSE, sizeof(struct source));
    return problems;
}

void problems_free(struct problems *problems)
{
    for (guint i = 0; i < problems->list->len; i++)
        g_free(g_array_index(problems->list, struct problem, i).what);
    for (guint i = 0; i < problems->sources->len; i++) {
        g_free(g_array_index(problems->sources, struct source, i).name);
        g_free(g_array_index(problems->sources, struct source, i).text);
    }
    g_array_free(problems->list, TRUE);
    g_array_free(problems->sources, TRUE);
    g_free(problems);
}

/* What may be written to any terminal. Takes ownership of `text`. */
static char *make_printable(char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    g_free(text);
    for (char *at = valid; *at; at = g_utf8_next_char(at))
        if (g_ascii_iscntrl(*at))
            *at = '?';
    return valid;
}

int32_t problems_source(struct problems *problems, const char *name, const char *text, size_t len)
{
    struct source source = {make_printable(g_strdup(name)), text ? g_strndup(text, len) : NULL};
    g_array_append_val(problems->sources, source);
    return (int32_t)problems->sources->len - 1;
}

static bool is_same(const struct problem *a, const struct problem *b)
{
    return a->place.source == b->place.source && a->place.line == b->place.line &&
           a->place.column == b->place.column && strcmp(a->what, b->what) == 0;
}

void problems_add(struct problems *problems, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct problem problem = {place, problems->list->len,
                              make_printable(g_strdup_vprintf(format, arguments))};
    va_end(arguments);
    for (guint i = 0; i < problems->list->len; i++)
        if (is_same(&g_array_index(problems->list, struct problem, i), &problem)) {
            g_free(problem.what);
            return;
        }
    if (problems->list->len >= KEPT_MAX) {
        g_free(problem.what);
        problems->dropped++;
        return;
    }
    g_array_append_val(problems->list, problem);
    problems->is_sorted = false;
}

/* The number of an equal source; of a new one if there is none. */
static int32_t same_source(struct problems *problems, const struct source *source)
{
    for (guint i = 0; i < problems->sources->len; i++) {
        const struct source *other = &g_array_index(problems->sources, struct source, i);
        if (g_str_equal(other->name, source->name) && g_strcmp0(other->text, source->text) == 0)
            return (int32_t)i;
    }
    return problems_source(problems, source->name, source->text,
                           source->text ? strlen(source->text) : 0);
}

void problems_join(struct problems *problems, const struct problems *from)
{
    for (guint i = 0; i < from->list->len; i++) {
        const struct problem *problem = &g_array_index(from->list, struct problem, i);
        struct place place = problem->place;
        place.source = same_source(
            problems, &g_array_index(from->sources, struct source, (guint)problem->place.source));
        problems_add(problems, place, "%s", problem->what);
    }
}

size_t problems_count(const struct problems *problems)
{
    return problems->list->len;
}

static int by_place(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    if (a->place.source != b->place.source)
        return a->place.source < b->place.source ? -1 : 1;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static const struct problem *problem_at(struct problems *problems, size_t index)
{
    assert(index < problems->list->len);
    if (!problems->is_sorted)
        g_array_sort(problems->list, by_place);
    problems->is_sorted = true;
    return &g_array_index(problems->list, struct problem, index);
}

static const struct source *source_of(struct problems *problems, const struct problem *problem)
{
    return &g_array_index(problems->sources, struct source, (guint)problem->place.source);
}

static char *where(struct problems *problems, const struct problem *problem)
{
    const char *name = source_of(problems, problem)->name;
    if (problem->place.line <= 0)
        return g_strdup_printf("%s:", name);
    return g_strdup_printf("%s:%d:%d:", name, problem->place.line, problem->place.column);
}

char *problems_text(struct problems *problems, size_t index)
{
    const struct problem *problem = problem_at(problems, index);
    char *place = where(problems, problem);
    char *text = g_strdup_printf("%s error: %s", place, problem->what);
    g_free(place);
    return text;
}

/* The source line and a caret below it; nothing where there is no line or it is too long to help.
 */
static void print_line(struct problems *problems, const struct problem *problem, FILE *out)
{
    const char *line = source_of(problems, problem)->text;
    for (int32_t i = 1; line && i < problem->place.line; i++) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line || problem->place.line <= 0)
        return;
    size_t len = strcspn(line, "\n");
    if (len > SHOWN_LINE_MAX)
        return;
    fprintf(out, "    %.*s\n    ", (int)len, line);
    const char *at = line;
    for (int32_t i = 1; i < problem->place.column && at < line + len; i++) {
        fputc(*at == '\t' ? '\t' : ' ', out);
        at = g_utf8_next_char(at);
    }
    fputs("^\n", out);
}

void problems_print(struct problems *problems, FILE *out, bool is_coloured)
{
    size_t count = problems_count(problems);
    for (size_t i = 0; i < MIN(count, SHOWN_MAX); i++) {
        const struct problem *problem = problem_at(problems, i);
        char *place = where(problems, problem);
        fprintf(out, is_coloured ? "\033[1m%s\033[0m \033[31merror:\033[0m %s\n" : "%s error: %s\n",
                place, problem->what);
        g_free(place);
        print_line(problems, problem, out);
    }
    if (count > SHOWN_MAX)
        fprintf(out, "... and %zu more\n", count - SHOWN_MAX + problems->dropped);
}
