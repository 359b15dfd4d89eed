/* Letters under way. See mail.h. */
#include "models/net/mail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"

static struct letter *letter_at(const struct mail *mail, uint32_t index)
{
    return &mail->letters[(mail->head + index) & (mail->room - 1)];
}

static void grow(struct mail *mail)
{
    uint32_t room = mail->room == 0 ? 4 : 2 * mail->room;
    struct letter *letters = malloc(room * sizeof *letters);
    if (letters == NULL)
        abort();
    for (uint32_t i = 0; i < mail->count; i++)
        letters[i] = *letter_at(mail, i);
    free(mail->letters);
    mail->letters = letters;
    mail->room = room;
    mail->head = 0;
}

void mail_clear(struct mail *mail)
{
    free(mail->letters);
    memset(mail, 0, sizeof *mail);
}

void mail_drop_all(struct mail *mail)
{
    mail->count = 0;
    mail->is_held = false;
}

/* A letter without text, to be written. */
static struct letter *add(struct mail *mail, enum letter_kind kind, int64_t posted, int64_t arrives)
{
    assert(arrives >= posted);
    if (mail->count == mail->room)
        grow(mail);
    if (mail->count > 0 && letter_at(mail, mail->count - 1)->arrives > arrives)
        arrives = letter_at(mail, mail->count - 1)->arrives;
    struct letter *letter = letter_at(mail, mail->count++);
    letter->posted = posted;
    letter->arrives = arrives;
    letter->kind = (uint16_t)kind;
    letter->len = 0;
    letter->number = 0;
    return letter;
}

void mail_post(struct mail *mail, const char *text, size_t len, int64_t posted, int64_t arrives)
{
    while (len > 0) {
        size_t part = len < LETTER_TEXT_MAX ? len : LETTER_TEXT_MAX;
        struct letter *letter = add(mail, LETTER_TEXT, posted, arrives);
        letter->len = (uint16_t)part;
        memcpy(letter->text, text, part);
        text += part;
        len -= part;
    }
}

void mail_post_close(struct mail *mail, enum letter_kind kind, int64_t posted, int64_t arrives)
{
    assert(kind != LETTER_TEXT);
    add(mail, kind, posted, arrives);
}

void mail_number(struct mail *mail, uint32_t number)
{
    assert(mail->count > 0);
    letter_at(mail, mail->count - 1)->number = number;
}

int64_t mail_next(const struct mail *mail)
{
    return mail->count == 0 || mail->is_held ? TIME_NEVER : letter_at(mail, 0)->arrives;
}

void mail_take(struct mail *mail, struct letter *out)
{
    assert(mail->count > 0 && !mail->is_held);
    *out = *letter_at(mail, 0);
    mail->head++;
    mail->count--;
}

void mail_resume(struct mail *mail, int64_t since, int64_t now, bool kept, int64_t earliest)
{
    mail->is_held = false;
    int64_t before = now;
    for (uint32_t i = 0; i < mail->count; i++) {
        struct letter *letter = letter_at(mail, i);
        if (kept && letter->posted < since)
            letter->arrives += now - since;
        else if (letter->arrives < earliest)
            letter->arrives = earliest;
        if (letter->arrives < before)
            letter->arrives = before;
        before = letter->arrives;
    }
}

int64_t mail_first_posted(const struct mail *mail)
{
    return mail->count == 0 ? TIME_NEVER : letter_at(mail, 0)->posted;
}

int64_t mail_last(const struct mail *mail)
{
    return mail->count == 0 ? -1 : letter_at(mail, mail->count - 1)->arrives;
}
