/*
 * What a subcommand is: a row of the table in main.c, its flags as data, and
 * a function that gets them parsed.
 *
 * Flags are read as Go's pflag reads them, since people know cosign's and
 * Trivy's: --flag value, --flag=value, -f value, booleans as --flag or
 * --flag=false, flags and arguments in any order, "--" ends the flags.  A
 * flag that is not given is looked up in the environment, under the verb's
 * prefix: --rekor-url as COSIGN_REKOR_URL.
 */

#ifndef CMD_H
#define CMD_H

#include "oci_core.h"


#define TALLY_VERSION  "0.1.0"


typedef enum {
    CMD_BOOL,               /* bool */
    CMD_STRING,             /* const char *, NULL when not given */
    CMD_LIST,               /* cmd_list_t: may be given several times */
    CMD_NUMBER,             /* int64_t */
    CMD_DURATION,           /* int64_t, ms: Go's "1m30s", more than 0 */

    /*
     * Flags of cosign or Trivy that are not ours; the help is silent about
     * them.  They are switches when value is NULL, "true" or "false".  Of
     * several values '|' stands between two.
     */

    CMD_IGNORED,            /* nothing depends on it; help: its values */
    CMD_REFUSED,            /* value: what changes nothing; help: the remedy */
    CMD_UNSAFE              /* refused on the command line; has no variable */
} cmd_type_e;


typedef struct {
    const char  **elts;
    size_t        nelts;
} cmd_list_t;


typedef struct {
    const char   *name;         /* without dashes */
    char          letter;       /* short form, or 0 */
    cmd_type_e    type;
    size_t        offset;       /* of the value in the verb's options */
    const char   *value;        /* what the value is called in the help */
    const char   *help;
} cmd_flag_t;


/*
 * Flags that several verbs share: a table, ended by a flag without a name,
 * whose offsets count from base.  A verb lists its sets, ended by NULL.
 */

typedef struct {
    const cmd_flag_t  *flags;
    size_t             base;
} cmd_flags_t;


typedef struct cmd_s  cmd_t;

typedef struct {
    const char         *name;
    const char         *args;       /* for the usage line: "IMAGE..." */
    const char         *summary;    /* one line, for the list of commands */
    const char         *examples;   /* lines, or NULL */
    const char         *prefix;     /* of environment variables, or NULL */
    const cmd_flags_t  *flags;
    size_t              size;       /* of the options */
    void              (*defaults)(void *options);       /* or NULL */
    int               (*run)(cmd_t *cmd);   /* gives the exit status */
} cmd_verb_t;


/* what every verb takes, as a flag behind those of its own */

typedef struct {
    int64_t             timeout;    /* ms; 0: not given */
    bool                verbose;
    const char         *output;     /* file in place of standard output */
} cmd_global_t;


/* one run of a verb; all memory lives in the pool */

struct cmd_s {
    const cmd_verb_t   *verb;
    void               *options;
    cmd_global_t       *global;
    char              **args;       /* without flags, ended by NULL */
    size_t              nargs;
    oci_array_t         given;      /* of flags; for cmd_given() */
    oci_pool_t         *pool;
    oci_error_t         err;
};


/*
 * Prints "Error: " and the text, made safe for a terminal, which is then also
 * in cmd->err; returns the exit status 1.
 */

int cmd_error(cmd_t *cmd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Prints cmd->err as cosign prints an error, "Error: TEXT" and "error during
 * command execution: TEXT"; returns status.
 */

int cmd_fail(cmd_t *cmd, int status);

/* "Error: accepts N arg(s), received M", with the usage; exit status 1 */

int cmd_usage(cmd_t *cmd, const char *what);

/* was the flag given, on the command line or by the environment? */

bool cmd_given(const cmd_t *cmd, const char *flag);

/*
 * Sets a flag that the verb has, as if it stood on the line: for what comes
 * from a file.  OCI_INVALID, in cmd->err.  And whether it takes many values.
 */

oci_status_e cmd_put(cmd_t *cmd, const char *flag, const char *value);
bool cmd_takes_many(const cmd_t *cmd, const char *flag);

/* numbers with units, as Go's time.ParseDuration reads them, in ms from 0 on */

bool cmd_duration(const char *value, int64_t *ms);

/* is it one that the help tells of? */

bool cmd_flag_shown(const cmd_flag_t *flag);


/*
 * Parses the arguments after the verb's name into cmd->options and cmd->args
 * (flags.c).  OCI_INVALID, said in cmd->err; help is set for --help.
 */

oci_status_e cmd_parse(cmd_t *cmd, int argc, char **argv, bool *help);
void cmd_help(const cmd_verb_t *verb);

/* the flags of cmd_global_t, with offsets into it */

extern const cmd_flag_t  cmd_global_flags[];


#endif /* CMD_H */
