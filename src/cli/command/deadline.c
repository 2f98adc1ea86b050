/*
 * The time that a command may take.
 */

#include "command/deadline.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


#define DEADLINE_GRACE  1000        /* ms, for who is about to say so */


static int64_t deadline_now(void);
static void deadline_arm(int64_t ms);
static void deadline_over(int signal);


static int64_t  deadline_end;       /* 0: none */
static int64_t  deadline_paused;    /* since then; 0: it runs */


void
deadline_set(int64_t ms)
{
    struct sigaction  action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = deadline_over;
    (void) sigaction(SIGALRM, &action, NULL);

    deadline_end = (ms != 0) ? deadline_now() + ms : 0;
    deadline_arm(ms != 0 ? ms + DEADLINE_GRACE : 0);
}


int64_t
deadline_left(void)
{
    int64_t  left;

    if (deadline_end == 0) {
        return INT64_MAX;
    }

    left = deadline_end - deadline_now();

    return (left > 0) ? left : 0;
}


void
deadline_pause(void)
{
    deadline_paused = deadline_now();
    deadline_arm(0);
}


void
deadline_resume(void)
{
    if (deadline_end == 0) {
        return;
    }

    deadline_end += deadline_now() - deadline_paused;
    deadline_arm(deadline_left() + DEADLINE_GRACE);
}


static int64_t
deadline_now(void)
{
    struct timespec  t;

    (void) clock_gettime(CLOCK_MONOTONIC, &t);

    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}


static void
deadline_arm(int64_t ms)
{
    struct itimerval  timer;

    memset(&timer, 0, sizeof(timer));
    timer.it_value.tv_sec = (time_t) (ms / 1000);
    timer.it_value.tv_usec = (suseconds_t) (ms % 1000 * 1000);

    (void) setitimer(ITIMER_REAL, &timer, NULL);
}


static void
deadline_over(int signal)
{
    static const char  text[] = "Error: the time of --timeout is over: "
                                "context deadline exceeded\n";

    (void) signal;

    if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1) {
        _exit(2);
    }

    _exit(1);
}
