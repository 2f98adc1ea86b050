/*
 * One line on a terminal that says how far a command is.
 */

#include "command/progress.h"
#include "command/size.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>


#define PROGRESS_TICK     200           /* ms between two drawings */
#define PROGRESS_SOON     1000          /* ms until a rate can be told */
#define PROGRESS_NAME     40
#define PROGRESS_PARTS    5
#define PROGRESS_PART     (2 * CMD_SIZE_LEN + 8)
#define PROGRESS_BAR      30            /* columns at most */
#define PROGRESS_BAR_MIN  10
#define PROGRESS_WIDTH    512


typedef struct {
    bool             on;
    char             what[PROGRESS_NAME + 1];
    progress_unit_e  unit;
    uint64_t         total;             /* 0: not known */
    uint64_t         done;
    int64_t          begun;             /* ms */
    int64_t          drawn;
    size_t           shown;             /* columns of the line that is there */
} progress_t;


/* name, percent, amount, rate, time left: empty where it is not known */

typedef char  progress_parts_t[PROGRESS_PARTS][PROGRESS_PART];


static void progress_draw(progress_t *p);
static void progress_text(const progress_t *p, int64_t now, char *text,
    size_t width);
static bool progress_join(progress_parts_t parts, unsigned set, char *text,
    size_t width);
static void progress_percent(const progress_t *p, char *text);
static void progress_amount(const progress_t *p, char *text);
static void progress_speed(const progress_t *p, uint64_t rate, char *text);
static void progress_left(const progress_t *p, uint64_t rate, char *text);
static void progress_bar(const progress_t *p, char *text, size_t width);
static size_t progress_width(void);
static int64_t progress_now(void);


static progress_t       progress;
static pthread_mutex_t  progress_lock = PTHREAD_MUTEX_INITIALIZER;


bool
progress_open(bool quiet)
{
    const char  *term;

    term = getenv("TERM");

    progress.on = !quiet && isatty(STDERR_FILENO)
                  && (term == NULL || strcmp(term, "dumb") != 0);

    return progress.on;
}


void
progress_begin(const char *what, progress_unit_e unit, uint64_t total)
{
    progress_name((const u_char *) what, strlen(what));

    (void) pthread_mutex_lock(&progress_lock);
    progress.unit = unit;
    progress.total = total;
    progress.done = 0;
    progress.begun = progress_now();
    (void) pthread_mutex_unlock(&progress_lock);
}


void
progress_total(uint64_t total)
{
    (void) pthread_mutex_lock(&progress_lock);
    progress.total = total;
    (void) pthread_mutex_unlock(&progress_lock);
}


/* names come from registries: what is not plain ASCII is left out */

void
progress_name(const u_char *name, size_t len)
{
    size_t  i, n;

    n = 0;
    (void) pthread_mutex_lock(&progress_lock);

    for (i = 0; i < len && n < PROGRESS_NAME; i++) {
        if (name[i] >= ' ' && name[i] < 0x7f) {
            progress.what[n++] = (char) name[i];
        }
    }

    progress.what[n] = '\0';
    progress.drawn = 0;
    (void) pthread_mutex_unlock(&progress_lock);
}


void
progress_at(uint64_t done)
{
    (void) pthread_mutex_lock(&progress_lock);

    progress.done = (done > progress.done) ? done : progress.done;

    if (progress.on) {
        progress_draw(&progress);
    }

    (void) pthread_mutex_unlock(&progress_lock);
}


void
progress_add(uint64_t n)
{
    (void) pthread_mutex_lock(&progress_lock);

    progress.done += n;

    if (progress.on) {
        progress_draw(&progress);
    }

    (void) pthread_mutex_unlock(&progress_lock);
}


/* overwritten by blanks: that needs to know nothing of the terminal */

void
progress_clear(void)
{
    (void) pthread_mutex_lock(&progress_lock);

    if (progress.shown != 0) {
        fprintf(stderr, "\r%*s\r", (int) progress.shown, "");
        (void) fflush(stderr);
        progress.shown = 0;
        progress.drawn = 0;
    }

    (void) pthread_mutex_unlock(&progress_lock);
}


static void
progress_draw(progress_t *p)
{
    char     text[PROGRESS_WIDTH];
    size_t   len, width, over;
    int64_t  now;

    now = progress_now();

    if (p->drawn != 0 && now - p->drawn < PROGRESS_TICK) {
        return;
    }

    p->drawn = now;
    width = progress_width();
    progress_text(p, now, text, width);
    len = strlen(text);

    /* a terminal that has become narrower has wrapped what is longer */

    over = (p->shown > len) ? p->shown - len : 0;
    over = (over > width - len) ? width - len : over;

    fprintf(stderr, "\r%s%*s", text, (int) over, "");
    (void) fflush(stderr);
    p->shown = len;
}


/* the most of it that fits, and a bar where there is room for one as well */

static void
progress_text(const progress_t *p, int64_t now, char *text, size_t width)
{
    size_t                  i;
    uint64_t                rate, ms;
    progress_parts_t        parts;
    static const unsigned   sets[] = { 0x1f, 0x0f, 0x07, 0x06, 0x02, 0x04 };

    ms = (uint64_t) (now - p->begun);
    rate = (ms >= PROGRESS_SOON) ? (uint64_t) ((double) p->done * 1000
                                               / (double) ms) : 0;

    (void) memcpy(parts[0], p->what, sizeof(p->what));
    progress_percent(p, parts[1]);
    progress_amount(p, parts[2]);
    progress_speed(p, rate, parts[3]);
    progress_left(p, rate, parts[4]);

    for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (progress_join(parts, sets[i], text, width)) {
            break;
        }
    }

    if (i == 0) {
        progress_bar(p, text, width);
    }
}


/* those of the set, two blanks between them; false: it does not fit */

static bool
progress_join(progress_parts_t parts, unsigned set, char *text, size_t width)
{
    size_t  i, n, len;

    len = 0;
    text[0] = '\0';

    for (i = 0; i < PROGRESS_PARTS; i++) {
        n = strlen(parts[i]);

        if (n == 0 || !(set & (1u << i))) {
            continue;
        }

        if (len + n + 2 > width + (len == 0) * 2) {
            text[0] = '\0';
            return false;
        }

        if (len != 0) {
            text[len++] = ' ';
            text[len++] = ' ';
        }

        memcpy(text + len, parts[i], n + 1);
        len += n;
    }

    return true;
}


static void
progress_percent(const progress_t *p, char *text)
{
    uint64_t  done;

    done = (p->done > p->total) ? p->total : p->done;
    text[0] = '\0';

    if (p->total != 0) {
        (void) snprintf(text, PROGRESS_PART, "%3d%%",
                        (int) ((double) done * 100 / (double) p->total));
    }
}


static void
progress_amount(const progress_t *p, char *text)
{
    char      done[CMD_SIZE_LEN], total[CMD_SIZE_LEN];
    uint64_t  now;

    now = (p->total != 0 && p->done > p->total) ? p->total : p->done;

    if (p->unit == PROGRESS_BYTES) {
        (void) cmd_size(now, done);
        (void) cmd_size(p->total, total);

    } else {
        (void) snprintf(done, sizeof(done), "%llu", (unsigned long long) now);
        (void) snprintf(total, sizeof(total), "%llu",
                        (unsigned long long) p->total);
    }

    (void) snprintf(text, PROGRESS_PART, (p->total != 0) ? "%s of %s" : "%s",
                    done, total);
}


static void
progress_speed(const progress_t *p, uint64_t rate, char *text)
{
    char  bytes[CMD_SIZE_LEN];

    text[0] = '\0';

    if (rate == 0) {
        return;
    }

    if (p->unit == PROGRESS_BYTES) {
        (void) snprintf(text, PROGRESS_PART, "%s/s", cmd_size(rate, bytes));

    } else {
        (void) snprintf(text, PROGRESS_PART, "%llu/s",
                        (unsigned long long) rate);
    }
}


static void
progress_left(const progress_t *p, uint64_t rate, char *text)
{
    uint64_t  s;

    text[0] = '\0';

    if (rate == 0 || p->done >= p->total) {
        return;
    }

    s = (p->total - p->done) / rate;

    if (s >= 3600) {
        (void) snprintf(text, PROGRESS_PART, "%llu:%02d:%02d left",
                        (unsigned long long) (s / 3600),
                        (int) (s / 60 % 60), (int) (s % 60));

    } else {
        (void) snprintf(text, PROGRESS_PART, "%d:%02d left", (int) (s / 60),
                        (int) (s % 60));
    }
}


/* in what room is left, at the end: the numbers stay where they are */

static void
progress_bar(const progress_t *p, char *text, size_t width)
{
    size_t  i, len, room, filled;

    len = strlen(text);

    if (p->total == 0 || len + 4 + PROGRESS_BAR_MIN > width) {
        return;
    }

    room = width - len - 4;
    room = (room > PROGRESS_BAR) ? PROGRESS_BAR : room;
    filled = (p->done >= p->total)
             ? room : (size_t) ((double) p->done * (double) room
                                / (double) p->total);

    text[len++] = ' ';
    text[len++] = ' ';
    text[len++] = '[';

    for (i = 0; i < room; i++) {
        text[len++] = (i < filled) ? '=' : (i == filled) ? '>' : ' ';
    }

    text[len++] = ']';
    text[len] = '\0';
}


/* asked for each time: the window may have been made larger or smaller */

static size_t
progress_width(void)
{
    size_t          width;
    struct winsize  w;

    width = 80;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col != 0) {
        width = w.ws_col;
    }

    /* the last column stays free: some terminals wrap after it */

    width = (width < 2) ? 1 : width - 1;

    return (width < PROGRESS_WIDTH) ? width : PROGRESS_WIDTH - 1;
}


static int64_t
progress_now(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
