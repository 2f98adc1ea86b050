/*
 * What a command asks at the terminal.
 */

#include "command/password.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>


oci_status_e
password_ask(oci_pool_t *pool, const char *prompt, oci_str_t *text,
    oci_error_t *err)
{
    char            line[1024];
    ssize_t         n;
    struct termios  old, quiet;

    (void) fputs(prompt, stderr);

    if (tcgetattr(STDIN_FILENO, &old) != 0) {
        return oci_error_errno(err, errno, "terminal");
    }

    quiet = old;
    quiet.c_lflag &= ~(tcflag_t) ECHO;
    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);

    n = read(STDIN_FILENO, line, sizeof(line));

    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    (void) fputc('\n', stderr);

    if (n < 0) {
        return oci_error_errno(err, errno, "terminal");
    }

    if (n > 0 && line[n - 1] == '\n') {
        n--;
    }

    *text = oci_str_dup(pool, (u_char *) line, (size_t) n);
    OPENSSL_cleanse(line, sizeof(line));

    return OCI_OK;
}


bool
password_confirm(const char *question)
{
    int   c, first;

    (void) fputs(question, stderr);

    first = getchar();

    for (c = first; c != '\n' && c != EOF; c = getchar()) {
        /* void */
    }

    return first == 'y' || first == 'Y';
}
