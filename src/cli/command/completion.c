/*
 * Completion for shells.
 */

#include "command/completion.h"

#include <stdio.h>
#include <string.h>


static void cmd_complete_bash(const cmd_verb_t *const *verbs);
static void cmd_complete_zsh(const cmd_verb_t *const *verbs);
static void cmd_complete_fish(const cmd_verb_t *const *verbs);
static void cmd_complete_powershell(const cmd_verb_t *const *verbs);
static void cmd_complete_flags(const cmd_verb_t *verb, const char *before,
    const char *behind);
static void cmd_complete_quoted(const char *text);


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

    printf("_tally()\n{\n    local cur=${COMP_WORDS[COMP_CWORD]} words=\n\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("%s ", verbs[i]->name);
    }

    printf("'\n    else\n        case ${COMP_WORDS[1]} in\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("        %s)\n            words='", verbs[i]->name);
        cmd_complete_flags(verbs[i], "--", " ");
        printf("'\n            ;;\n");
    }

    printf("        esac\n\n        [[ $cur = -* ]] || words=\n    fi\n\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n\n"
           "complete -o bashdefault -o default -F _tally tally\n");
}


static void
cmd_complete_zsh(const cmd_verb_t *const *verbs)
{
    printf("#compdef tally\n\nautoload -U +X bashcompinit && bashcompinit\n\n");
    cmd_complete_bash(verbs);
}


static void
cmd_complete_fish(const cmd_verb_t *const *verbs)
{
    size_t  i;

    for (i = 0; verbs[i] != NULL; i++) {
        printf("complete -c tally -n __fish_use_subcommand -f -a %s -d ",
               verbs[i]->name);
        cmd_complete_quoted(verbs[i]->summary);
        printf("\ncomplete -c tally -n '__fish_seen_subcommand_from %s'",
               verbs[i]->name);
        cmd_complete_flags(verbs[i], " -l ", "");
        printf("\n");
    }
}


static void
cmd_complete_powershell(const cmd_verb_t *const *verbs)
{
    size_t  i;

    printf("Register-ArgumentCompleter -Native -CommandName tally "
           "-ScriptBlock {\n    param($word, $line, $at)\n    $verbs = @{\n");

    for (i = 0; verbs[i] != NULL; i++) {
        printf("        '%s' = '", verbs[i]->name);
        cmd_complete_flags(verbs[i], "--", " ");
        printf("'\n");
    }

    printf("    }\n    $all = $line.CommandElements\n"
           "    if ($all.Count -gt 1 -and $verbs.ContainsKey(\"$($all[1])\")) "
           "{\n        $words = $verbs[\"$($all[1])\"].Trim().Split(' ')\n"
           "    } else {\n        $words = $verbs.Keys | Sort-Object\n    }\n"
           "    $words | Where-Object { $_ -like \"$word*\" }\n}\n");
}


/* flags that --help names */

static void
cmd_complete_flags(const cmd_verb_t *verb, const char *before,
    const char *behind)
{
    const cmd_flag_t   *flag;
    const cmd_flags_t  *set;

    for (set = verb->flags; set != NULL && set->flags != NULL; set++) {
        for (flag = set->flags; flag->name != NULL; flag++) {
            if (cmd_flag_shown(flag)) {
                printf("%s%s%s", before, flag->name, behind);
            }
        }
    }

    for (flag = cmd_global_flags; flag->name != NULL; flag++) {
        printf("%s%s%s", before, flag->name, behind);
    }
}


static void
cmd_complete_quoted(const char *text)
{
    const char  *p;

    printf("'");

    for (p = text; *p != '\0'; p++) {
        printf(*p == '\'' ? "\\'" : "%c", *p);
    }

    printf("'");
}
