/*
 * Completion for shells.
 */

#include "command/completion.h"

#include <stdio.h>
#include <string.h>


static void cmd_complete_bash(const cmd_verb_t *const *verbs);
static void cmd_complete_zsh(const cmd_verb_t *const *verbs);
static void cmd_complete_zsh_flag(const cmd_verb_t *verb,
    const cmd_flag_t *flag);
static void cmd_complete_fish(const cmd_verb_t *const *verbs);
static void cmd_complete_fish_flag(const cmd_verb_t *verb,
    const cmd_flag_t *flag);
static void cmd_complete_powershell(const cmd_verb_t *const *verbs);
static void cmd_complete_word(const cmd_verb_t *verb,
    const cmd_flag_t *flag);
static void cmd_complete_flags(const cmd_verb_t *verb,
    void (*print)(const cmd_verb_t *verb, const cmd_flag_t *flag));
static void cmd_complete_actions(const cmd_verb_t *verb);
static void cmd_complete_quoted(const char *text, const char *escaped);


bool
cmd_completion(const cmd_verb_t *const *verbs, const char *shell)
{
    size_t  i;

    static const struct {
        const char  *name;
        void       (*print)(const cmd_verb_t *const *verbs);
    } shells[] = {
        { "bash", cmd_complete_bash },
        { "zsh", cmd_complete_zsh },
        { "fish", cmd_complete_fish },
        { "powershell", cmd_complete_powershell }
    };

    for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print(verbs);
            return true;
        }
    }

    return false;
}


static void
cmd_complete_bash(const cmd_verb_t *const *verbs)
{
    size_t  i;

    printf("_tally()\n{\n    local cur=${COMP_WORDS[COMP_CWORD]} words= "
           "actions=\n\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("%s ", verbs[i]->name);
    }

    printf("'\n    else\n        case ${COMP_WORDS[1]} in\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("        %s)\n            words='", verbs[i]->name);
        cmd_complete_flags(verbs[i], cmd_complete_word);
        printf("'\n            actions='");
        cmd_complete_actions(verbs[i]);
        printf("'\n            ;;\n");
    }

    printf("        esac\n\n"
           "        [ \"$COMP_CWORD\" -eq 2 ] || actions=\n"
           "        [[ $cur = -* ]] || words=$actions\n    fi\n\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n\n"
           "complete -o bashdefault -o default -F _tally tally\n");
}


/*
 * The file is one that zsh loads by its name, _tally, when it is first asked,
 * and one that may be sourced: the last lines tell which.
 */

static void
cmd_complete_zsh(const cmd_verb_t *const *verbs)
{
    size_t  i;

    printf("#compdef tally\n\n_tally()\n{\n    local -a verbs actions\n\n"
           "    if (( CURRENT == 2 )); then\n        verbs=(\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("            '%s:", verbs[i]->name);
        cmd_complete_quoted(verbs[i]->summary, "");
        printf("'\n");
    }

    printf("        )\n        _describe command verbs\n        return\n"
           "    fi\n\n    shift words\n    (( CURRENT-- ))\n\n"
           "    case $words[1] in\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("    %s)\n        actions=(", verbs[i]->name);
        cmd_complete_actions(verbs[i]);
        printf(")\n        set --");
        cmd_complete_flags(verbs[i], cmd_complete_zsh_flag);
        printf("\n        ;;\n");
    }

    printf("    *)\n        return 1\n        ;;\n    esac\n\n"
           "    if (( CURRENT == 2 && $#actions )); then\n"
           "        compadd -a actions\n    fi\n\n"
           "    _arguments -s \"$@\" '*:argument:_default'\n}\n\n"
           "if [ \"$funcstack[1]\" = _tally ]; then\n    _tally \"$@\"\n"
           "else\n    compdef _tally tally\nfi\n");
}


/* a flag that is taken once or more, for _arguments */

static void
cmd_complete_zsh_flag(const cmd_verb_t *verb,
    const cmd_flag_t *flag)
{
    (void) verb;

    printf(" \\\n            '*--%s%s[", flag->name,
           (flag->type == CMD_BOOL) ? "" : "=");
    cmd_complete_quoted(flag->help, "[]");

    if (flag->type == CMD_BOOL) {
        printf("]'");
        return;
    }

    printf("]:");
    cmd_complete_quoted(flag->value, ":");
    printf(":_default'");
}


static void
cmd_complete_fish(const cmd_verb_t *const *verbs)
{
    size_t  i;

    for (i = 0; verbs[i] != NULL; i++) {
        printf("complete -c tally -n __fish_use_subcommand -f -a %s -d '",
               verbs[i]->name);
        cmd_complete_quoted(verbs[i]->summary, "\\");
        printf("'\n");

        printf("complete -c tally -n '__fish_seen_subcommand_from %s' -a '",
               verbs[i]->name);
        cmd_complete_actions(verbs[i]);
        printf("'\n");
        cmd_complete_flags(verbs[i], cmd_complete_fish_flag);
    }
}


static void
cmd_complete_fish_flag(const cmd_verb_t *verb, const cmd_flag_t *flag)
{
    printf("complete -c tally -n '__fish_seen_subcommand_from %s' -l %s%s -d '",
           verb->name, flag->name, (flag->type == CMD_BOOL) ? "" : " -r");
    cmd_complete_quoted(flag->help, "\\");
    printf("'\n");
}


static void
cmd_complete_powershell(const cmd_verb_t *const *verbs)
{
    size_t  i;

    printf("Register-ArgumentCompleter -Native -CommandName tally "
           "-ScriptBlock {\n    param($word, $line, $at)\n    $verbs = @{\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("        '%s' = '", verbs[i]->name);
        cmd_complete_flags(verbs[i], cmd_complete_word);
        printf("'\n");
    }

    printf("    }\n    $all = $line.CommandElements\n"
           "    if ($all.Count -gt 1 -and $verbs.ContainsKey(\"$($all[1])\")) "
           "{\n        $words = $verbs[\"$($all[1])\"].Trim().Split(' ')\n"
           "    } else {\n        $words = $verbs.Keys | Sort-Object\n    }\n"
           "    $words | Where-Object { $_ -like \"$word*\" }\n}\n");
}


static void
cmd_complete_word(const cmd_verb_t *verb, const cmd_flag_t *flag)
{
    (void) verb;

    printf("--%s ", flag->name);
}


/* flags that --help names */

static void
cmd_complete_flags(const cmd_verb_t *verb,
    void (*print)(const cmd_verb_t *verb, const cmd_flag_t *flag))
{
    const cmd_flag_t   *flag;
    const cmd_flags_t  *set;

    for (set = verb->flags; set != NULL && set->flags != NULL; set++) {
        for (flag = set->flags; flag->name != NULL; flag++) {
            if (cmd_flag_shown(flag)) {
                print(verb, flag);
            }
        }
    }

    for (flag = cmd_global_flags; flag->name != NULL; flag++) {
        print(verb, flag);
    }
}


/*
 * The words that a first argument may be, out of the usage line: pull, import
 * and status of "pull [REF] | import FILE | status".
 */

static void
cmd_complete_actions(const cmd_verb_t *verb)
{
    size_t       n;
    const char  *p;

    for (p = verb->args; *p != '\0'; p += strcspn(p, "|"), p += (*p == '|')) {
        p += strspn(p, " ");
        n = strspn(p, "abcdefghijklmnopqrstuvwxyz-");

        if (n > 0 && strchr(" |", p[n]) != NULL) {
            printf("%.*s ", (int) n, p);
        }
    }
}


/* within single quotes, which these three shells end and open alike */

static void
cmd_complete_quoted(const char *text, const char *escaped)
{
    const char  *p;

    for (p = text; *p != '\0'; p++) {

        if (*p == '\'') {
            printf("'\\''");
            continue;
        }

        printf((strchr(escaped, *p) != NULL) ? "\\%c" : "%c", *p);
    }
}
