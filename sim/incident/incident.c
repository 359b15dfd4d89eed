/* Lines to processes. A line is held back until the next one has shown that it does not continue it
 * (terminals and mail wrap lines); in a file that is out of order, lines wait in a window. */
#include "sim/incident/incident.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"

#define WINDOW        32 /* lines in which an export may be out of order */
#define WRAPPED_MIN   40 /* columns of a line that was wrapped */
#define LOOK_LINES    400
#define SMALL_STEP_NS (60 * NS_PER_S)

struct held {
    struct peeled line;
    char text[PEEL_LINE_MAX + 1];
    size_t len;
    int32_t number;
    int64_t key; /* of the order; HALF_ABSENT: that of the line before */
    bool is_used;
};

struct incident {
    struct incident_options options;
    struct word_table words;
    struct peel peel;
    GPtrArray *files, *processes;
    struct process *latest;
    char header[PEEL_NAME_MAX]; /* of tail -f */
    struct held *pending;
    struct held *window; /* WINDOW of them in a file that is out of order; else NULL */
    int waiting;
    bool is_shuffled, is_reversed;
    uint8_t ranks[WORD_COUNT];
};

static void file_free(void *at)
{
    struct incident_file *file = at;
    for (guint i = 0; i < file->pieces->len; i++)
        g_free(g_array_index(file->pieces, struct incident_piece, i).name);
    g_array_free(file->pieces, TRUE);
    g_free(file->name);
    g_free(file->node);
    for (int i = 0; i < 3; i++)
        g_free(file->first[i]);
    g_free(file);
}

static void free_process(void *process)
{
    process_free(process);
}

struct incident *incident_new(const struct incident_options *options)
{
    struct incident *incident = g_new0(struct incident, 1);
    incident->options = *options;
    word_table_init(&incident->words);
    peel_init(&incident->peel, &incident->words);
    incident->files = g_ptr_array_new_with_free_func(file_free);
    incident->processes = g_ptr_array_new_with_free_func(free_process);
    incident->pending = g_new0(struct held, 1);
    for (int i = 0; i < WORD_COUNT; i++)
        incident->ranks[i] = word_rank((enum word)i);
    return incident;
}

void incident_free(struct incident *incident)
{
    if (!incident)
        return;
    g_ptr_array_free(incident->files, TRUE);
    g_ptr_array_free(incident->processes, TRUE);
    g_free(incident->pending);
    g_free(incident->window);
    g_free(incident);
}

static struct incident_file *current_file(const struct incident *incident)
{
    return incident->files->pdata[incident->files->len - 1];
}

void incident_file(struct incident *incident, const char *name, const char *node)
{
    struct incident_file *file = g_new0(struct incident_file, 1);
    file->name = g_strdup(name);
    file->node = g_strdup(node);
    file->pieces = g_array_new(FALSE, FALSE, sizeof(struct incident_piece));
    g_ptr_array_add(incident->files, file);
    incident->latest = NULL;
    incident->header[0] = '\0';
    incident->is_shuffled = incident->is_reversed = false;
}

void incident_piece(struct incident *incident, const char *name, int32_t before)
{
    struct incident_piece piece = {g_strdup(name), before};
    g_array_append_val(current_file(incident)->pieces, piece);
}

const char *incident_place(const struct incident_file *file, int32_t *line)
{
    const struct incident_piece *piece = NULL;
    for (guint i = 0; i < file->pieces->len; i++) {
        const struct incident_piece *at = &g_array_index(file->pieces, struct incident_piece, i);
        piece = !piece || at->before < *line ? at : piece;
    }
    *line -= piece ? piece->before : 0;
    return piece ? piece->name : file->name;
}

/* ---- whose line it is ---- */

static bool is_of(const struct process *process, int32_t file, const struct peeled *line)
{
    return process->file == file && strcmp(process->pid, line->pid) == 0 &&
           strcmp(process->name, line->name) == 0;
}

/* The child that saves has a pid of its own; its lines are its parent's. */
static struct process *parent_of(struct incident *incident, int32_t file, const struct peeled *line)
{
    for (guint i = incident->processes->len; i-- > 0;) {
        struct process *process = incident->processes->pdata[i];
        if (process->file == file && line->pid[0] && strcmp(process->child, line->pid) == 0 &&
            strcmp(process->name, line->name) == 0)
            return process;
    }
    return NULL;
}

static struct process *find_process(struct incident *incident, const struct peeled *line)
{
    int32_t file = (int32_t)incident->files->len - 1;
    if (incident->latest && line->role != 'C' && is_of(incident->latest, file, line))
        return incident->latest;
    bool is_banner = line->said.word == WORD_VERSION || line->said.word == WORD_VERSION_VALKEY ||
                     line->said.word == WORD_VERSION_FORK;
    struct process *parent = is_banner ? NULL : parent_of(incident, file, line);
    if (parent || (line->role == 'C' && !is_banner))
        return parent;
    for (guint i = incident->processes->len; i-- > 0;) {
        struct process *process = incident->processes->pdata[i];
        if (is_of(process, file, line))
            return incident->latest = process;
    }
    bool says_nothing = line->said.word == WORD_NONE || line->said.word == WORD_SIGNAL;
    if (incident->processes->len >= INCIDENT_PROCESSES || says_nothing)
        return NULL;
    struct process *process = process_new(file, (int32_t)incident->processes->len, line);
    g_ptr_array_add(incident->processes, process);
    return incident->latest = process;
}

static bool is_outside(const struct incident *incident, const struct peeled *line)
{
    const struct stamp *stamp = line->server.is_set ? &line->server : &line->wrapper;
    const struct incident_options *options = &incident->options;
    return stamp->is_set && ((options->from_ns != HALF_ABSENT && stamp->ns < options->from_ns) ||
                             (options->to_ns != HALF_ABSENT && stamp->ns >= options->to_ns));
}

static void dispatch(struct incident *incident, struct peeled *line, int32_t number)
{
    if (is_outside(incident, line))
        return;
    if (incident->header[0] && !line->name[0])
        g_strlcpy(line->name, incident->header, sizeof(line->name));
    struct process *process = find_process(incident, line);
    if (!process)
        return;
    current_file(incident)->known += line->said.word != WORD_NONE;
    process_take(process, line, number);
}

/* ---- lines that are out of order ---- */

static int64_t key_of(const struct incident *incident, const struct peeled *line)
{
    const struct stamp *stamp = line->server.is_set ? &line->server : &line->wrapper;
    (void)incident;
    return stamp->is_set ? stamp->ns : HALF_ABSENT;
}

/* Whether a goes before b; of equals the one that came first. */
static bool goes_before(const struct incident *incident, const struct held *a, const struct held *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    uint8_t rank = incident->ranks[a->line.said.word], other = incident->ranks[b->line.said.word];
    if (rank > 0 && other > 0 && rank != other && strcmp(a->line.pid, b->line.pid) == 0)
        return rank < other;
    return incident->is_reversed ? a->number > b->number : a->number < b->number;
}

static void rebase(struct peeled *line, const char *from, const char *to)
{
    line->message = to + (line->message - from);
    for (int i = 0; i < line->said.count; i++)
        line->said.values[i].at = to + (line->said.values[i].at - from);
}

static void hold_copy(struct held *held, const struct peeled *line, int32_t number)
{
    held->line = *line;
    held->len = line->len < PEEL_LINE_MAX ? line->len : PEEL_LINE_MAX;
    memcpy(held->text, line->message, held->len);
    held->text[held->len] = '\0';
    held->line.len = held->len;
    rebase(&held->line, line->message, held->text);
    held->number = number;
}

static void release_first(struct incident *incident)
{
    struct held *first = NULL;
    for (int i = 0; i < WINDOW; i++) {
        struct held *held = &incident->window[i];
        if (held->is_used && (!first || goes_before(incident, held, first)))
            first = held;
    }
    assert(first);
    first->is_used = false;
    incident->waiting--;
    dispatch(incident, &first->line, first->number);
}

static void pass_on(struct incident *incident, struct peeled *line, int32_t number)
{
    if (!incident->is_shuffled) {
        dispatch(incident, line, number);
        return;
    }
    if (incident->waiting == WINDOW)
        release_first(incident);
    int slot = 0;
    while (incident->window[slot].is_used)
        slot++;
    struct held *held = &incident->window[slot];
    hold_copy(held, line, number);
    held->key = key_of(incident, line);
    if (held->key == HALF_ABSENT)
        held->key = incident->pending->key;
    incident->pending->key = held->key;
    held->is_used = true;
    incident->waiting++;
}

/* ---- lines that were wrapped ---- */

static void release_pending(struct incident *incident)
{
    struct held *pending = incident->pending;
    if (!pending->is_used)
        return;
    pending->is_used = false;
    pass_on(incident, &pending->line, pending->number);
}

static bool continues(const struct incident *incident, const struct peeled *line)
{
    const struct held *pending = incident->pending;
    return pending->is_used && !line->server.is_set && !line->wrapper.is_set && !line->pid[0] &&
           !line->level && line->said.word == WORD_NONE && !line->is_header && !line->is_blank &&
           pending->len >= WRAPPED_MIN && !incident->is_reversed;
}

static void append(struct incident *incident, const char *line, size_t len)
{
    struct held *pending = incident->pending;
    while (len > 0 && line[len - 1] == '\r')
        len--;
    if (pending->len + len > PEEL_LINE_MAX || pending->len > 2000)
        return;
    memcpy(pending->text + pending->len, line, len);
    pending->len += len;
    pending->text[pending->len] = '\0';
    pending->line.message = pending->text;
    pending->line.len = pending->len;
    pending->line.said = word_table_find(&incident->words, pending->text, pending->len);
}

void incident_line(struct incident *incident, const char *line, size_t len, int32_t number)
{
    struct peeled peeled;
    struct incident_file *file = current_file(incident);
    if (file->lines < 3)
        file->first[file->lines] = g_strndup(line, len < 120 ? len : 120);
    file->lines++;
    peel_line(&incident->peel, line, len < PEEL_LINE_MAX ? len : PEEL_LINE_MAX, &peeled);
    if (continues(incident, &peeled)) {
        append(incident, line, len < PEEL_LINE_MAX ? len : PEEL_LINE_MAX);
        return;
    }
    release_pending(incident);
    if (peeled.is_header)
        memcpy(incident->header, peeled.name, sizeof(incident->header));
    if (peeled.is_header || peeled.is_blank)
        return;
    hold_copy(incident->pending, &peeled, number);
    incident->pending->is_used = true;
}

void incident_end_file(struct incident *incident)
{
    release_pending(incident);
    while (incident->waiting > 0)
        release_first(incident);
}

/* ---- a look at the order ---- */

/* Steps of the stamps; small: a line that an export put into the wrong place, not a clock. */
struct steps {
    int forth, back, small_forth, small_back;
};

static struct steps count_steps(struct incident *incident, const char *bytes, size_t len)
{
    struct peeled line;
    struct steps steps = {0};
    int64_t last = HALF_ABSENT;
    const char *at = bytes, *stop = bytes + len;
    for (int i = 0; i < LOOK_LINES && at < stop; i++) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        size_t width = (size_t)((end ? end : stop) - at);
        peel_line(&incident->peel, at, width < PEEL_LINE_MAX ? width : PEEL_LINE_MAX, &line);
        int64_t key = key_of(incident, &line);
        if (key != HALF_ABSENT && last != HALF_ABSENT) {
            steps.forth += key > last;
            steps.back += key < last;
            steps.small_forth += key > last && key - last < SMALL_STEP_NS;
            steps.small_back += key < last && last - key < SMALL_STEP_NS;
        }
        last = key != HALF_ABSENT ? key : last;
        at = end ? end + 1 : stop;
    }
    return steps;
}

int64_t incident_first_stamp(struct incident *incident, const char *bytes, size_t len)
{
    struct peeled line;
    const char *at = bytes, *stop = bytes + len;
    for (int i = 0; i < LOOK_LINES && at < stop; i++) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        size_t width = (size_t)((end ? end : stop) - at);
        peel_line(&incident->peel, at, width < PEEL_LINE_MAX ? width : PEEL_LINE_MAX, &line);
        if (key_of(incident, &line) != HALF_ABSENT)
            return key_of(incident, &line);
        at = end ? end + 1 : stop;
    }
    return HALF_ABSENT;
}

enum line_order incident_look(struct incident *incident, const char *bytes, size_t len)
{
    struct steps steps = count_steps(incident, bytes, len);
    incident->is_reversed = steps.back > steps.forth;
    incident->is_shuffled = (incident->is_reversed ? steps.small_forth : steps.small_back) > 0;
    if (incident->is_shuffled && !incident->window)
        incident->window = g_new0(struct held, WINDOW);
    return incident->is_reversed ? ORDER_REVERSED : ORDER_FORWARD;
}

/* ---- what came out ---- */

guint incident_process_count(const struct incident *incident)
{
    return incident->processes->len;
}

struct process *incident_process(const struct incident *incident, guint index)
{
    return incident->processes->pdata[index];
}

const struct incident_file *incident_file_at(const struct incident *incident, int32_t index)
{
    return incident->files->pdata[index];
}

guint incident_file_count(const struct incident *incident)
{
    return incident->files->len;
}

void incident_clocks(struct incident *incident)
{
    for (guint i = 0; i < incident->processes->len; i++) {
        struct process *process = incident->processes->pdata[i];
        struct clock_facts *clock = &process->clock;
        process_finish(process);
        if (!clock->stamps_have_year && incident->options.year > 0) {
            clock->year = incident->options.year;
            clock->year_is_known = true;
        }
    }
}

void incident_set_zone(const struct incident *incident, struct process *process, const char *node)
{
    struct clock_facts *clock = &process->clock;
    const struct incident_zone *found = NULL;
    const GArray *zones = incident->options.zones;
    for (guint i = 0; zones && i < zones->len; i++) {
        const struct incident_zone *zone = &g_array_index(zones, struct incident_zone, i);
        bool is_own = zone->node && strcmp(zone->node, node) == 0;
        if (is_own || (!zone->node && (!found || !found->node)))
            found = zone;
    }
    if (!found || clock->is_absolute || clock->zone_is_known)
        return;
    clock->zone_is_known = true;
    clock->zone_s = found->zone_s;
    clock->zone_from = "--zone";
}

int64_t incident_time(const struct process *process, int64_t ns)
{
    const struct clock_facts *clock = &process->clock;
    if (ns == HALF_ABSENT)
        return ns;
    if (!clock->stamps_have_year && clock->year_is_known && !clock->is_absolute)
        ns = process_with_year(ns, clock->year);
    return clock->is_absolute ? ns : ns - clock->zone_s * NS_PER_S;
}
