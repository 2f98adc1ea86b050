#include "command/manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>


static void cmd_manual_head(const char *name, const char *summary,
    const char *version);
static void cmd_manual_flag(const cmd_flag_t *flag);
static void cmd_manual_text(const char *text);
static void cmd_manual_examples(const char *lines);


void
cmd_manual(const cmd_verb_t *const *verbs, const char *version)
{
    size_t  i;

    cmd_manual_head("", "signs, verifies and scans images, and cares for a "
                    "registry's store", version);

    printf(".B tally\n.I command\n.RI [ flags ]\n.RI [ arguments ]\n"
           ".SH COMMANDS\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf(".TP\n.BR tally\\-");
        cmd_manual_text(verbs[i]->name);
        printf(" (1)\n");
        cmd_manual_text(verbs[i]->summary);
        printf("\n");
    }
}


void
cmd_manual_verb(const cmd_verb_t *verb, const char *version)
{
    const cmd_flag_t   *flag;
    const cmd_flags_t  *set;

    cmd_manual_head(verb->name, verb->summary, version);

    printf(".B tally ");
    cmd_manual_text(verb->name);
    printf("\n.RI [ flags ]\n");
    cmd_manual_text(verb->args);
    printf("%s", verb->args[0] != '\0' ? "\n" : "");

    printf(".SH OPTIONS\n");

    for (set = verb->flags; set != NULL && set->flags != NULL; set++) {
        for (flag = set->flags; flag->name != NULL; flag++) {
            cmd_manual_flag(flag);
        }
    }

    for (flag = cmd_global_flags; flag->name != NULL; flag++) {
        cmd_manual_flag(flag);
    }

    if (verb->prefix != NULL) {
        printf(".SH ENVIRONMENT\nA flag may also be given as a variable of the "
               "environment:\n.B \\-\\-some\\-flag\nas\n.BR %sSOME_FLAG .\n",
               verb->prefix);
    }

    if (verb->examples != NULL) {
        cmd_manual_examples(verb->examples);
    }

    printf(".SH SEE ALSO\n.BR tally (1)\n");
}


static void
cmd_manual_head(const char *name, const char *summary, const char *version)
{
    const char  *p;

    printf(".TH TALLY%s", name[0] != '\0' ? "\\-" : "");

    for (p = name; *p != '\0'; p++) {
        printf(*p == '-' ? "\\-" : "%c", toupper((u_char) *p));
    }

    printf(" 1 \"\" \"tally %s\"\n.SH NAME\ntally%s", version,
           name[0] != '\0' ? "\\-" : "");
    cmd_manual_text(name);
    printf(" \\- ");
    cmd_manual_text(summary);
    printf("\n.SH SYNOPSIS\n");
}


static void
cmd_manual_flag(const cmd_flag_t *flag)
{
    if (!cmd_flag_shown(flag)) {
        return;
    }

    printf(".TP\n.B ");

    if (flag->letter) {
        printf("\\-%c, ", flag->letter);
    }

    printf("\\-\\-");
    cmd_manual_text(flag->name);

    if (flag->type != CMD_BOOL) {
        printf(" \\fI");
        cmd_manual_text(flag->value);
        printf("\\fR");
    }

    printf("\n");
    cmd_manual_text(flag->help);
    printf("\n");
}


/* dashes stay dashes, and no text is taken for a request of troff */

static void
cmd_manual_text(const char *text)
{
    const char  *p;

    if (*text == '.' || *text == '\'') {
        printf("\\&");
    }

    for (p = text; *p != '\0'; p++) {

        switch (*p) {

        case '-':
            printf("\\-");
            break;

        case '\\':
            printf("\\e");
            break;

        case '\n':
            printf("\n%s", (p[1] == '.' || p[1] == '\'') ? "\\&" : "");
            break;

        default:
            printf("%c", *p);
        }
    }
}


static void
cmd_manual_examples(const char *lines)
{
    printf(".SH EXAMPLES\n.nf\n");
    cmd_manual_text(lines);
    printf(".fi\n");
}
