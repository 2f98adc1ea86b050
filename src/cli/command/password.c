/*
 * What a command asks at the terminal.
 */

#include "command/password.h"
#include "command/deadline.h"
#include "command/file.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>


#define PASSWORD_MAX  4096


static bool password_line(char *line, size_t *len);


oci_status_e
password_ask(oci_pool_t *pool, const char *prompt, oci_str_t *text,
    oci_error_t *err)
{
    char            line[PASSWORD_MAX];
    bool            whole;
    size_t          len;
    struct termios  old, quiet;

    (void) fputs(prompt, stderr);

    if (tcgetattr(STDIN_FILENO, &old) != 0) {
        return oci_error_errno(err, errno, "terminal");
    }

    quiet = old;
    quiet.c_lflag &= ~(tcflag_t) ECHO;

    deadline_pause();
    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    whole = password_line(line, &len);
    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    deadline_resume();

    (void) fputc('\n', stderr);

    if (whole) {
        *text = oci_str_dup(pool, (u_char *) line, len);
    }

    OPENSSL_cleanse(line, sizeof(line));

    return whole ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "the password cannot be read "
                       "from the terminal, or is longer than %d bytes",
                       PASSWORD_MAX - 2);
}


/*
 * To the end of the line or the input.  A terminal hands out a line of at
 * most 4,095 bytes, and drops what is typed beyond: a full one may be cut.
 */

static bool
password_line(char *line, size_t *len)
{
    ssize_t  n;

    *len = 0;

    do {
        n = read(STDIN_FILENO, line + *len, PASSWORD_MAX - *len);

        if (n > 0) {
            *len += (size_t) n;
        }

    } while (n > 0 && line[*len - 1] != '\n' && *len < PASSWORD_MAX);

    if (n < 0 || *len >= PASSWORD_MAX - 1) {
        return false;
    }

    if (*len > 0 && line[*len - 1] == '\n') {
        *len -= 1;
    }

    return true;
}


oci_status_e
password_input(oci_pool_t *pool, oci_str_t *text, oci_error_t *err)
{
    oci_status_e  rc;

    rc = file_read(pool, "-", text, err);

    if (rc == OCI_OK && oci_str_suffix(text, "\n")) {
        text->data[--text->len] = '\0';

        if (oci_str_suffix(text, "\r")) {
            text->data[--text->len] = '\0';
        }
    }

    return rc;
}


bool
password_confirm(const char *question)
{
    int   c, first;

    (void) fputs(question, stderr);

    deadline_pause();
    first = getchar();

    for (c = first; c != '\n' && c != EOF; c = getchar()) {
        /* void */
    }

    deadline_resume();

    return first == 'y' || first == 'Y';
}
