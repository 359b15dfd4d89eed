/* The part of GLib that the simulator uses, for WebAssembly, where there is none: only what is
 * called, with the meaning that GLib's reference gives it. tests/wasm/glib_print.c prints the same
 * with either.
 *
 * Memory that cannot be had ends the program, as there. Sorts are stable, as there. */
#ifndef PSYNCSIM_WASM_GLIB_H
#define PSYNCSIM_WASM_GLIB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FALSE 0
#define TRUE  1

typedef int gboolean;
typedef char gchar;
typedef unsigned char guchar;
typedef int gint;
typedef unsigned int guint;
typedef uint32_t gunichar;
typedef int64_t gint64;
typedef uint64_t guint64;
typedef size_t gsize;
typedef ptrdiff_t gssize;
typedef void *gpointer;
typedef const void *gconstpointer;
typedef void GDestroyNotify(gpointer data);
typedef gint GCompareFunc(gconstpointer a, gconstpointer b);
typedef gboolean GEqualFunc(gconstpointer a, gconstpointer b);

#define G_GNUC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define G_N_ELEMENTS(array)        (sizeof(array) / sizeof((array)[0]))
#define G_GINT64_MODIFIER          "ll"
#define G_GINT64_FORMAT            "lld"
#define G_GUINT64_FORMAT           "llu"
#undef MIN
#undef MAX
#define MIN(a, b)           ((a) < (b) ? (a) : (b))
#define MAX(a, b)           ((a) > (b) ? (a) : (b))
#define CLAMP(x, low, high) ((x) > (high) ? (high) : (x) < (low) ? (low) : (x))

/* ---- memory: memory.c ---- */

gpointer g_malloc(gsize size);
gpointer g_malloc0(gsize size);
gpointer g_malloc_n(gsize count, gsize size);
gpointer g_malloc0_n(gsize count, gsize size);
gpointer g_realloc(gpointer memory, gsize size);
void g_free(gpointer memory);
#define g_new(type, count)  ((type *)g_malloc_n(count, sizeof(type)))
#define g_new0(type, count) ((type *)g_malloc0_n(count, sizeof(type)))

/* ---- texts: text.c ---- */

char *g_strdup(const char *text);
char *g_strndup(const char *text, gsize len);
char *g_strdup_vprintf(const char *format, va_list arguments) G_GNUC_PRINTF(1, 0);
char *g_strdup_printf(const char *format, ...) G_GNUC_PRINTF(1, 2);
char *g_strconcat(const char *first, ...);
gint g_snprintf(char *out, gsize size, const char *format, ...) G_GNUC_PRINTF(3, 4);
gsize g_strlcpy(char *out, const char *text, gsize size);
gint g_strcmp0(const char *a, const char *b);
gboolean g_str_equal(gconstpointer a, gconstpointer b);
gboolean g_str_has_prefix(const char *text, const char *prefix);
gboolean g_str_has_suffix(const char *text, const char *suffix);
char *g_strrstr(const char *text, const char *part);
char *g_strchug(char *text);
char *g_strchomp(char *text);
#define g_strstrip(text) g_strchomp(g_strchug(text))
char **g_strsplit(const char *text, const char *separator, gint most);
char *g_strjoinv(const char *separator, char **texts);
guint g_strv_length(char **texts);
void g_strfreev(char **texts);
const char *g_strerror(gint number);
const char *g_intern_string(const char *text);
char *g_path_get_basename(const char *path);
char *g_path_get_dirname(const char *path);
gboolean g_path_is_absolute(const char *path);
char *g_build_filename(const char *first, ...);

/* ---- characters: character.c ---- */

gboolean g_ascii_isdigit(char c);
gboolean g_ascii_isxdigit(char c);
gboolean g_ascii_isalpha(char c);
gboolean g_ascii_isalnum(char c);
gboolean g_ascii_isspace(char c);
gboolean g_ascii_iscntrl(char c);
char g_ascii_tolower(char c);
gint g_ascii_xdigit_value(char c);
gint g_ascii_strcasecmp(const char *a, const char *b);
gint g_ascii_strncasecmp(const char *a, const char *b, gsize len);
char *g_ascii_strdown(const char *text, gssize len);
double g_ascii_strtod(const char *text, char **end);
gunichar g_utf8_get_char(const char *at);
gunichar g_utf8_get_char_validated(const char *at, gssize len);
gboolean g_utf8_validate(const char *text, gssize len, const char **end);
char *g_utf8_make_valid(const char *text, gssize len);
char *g_utf8_next(const char *at);
#define g_utf8_next_char(at) g_utf8_next(at)
ptrdiff_t g_utf8_strlen(const char *text, gssize len);
ptrdiff_t g_utf8_pointer_to_offset(const char *text, const char *at);

/* ---- texts that grow: growing.c ---- */

typedef struct {
    char *str;
    gsize len, allocated_len;
} GString;

GString *g_string_new(const char *text);
GString *g_string_new_len(const char *text, gssize len);
char *g_string_free(GString *string, gboolean frees_text);
GString *g_string_assign(GString *string, const char *text);
GString *g_string_truncate(GString *string, gsize len);
GString *g_string_append(GString *string, const char *text);
GString *g_string_append_len(GString *string, const char *text, gssize len);
GString *g_string_append_c(GString *string, char c);
void g_string_printf(GString *string, const char *format, ...) G_GNUC_PRINTF(2, 3);
void g_string_append_printf(GString *string, const char *format, ...) G_GNUC_PRINTF(2, 3);
guint g_string_replace(GString *string, const char *find, const char *with, guint limit);

typedef struct GStringChunk GStringChunk;

GStringChunk *g_string_chunk_new(gsize size);
char *g_string_chunk_insert(GStringChunk *chunk, const char *text);
char *g_string_chunk_insert_len(GStringChunk *chunk, const char *text, gssize len);
void g_string_chunk_free(GStringChunk *chunk);

/* ---- arrays: array.c ---- */

typedef struct {
    char *data;
    guint len;
} GArray;

GArray *g_array_new(gboolean ends_with_zero, gboolean is_cleared, guint element_size);
char *g_array_free(GArray *array, gboolean frees_data);
GArray *g_array_append_vals(GArray *array, gconstpointer values, guint count);
GArray *g_array_set_size(GArray *array, guint len);
GArray *g_array_remove_range(GArray *array, guint index, guint count);
void g_array_sort(GArray *array, GCompareFunc *compare);
#define g_array_append_val(array, value)  g_array_append_vals(array, &(value), 1)
#define g_array_index(array, type, index) (((type *)(void *)(array)->data)[index])

typedef struct {
    gpointer *pdata;
    guint len;
} GPtrArray;

GPtrArray *g_ptr_array_new(void);
GPtrArray *g_ptr_array_new_with_free_func(GDestroyNotify *frees);
gpointer *g_ptr_array_free(GPtrArray *array, gboolean frees_data);
void g_ptr_array_add(GPtrArray *array, gpointer data);
void g_ptr_array_sort(GPtrArray *array, GCompareFunc *compare);
gboolean g_ptr_array_find_with_equal_func(GPtrArray *array, gconstpointer wanted,
                                          GEqualFunc *is_equal, guint *index);

/* ---- dates: date.c; UTC alone ---- */

typedef struct GTimeZone GTimeZone;
typedef struct GDateTime GDateTime;

GTimeZone *g_time_zone_new_utc(void);
void g_time_zone_unref(GTimeZone *zone);
GDateTime *g_date_time_new_from_iso8601(const char *text, GTimeZone *zone);
void g_date_time_unref(GDateTime *date);
gint64 g_date_time_to_unix(GDateTime *date);
gint g_date_time_get_microsecond(GDateTime *date);

#endif
