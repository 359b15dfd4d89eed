/* Letters: the short real texts of one direction of a connection (handshake, newlines, ACKs,
 * closes), in order, each with its time of arrival. */
#ifndef PSYNCSIM_NET_MAIL_H
#define PSYNCSIM_NET_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LETTER_TEXT_MAX 104

enum letter_kind { LETTER_TEXT, LETTER_FIN, LETTER_RESET };

struct letter {
    int64_t posted, arrives;
    uint16_t len;
    uint16_t kind;
    uint32_t number; /* mail_number; 0: none */
    char text[LETTER_TEXT_MAX];
};

struct mail {
    struct letter *letters; /* ring */
    uint32_t room, head, count;
    bool is_held; /* silence: nothing arrives */
};

/* All zero is an empty one. */
void mail_clear(struct mail *mail); /* frees */
void mail_drop_all(struct mail *mail);

/* Posts text of any length (split into letters), or a close: LETTER_FIN or LETTER_RESET. It arrives
 * at `arrives`, or with the letter before it if that is later. Asserts that it is posted before. */
void mail_post(struct mail *mail, const char *text, size_t len, int64_t posted, int64_t arrives);
void mail_post_close(struct mail *mail, enum letter_kind kind, int64_t posted, int64_t arrives);

/* Numbers what was posted last: its last letter carries it. */
void mail_number(struct mail *mail, uint32_t number);

/* When the first letter arrives; TIME_NEVER if there is none or all are held. */
int64_t mail_next(const struct mail *mail);

/* Takes the first letter into *out. Asserts that there is one. */
void mail_take(struct mail *mail, struct letter *out);

/* Silence since `since` ends. Letters posted before it keep what was left of their way if `kept` (a
 * relay held them); all others arrive at `earliest`. */
void mail_resume(struct mail *mail, int64_t since, int64_t now, bool kept, int64_t earliest);

/* When the last letter arrives; -1 if there is none. */
int64_t mail_last(const struct mail *mail);

/* When the first letter still under way was posted; TIME_NEVER if none is. */
int64_t mail_first_posted(const struct mail *mail);

#endif
