/* Problems are kept as they come and sorted by place when they are asked for; those of one place
 * stay in the order of their coming. */
#include "sim/text/diagnostic.h"
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#define SHOWN_MAX      40 /* of a file that is wrong everywhere, the first say enough */
#define KEPT_MAX       200
#define SHOWN_LINE_MAX 160 /* bytes: a longer source line is not shown */

struct diagnostic {
    struct place place;
    guint number;
    char *what;
};

struct source {
    char *name, *text;
};

struct diagnostics {
    GArray *list, *sources;
    GPtrArray *notes; /* char * */
    size_t dropped;   /* beyond KEPT_MAX */
    bool is_sorted;
};

struct diagnostics *diagnostics_new(void)
{
    struct diagnostics *diagnostics = g_new0(struct diagnostics, 1);
    diagnostics->list = g_array_new(FALSE, FALSE, sizeof(struct diagnostic));
    diagnostics->sources = g_array_new(FALSE, FALSE, sizeof(struct source));
    diagnostics->notes = g_ptr_array_new_with_free_func(g_free);
    return diagnostics;
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    for (guint i = 0; i < diagnostics->list->len; i++)
        g_free(g_array_index(diagnostics->list, struct diagnostic, i).what);
    for (guint i = 0; i < diagnostics->sources->len; i++) {
        g_free(g_array_index(diagnostics->sources, struct source, i).name);
        g_free(g_array_index(diagnostics->sources, struct source, i).text);
    }
    g_array_free(diagnostics->list, TRUE);
    g_array_free(diagnostics->sources, TRUE);
    g_ptr_array_free(diagnostics->notes, TRUE);
    g_free(diagnostics);
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

int32_t diagnostics_source(struct diagnostics *diagnostics, const char *name, const char *text,
                           size_t len)
{
    struct source source = {make_printable(g_strdup(name)), text ? g_strndup(text, len) : NULL};
    g_array_append_val(diagnostics->sources, source);
    return (int32_t)diagnostics->sources->len - 1;
}

static bool is_same(const struct diagnostic *a, const struct diagnostic *b)
{
    return a->place.source == b->place.source && a->place.line == b->place.line &&
           a->place.column == b->place.column && strcmp(a->what, b->what) == 0;
}

void diagnostics_add(struct diagnostics *diagnostics, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic diagnostic = {place, diagnostics->list->len,
                                    make_printable(g_strdup_vprintf(format, arguments))};
    va_end(arguments);
    for (guint i = 0; i < diagnostics->list->len; i++)
        if (is_same(&g_array_index(diagnostics->list, struct diagnostic, i), &diagnostic)) {
            g_free(diagnostic.what);
            return;
        }
    if (diagnostics->list->len >= KEPT_MAX) {
        g_free(diagnostic.what);
        diagnostics->dropped++;
        return;
    }
    g_array_append_val(diagnostics->list, diagnostic);
    diagnostics->is_sorted = false;
}

/* Takes ownership of `note`. */
static void add_note(struct diagnostics *diagnostics, char *note)
{
    if (g_ptr_array_find_with_equal_func(diagnostics->notes, note, g_str_equal, NULL))
        g_free(note);
    else
        g_ptr_array_add(diagnostics->notes, note);
}

void diagnostics_note(struct diagnostics *diagnostics, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *what = make_printable(g_strdup_vprintf(format, arguments));
    va_end(arguments);
    const char *name = g_array_index(diagnostics->sources, struct source, (guint)place.source).name;
    add_note(diagnostics, place.line > 0 ? g_strdup_printf("%s:%d:%d: note: %s", name, place.line,
                                                           place.column, what)
                                         : g_strdup_printf("%s: note: %s", name, what));
    g_free(what);
}

const char *diagnostics_note_at(const struct diagnostics *diagnostics, size_t index)
{
    return index < diagnostics->notes->len ? diagnostics->notes->pdata[index] : NULL;
}

/* The number of an equal source; of a new one if there is none. */
static int32_t same_source(struct diagnostics *diagnostics, const struct source *source)
{
    for (guint i = 0; i < diagnostics->sources->len; i++) {
        const struct source *other = &g_array_index(diagnostics->sources, struct source, i);
        if (g_str_equal(other->name, source->name) && g_strcmp0(other->text, source->text) == 0)
            return (int32_t)i;
    }
    return diagnostics_source(diagnostics, source->name, source->text,
                              source->text ? strlen(source->text) : 0);
}

void diagnostics_join(struct diagnostics *diagnostics, const struct diagnostics *from)
{
    for (guint i = 0; i < from->list->len; i++) {
        const struct diagnostic *diagnostic = &g_array_index(from->list, struct diagnostic, i);
        struct place place = diagnostic->place;
        place.source = same_source(diagnostics, &g_array_index(from->sources, struct source,
                                                               (guint)diagnostic->place.source));
        diagnostics_add(diagnostics, place, "%s", diagnostic->what);
    }
    for (guint i = 0; i < from->notes->len; i++)
        add_note(diagnostics, g_strdup(from->notes->pdata[i]));
}

/* What stands behind the "  # " of that line; NULL if nothing does. Free with g_free. */
static char *comment_of(const char *text, int32_t line)
{
    for (; text && line > 1; line--) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    char *copy = text ? g_strndup(text, strcspn(text, "\n")) : NULL;
    const char *mark = copy ? strstr(copy, "  # ") : NULL;
    char *comment = mark ? g_strdup(mark + strlen("  # ")) : NULL;
    g_free(copy);
    return comment;
}

void diagnostics_join_made(struct diagnostics *diagnostics, const struct diagnostics *from,
                           int32_t made)
{
    const struct source *source = &g_array_index(from->sources, struct source, (guint)made);
    int32_t whole = diagnostics_source(diagnostics, source->name, NULL, 0);
    for (guint i = 0; i < from->list->len; i++) {
        const struct diagnostic *each = &g_array_index(from->list, struct diagnostic, i);
        struct place place = {.source = whole};
        if (each->place.source != made) {
            place = each->place;
            place.source = same_source(diagnostics, &g_array_index(from->sources, struct source,
                                                                   (guint)each->place.source));
        }
        char *comment =
            each->place.source == made ? comment_of(source->text, each->place.line) : NULL;
        diagnostics_add(diagnostics, place, "%s%s%s%s", each->what, comment ? " (" : "",
                        comment ? comment : "", comment ? ")" : "");
        g_free(comment);
    }
    for (guint i = 0; i < from->notes->len; i++)
        add_note(diagnostics, g_strdup(from->notes->pdata[i]));
}

size_t diagnostics_count(const struct diagnostics *diagnostics)
{
    return diagnostics->list->len;
}

static int by_place(const void *left, const void *right)
{
    const struct diagnostic *a = left, *b = right;
    if (a->place.source != b->place.source)
        return a->place.source < b->place.source ? -1 : 1;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static const struct diagnostic *diagnostic_at(struct diagnostics *diagnostics, size_t index)
{
    assert(index < diagnostics->list->len);
    if (!diagnostics->is_sorted)
        g_array_sort(diagnostics->list, by_place);
    diagnostics->is_sorted = true;
    return &g_array_index(diagnostics->list, struct diagnostic, index);
}

static const struct source *source_of(struct diagnostics *diagnostics,
                                      const struct diagnostic *diagnostic)
{
    return &g_array_index(diagnostics->sources, struct source, (guint)diagnostic->place.source);
}

static char *where(struct diagnostics *diagnostics, const struct diagnostic *diagnostic)
{
    const char *name = source_of(diagnostics, diagnostic)->name;
    if (diagnostic->place.line <= 0)
        return g_strdup_printf("%s:", name);
    return g_strdup_printf("%s:%d:%d:", name, diagnostic->place.line, diagnostic->place.column);
}

char *diagnostics_text(struct diagnostics *diagnostics, size_t index)
{
    const struct diagnostic *diagnostic = diagnostic_at(diagnostics, index);
    char *place = where(diagnostics, diagnostic);
    char *text = g_strdup_printf("%s error: %s", place, diagnostic->what);
    g_free(place);
    return text;
}

/* The source line and a caret below it; nothing where there is no line or it is too long to help.
 */
static void print_line(struct diagnostics *diagnostics, const struct diagnostic *diagnostic,
                       FILE *out)
{
    const char *line = source_of(diagnostics, diagnostic)->text;
    for (int32_t i = 1; line && i < diagnostic->place.line; i++) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line || diagnostic->place.line <= 0)
        return;
    size_t len = strcspn(line, "\n");
    if (len > SHOWN_LINE_MAX)
        return;
    fprintf(out, "    %.*s\n    ", (int)len, line);
    const char *at = line;
    for (int32_t i = 1; i < diagnostic->place.column && at < line + len; i++) {
        fputc(*at == '\t' ? '\t' : ' ', out);
        at = g_utf8_next_char(at);
    }
    fputs("^\n", out);
}

void diagnostics_print(struct diagnostics *diagnostics, FILE *out, bool is_coloured)
{
    for (guint i = 0; i < diagnostics->notes->len; i++)
        fprintf(out, "%s\n", (const char *)diagnostics->notes->pdata[i]);
    size_t count = diagnostics_count(diagnostics);
    for (size_t i = 0; i < MIN(count, SHOWN_MAX); i++) {
        const struct diagnostic *diagnostic = diagnostic_at(diagnostics, i);
        char *place = where(diagnostics, diagnostic);
        fprintf(out, is_coloured ? "\033[1m%s\033[0m \033[31merror:\033[0m %s\n" : "%s error: %s\n",
                place, diagnostic->what);
        g_free(place);
        print_line(diagnostics, diagnostic, out);
    }
    if (count > SHOWN_MAX)
        fprintf(out, "... and %zu more\n", count - SHOWN_MAX + diagnostics->dropped);
}
