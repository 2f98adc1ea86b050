/*
 * Flags: from words and the environment to a verb's options.
 */

#include "command/command.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CMD_ENV_MAX   128
#define CMD_HELP_COL  38


static size_t cmd_global_at(const cmd_verb_t *verb);
static const cmd_flag_t *cmd_find(const cmd_verb_t *verb, const char *name,
    size_t len, char letter, size_t *base);
static const cmd_flag_t *cmd_find_in(const cmd_flag_t *flag,
    const char *name, size_t len, char letter);
static oci_status_e cmd_long(cmd_t *cmd, int argc, char **argv, int *i);
static oci_status_e cmd_short(cmd_t *cmd, int argc, char **argv, int *i);
static bool cmd_is_switch(const cmd_flag_t *flag);
static oci_status_e cmd_set(cmd_t *cmd, const cmd_flag_t *flag, size_t base,
    const char *value);
static char *cmd_words(cmd_t *cmd, char *value);
static oci_status_e cmd_set_ignored(cmd_t *cmd, const cmd_flag_t *flag,
    const char *value);
static bool cmd_is_one_of(const char *names, const char *value, bool list);
static oci_status_e cmd_set_refused(cmd_t *cmd, const cmd_flag_t *flag,
    const char *value);
static oci_status_e cmd_set_bool(cmd_t *cmd, const cmd_flag_t *flag,
    bool *slot, const char *value);
static oci_status_e cmd_set_number(cmd_t *cmd, const cmd_flag_t *flag,
    int64_t *slot, const char *value);
static oci_status_e cmd_set_duration(cmd_t *cmd, const cmd_flag_t *flag,
    int64_t *slot, const char *value);
static int64_t cmd_unit(const char **p);
static oci_status_e cmd_set_list(cmd_t *cmd, cmd_list_t *list,
    const char *value);
static oci_status_e cmd_environment(cmd_t *cmd, int argc, char **argv);
static oci_status_e cmd_variables(cmd_t *cmd, const cmd_flag_t *flag,
    size_t base, int argc, char **argv);
static void cmd_env_name(const cmd_verb_t *verb, const cmd_flag_t *flag,
    char *name);
static bool cmd_on_line(const cmd_flag_t *flag, int argc, char **argv);
static void cmd_help_flag(const cmd_flag_t *flag);


const cmd_flag_t  cmd_global_flags[] = {
    { "output-file", 0, CMD_STRING, offsetof(cmd_global_t, output), "FILE",
      "write there what goes to standard output" },
    { "timeout", 't', CMD_DURATION, offsetof(cmd_global_t, timeout),
      "DURATION", "how long the command may take: 90s, 5m, 1h30m" },
    { "verbose", 'd', CMD_BOOL, offsetof(cmd_global_t, verbose), NULL,
      "say each request on standard error" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


oci_status_e
cmd_parse(cmd_t *cmd, int argc, char **argv, bool *help)
{
    int           i;
    bool          flags;
    oci_status_e  rc;

    *help = false;
    flags = true;

    cmd->options = oci_pcalloc(cmd->pool, cmd_global_at(cmd->verb)
                                          + sizeof(cmd_global_t));
    cmd->args = oci_pcalloc(cmd->pool, ((size_t) argc + 1) * sizeof(char *));

    if (cmd->options == NULL || cmd->args == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    cmd->global = (cmd_global_t *) ((char *) cmd->options
                                    + cmd_global_at(cmd->verb));

    if (cmd->verb->defaults != NULL) {
        cmd->verb->defaults(cmd->options);
    }

    rc = cmd_environment(cmd, argc, argv);

    for (i = 0; rc == OCI_OK && i < argc; i++) {

        if (!flags || argv[i][0] != '-' || argv[i][1] == '\0') {
            cmd->args[cmd->nargs++] = argv[i];

        } else if (strcmp(argv[i], "--") == 0) {
            flags = false;

        } else if (strcmp(argv[i], "--help") == 0
                   || strcmp(argv[i], "-h") == 0)
        {
            *help = true;
            return OCI_OK;

        } else if (argv[i][1] == '-') {
            rc = cmd_long(cmd, argc, argv, &i);

        } else {
            rc = cmd_short(cmd, argc, argv, &i);
        }
    }

    return rc;
}


/* behind the verb's own options, as a set of flags with that base */

static size_t
cmd_global_at(const cmd_verb_t *verb)
{
    return (verb->size + 15) & ~(size_t) 15;
}


static oci_status_e
cmd_long(cmd_t *cmd, int argc, char **argv, int *i)
{
    char              *name, *equal;
    size_t             base, len;
    const cmd_flag_t  *flag;

    name = argv[*i] + 2;
    equal = strchr(name, '=');
    len = (equal != NULL) ? (size_t) (equal - name) : strlen(name);
    flag = cmd_find(cmd->verb, name, len, 0, &base);

    if (flag == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "unknown flag: --%.*s",
                         (int) len, name);
    }

    if (equal != NULL) {
        return cmd_set(cmd, flag, base, equal + 1);
    }

    if (cmd_is_switch(flag)) {
        return cmd_set(cmd, flag, base, "true");
    }

    if (*i + 1 == argc) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "flag needs an argument: --%s", flag->name);
    }

    *i += 1;

    return cmd_set(cmd, flag, base, argv[*i]);
}


/* -a value, -avalue, -a=value, -xy for two booleans */

static oci_status_e
cmd_short(cmd_t *cmd, int argc, char **argv, int *i)
{
    char              *p;
    size_t             base;
    oci_status_e       rc;
    const cmd_flag_t  *flag;

    for (p = argv[*i] + 1; *p != '\0'; p++) {
        flag = cmd_find(cmd->verb, NULL, 0, *p, &base);

        if (flag == NULL) {
            return oci_error(&cmd->err, OCI_INVALID, 0,
                             "unknown shorthand flag: '%c' in %s", *p,
                             argv[*i]);
        }

        if (!cmd_is_switch(flag) || p[1] == '=') {

            if (p[1] != '\0') {
                return cmd_set(cmd, flag, base, p + (p[1] == '=' ? 2 : 1));
            }

            if (*i + 1 == argc) {
                return oci_error(&cmd->err, OCI_INVALID, 0,
                                 "flag needs an argument: '%c' in %s", *p,
                                 argv[*i]);
            }

            *i += 1;

            return cmd_set(cmd, flag, base, argv[*i]);
        }

        rc = cmd_set(cmd, flag, base, "true");
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* by name, or by letter when name is NULL; the verb's own come first */

static const cmd_flag_t *
cmd_find(const cmd_verb_t *verb, const char *name, size_t len, char letter,
    size_t *base)
{
    const cmd_flag_t   *flag;
    const cmd_flags_t  *set;

    for (set = verb->flags; set != NULL && set->flags != NULL; set++) {
        flag = cmd_find_in(set->flags, name, len, letter);

        if (flag != NULL) {
            *base = set->base;
            return flag;
        }
    }

    *base = cmd_global_at(verb);

    return cmd_find_in(cmd_global_flags, name, len, letter);
}


static const cmd_flag_t *
cmd_find_in(const cmd_flag_t *flag, const char *name, size_t len, char letter)
{
    for ( ; flag->name != NULL; flag++) {

        if (name == NULL ? flag->letter == letter
            : strlen(flag->name) == len && strncmp(flag->name, name, len) == 0)
        {
            return flag;
        }
    }

    return NULL;
}


static bool
cmd_is_switch(const cmd_flag_t *flag)
{
    if (flag->type < CMD_IGNORED) {
        return flag->type == CMD_BOOL;
    }

    return flag->value == NULL || strcmp(flag->value, "false") == 0
           || strcmp(flag->value, "true") == 0;
}


static oci_status_e
cmd_set(cmd_t *cmd, const cmd_flag_t *flag, size_t base, const char *value)
{
    void         *slot;
    cmd_flag_t  **given;

    slot = (char *) cmd->options + base + flag->offset;

    given = oci_array_push(&cmd->given);
    if (given == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    *given = (cmd_flag_t *) flag;

    switch (flag->type) {

    case CMD_BOOL:
        return cmd_set_bool(cmd, flag, slot, value);

    case CMD_NUMBER:
        return cmd_set_number(cmd, flag, slot, value);

    case CMD_DURATION:
        return cmd_set_duration(cmd, flag, slot, value);

    case CMD_LIST:
        return cmd_set_list(cmd, slot, value);

    case CMD_IGNORED:
        return cmd_set_ignored(cmd, flag, value);

    case CMD_REFUSED:
    case CMD_UNSAFE:
        return cmd_set_refused(cmd, flag, value);

    default: /* CMD_STRING */
        *(const char **) slot = value;
        return OCI_OK;
    }
}


/* what is wrong is said all the same: who wrote it meant something by it */

static oci_status_e
cmd_set_ignored(cmd_t *cmd, const cmd_flag_t *flag, const char *value)
{
    bool     yes;
    int64_t  number;

    if (cmd_is_switch(flag)) {
        return cmd_set_bool(cmd, flag, &yes, value);
    }

    if (strcmp(flag->value, "N") == 0) {
        return cmd_set_number(cmd, flag, &number, value);
    }

    return (flag->help == NULL || cmd_is_one_of(flag->help, value, true))
           ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "invalid argument \"%s\" "
                       "for \"--%s\" flag: must be one of %s", value,
                       flag->name, flag->help);
}


/* value, or each of its parts, is among names */

static bool
cmd_is_one_of(const char *names, const char *value, bool list)
{
    size_t       n;
    const char  *name;

    for ( ;; ) {
        n = list ? strcspn(value, ",") : strlen(value);

        for (name = names;
             strncmp(name, value, n) != 0
             || (name[n] != '\0' && name[n] != '|');
             name++)
        {
            name += strcspn(name, "|");

            if (*name == '\0') {
                return false;
            }
        }

        if (value[n] == '\0') {
            return true;
        }

        value += n + 1;
    }
}


static oci_status_e
cmd_set_refused(cmd_t *cmd, const cmd_flag_t *flag, const char *value)
{
    if (*value == '\0' || cmd_is_one_of(flag->value, value, false)) {
        return OCI_OK;
    }

    return oci_error(&cmd->err, OCI_INVALID, 0, "--%s is not supported: %s",
                     flag->name, flag->help);
}


static oci_status_e
cmd_set_bool(cmd_t *cmd, const cmd_flag_t *flag, bool *slot,
    const char *value)
{
    size_t              i;
    static const char  *yes[] = { "true", "TRUE", "True", "t", "T", "1" };
    static const char  *no[] = { "false", "FALSE", "False", "f", "F", "0" };

    for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {

        if (strcmp(value, yes[i]) == 0) {
            *slot = true;
            return OCI_OK;
        }

        if (strcmp(value, no[i]) == 0) {
            *slot = false;
            return OCI_OK;
        }
    }

    return oci_error(&cmd->err, OCI_INVALID, 0,
                     "invalid argument \"%s\" for \"--%s\" flag: it is true "
                     "or false", value, flag->name);
}


static oci_status_e
cmd_set_number(cmd_t *cmd, const cmd_flag_t *flag, int64_t *slot,
    const char *value)
{
    char  *end;

    errno = 0;
    *slot = strtoll(value, &end, 10);

    if (errno != 0 || end == value || *end != '\0') {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "invalid argument \"%s\" for \"--%s\" flag: it is a "
                         "number", value, flag->name);
    }

    return OCI_OK;
}


static oci_status_e
cmd_set_duration(cmd_t *cmd, const cmd_flag_t *flag, int64_t *slot,
    const char *value)
{
    if (!cmd_duration(value, slot) || *slot == 0) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "invalid argument \"%s\" for \"--%s\" flag: it is a "
                         "time of more than 0, as 90s, 5m or 1h30m", value,
                         flag->name);
    }

    return OCI_OK;
}


bool
cmd_duration(const char *value, int64_t *ms)
{
    char        *end;
    double       n, sum;
    const char  *p;

    for (sum = 0, p = value; isdigit((u_char) *p) || *p == '.'; ) {
        n = strtod(p, &end);
        p = end;
        sum += n * (double) cmd_unit(&p) / 1e6;
    }

    if (p == value || *p != '\0' || sum > (double) INT32_MAX * 1000) {
        return false;
    }

    *ms = (int64_t) sum;

    return true;
}


/* in ns; one that is unknown stays where it is, and so ends the number */

static int64_t
cmd_unit(const char **p)
{
    size_t  i;

    static const struct {
        const char  *name;
        int64_t      ns;
    } units[] = {
        { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
        { "m", 60000000000 }, { "h", 3600000000000 }
    };

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strncmp(*p, units[i].name, strlen(units[i].name)) == 0) {
            *p += strlen(units[i].name);
            return units[i].ns;
        }
    }

    *p = "?";

    return 0;
}


static oci_status_e
cmd_set_list(cmd_t *cmd, cmd_list_t *list, const char *value)
{
    const char  **elts;

    elts = oci_palloc(cmd->pool, (list->nelts + 1) * sizeof(char *));
    if (elts == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    if (list->nelts != 0) {
        memcpy(elts, list->elts, list->nelts * sizeof(char *));
    }

    elts[list->nelts++] = value;
    list->elts = elts;

    return OCI_OK;
}


/* the environment stands in for flags that are not on the line */

static oci_status_e
cmd_environment(cmd_t *cmd, int argc, char **argv)
{
    oci_status_e        rc;
    const cmd_flags_t  *set;

    if (cmd->verb->prefix == NULL) {
        return OCI_OK;
    }

    for (set = cmd->verb->flags; set != NULL && set->flags != NULL; set++) {
        rc = cmd_variables(cmd, set->flags, set->base, argc, argv);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return cmd_variables(cmd, cmd_global_flags, cmd_global_at(cmd->verb),
                         argc, argv);
}


static oci_status_e
cmd_variables(cmd_t *cmd, const cmd_flag_t *flag, size_t base, int argc,
    char **argv)
{
    char          name[CMD_ENV_MAX], *value;
    oci_status_e  rc;

    for ( ; flag->name != NULL; flag++) {
        cmd_env_name(cmd->verb, flag, name);
        value = getenv(name);

        if (value == NULL || *value == '\0' || flag->type == CMD_UNSAFE
            || cmd_on_line(flag, argc, argv))
        {
            continue;
        }

        if (flag->type == CMD_LIST) {
            value = cmd_words(cmd, value);
        }

        rc = (value != NULL)
             ? cmd_set(cmd, flag, base, value)
             : oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* Trivy takes words for values where there is no comma: "HIGH CRITICAL" */

static char *
cmd_words(cmd_t *cmd, char *value)
{
    char       *from, *to;
    oci_str_t   copy;

    if (strcmp(cmd->verb->prefix, "TRIVY_") != 0 || strchr(value, ',') != NULL)
    {
        return value;
    }

    copy = oci_strf(cmd->pool, "%s", value);
    from = (char *) copy.data;

    for (to = from; from != NULL && *from != '\0'; from++) {
        if (!isspace((u_char) *from)) {
            *to++ = *from;

        } else if (to != (char *) copy.data && to[-1] != ',') {
            *to++ = ',';
        }
    }

    if (copy.data != NULL) {
        to -= to != (char *) copy.data && to[-1] == ',';
        *to = '\0';
    }

    return (char *) copy.data;
}


static void
cmd_env_name(const cmd_verb_t *verb, const cmd_flag_t *flag, char *name)
{
    char  *p;

    (void) snprintf(name, CMD_ENV_MAX, "%s%s", verb->prefix, flag->name);

    for (p = name; *p != '\0'; p++) {
        *p = (*p == '-') ? '_' : (char) toupper((u_char) *p);
    }
}


/* a list on the line replaces the one in the environment, as in pflag */

static bool
cmd_on_line(const cmd_flag_t *flag, int argc, char **argv)
{
    int     i;
    size_t  len;

    len = strlen(flag->name);

    for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) == 0
            && strncmp(argv[i] + 2, flag->name, len) == 0
            && (argv[i][len + 2] == '\0' || argv[i][len + 2] == '='))
        {
            return true;
        }
    }

    return false;
}


bool
cmd_given(const cmd_t *cmd, const char *name)
{
    size_t             i;
    const cmd_flag_t  **given;

    given = cmd->given.elts;

    for (i = 0; i < cmd->given.nelts; i++) {
        if (strcmp(given[i]->name, name) == 0) {
            return true;
        }
    }

    return false;
}


void
cmd_help(const cmd_verb_t *verb)
{
    size_t              base;
    const cmd_flag_t   *flag;
    const cmd_flags_t  *set;

    printf("%s\n\nUsage:\n  tally %s [flags]%s%s\n", verb->summary, verb->name,
           verb->args[0] != '\0' ? " " : "", verb->args);

    if (verb->examples != NULL) {
        printf("\nExamples:\n%s", verb->examples);
    }

    printf("\nFlags:\n");

    for (set = verb->flags; set != NULL && set->flags != NULL; set++) {
        for (flag = set->flags; flag->name != NULL; flag++) {
            cmd_help_flag(flag);
        }
    }

    for (flag = cmd_global_flags; flag->name != NULL; flag++) {
        if (cmd_find(verb, flag->name, strlen(flag->name), 0, &base) == flag) {
            cmd_help_flag(flag);
        }
    }

    if (verb->prefix != NULL) {
        printf("\nA flag may also be given as a variable of the environment: "
               "--some-flag as %sSOME_FLAG.\n", verb->prefix);
    }
}


oci_status_e
cmd_put(cmd_t *cmd, const char *name, const char *value)
{
    size_t             base;
    const cmd_flag_t  *flag;

    flag = cmd_find(cmd->verb, name, strlen(name), 0, &base);

    return (flag != NULL) ? cmd_set(cmd, flag, base, value) : OCI_OK;
}


bool
cmd_takes_many(const cmd_t *cmd, const char *name)
{
    size_t             base;
    const cmd_flag_t  *flag;

    flag = cmd_find(cmd->verb, name, strlen(name), 0, &base);

    return flag == NULL || flag->type == CMD_LIST
           || flag->type >= CMD_IGNORED;
}


bool
cmd_flag_shown(const cmd_flag_t *flag)
{
    return flag->help != NULL && flag->type < CMD_IGNORED;
}


static void
cmd_help_flag(const cmd_flag_t *flag)
{
    char  left[128];

    if (!cmd_flag_shown(flag)) {
        return;
    }

    (void) snprintf(left, sizeof(left), "  %c%c%s --%s%s%s",
                    flag->letter ? '-' : ' ', flag->letter ? flag->letter
                                                           : ' ',
                    flag->letter ? "," : " ", flag->name,
                    flag->type == CMD_BOOL ? "" : " ",
                    flag->type == CMD_BOOL ? "" : flag->value);

    if (strlen(left) >= CMD_HELP_COL) {
        printf("%s\n%*s%s\n", left, CMD_HELP_COL, "", flag->help);

    } else {
        printf("%-*s%s\n", CMD_HELP_COL, left, flag->help);
    }
}
