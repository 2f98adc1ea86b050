/*
 * How a verb reports what went wrong.
 */

#include "command/command.h"
#include "command/progress.h"
#include "command/term.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


static void cmd_say(const char *before, const char *text);


int
cmd_error(cmd_t *cmd, const char *fmt, ...)
{
    char     text[sizeof(cmd->err.text)];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    memset(&cmd->err, 0, sizeof(oci_error_t));
    (void) oci_error(&cmd->err, OCI_INVALID, 0, "%s", text);
    cmd_say("Error: ", text);

    return 1;
}


int
cmd_fail(cmd_t *cmd, int status)
{
    cmd_say("Error: ", cmd->err.text);
    cmd_say("error during command execution: ", cmd->err.text);

    return status;
}


int
cmd_usage(cmd_t *cmd, const char *what)
{
    cmd_say("Error: ", what);
    fprintf(stderr, "Usage: tally %s [flags]%s%s\nRun \"tally %s --help\" "
            "for the flags.\n", cmd->verb->name,
            (cmd->verb->args[0] != '\0') ? " " : "", cmd->verb->args,
            cmd->verb->name);

    return 1;
}


static void
cmd_say(const char *before, const char *text)
{
    progress_clear();
    (void) fputs(before, stderr);
    term_print(stderr, text, strlen(text));
    (void) fputc('\n', stderr);
}
