#!/bin/bash
#
# Completion in the shells themselves: verbs, the words that a verb begins
# with, flags, and files where a flag wants one.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

tally=${TALLY_BUILD:-$top/build}/tally
cd "$work" || exit 1

for shell in bash zsh fish powershell; do
    "$tally" completion "$shell" > "tally.$shell"
    ok $? "tally completion $shell"
done

: > a-file


# what each shell offers for a line, sorted

bash_offers()
{
    env -i PATH="$PATH" bash --norc -c '
        . ./tally.bash
        COMP_WORDS=($1)
        [[ $1 = *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _tally
        printf "%s\n" "${COMPREPLY[@]}"' bash "$1" | LC_ALL=C sort
}


fish_offers()
{
    "$tool_fish" --no-config -c "source tally.fish; complete -C '$1'" \
        | cut -f 1 | LC_ALL=C sort
}


# a zsh with a terminal, which loads the file by its name at the first tab
# and writes down what it would offer

cat > inner.zsh <<'END'
PS1=
fpath=($PWD/functions $fpath)
autoload -Uz compinit
compinit -u -D
zstyle ':completion:*' insert-tab false
compadd()
{
    local -a hits

    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi

    builtin compadd -A hits "$@"
    print -l -- $hits >> hits
    builtin compadd "$@"
}
comppostfuncs=(exit)
print ready
END

cat > outer.zsh <<'END'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z '. ./inner.zsh'
zpty -r z text '*ready*'
zpty -n -w z "$1"$'\t'
while zpty -r z text; do :; done
END

mkdir functions
cp tally.zsh functions/_tally


zsh_offers()
{
    rm -f hits
    PATH=$(dirname "$tool_zsh"):$PATH timeout 60 "$tool_zsh" -f outer.zsh "$1" \
        > zsh.log 2>&1
    LC_ALL=C sort -u hits
}


verbs="verify
verify-attestation
verify-blob
verify-blob-attestation"
flags=$("$tally" gc --help | sed -nE 's/^ .*(--[a-z-]+).*/\1/p' | LC_ALL=C sort -u)

like "$flags" '^--untagged$' "the help has flags"

for shell in bash zsh fish; do
    if [ "$shell" != bash ]; then
        if why=$(tool_skip "$shell"); then
            skip "$shell: $why"
            continue
        fi
        printf -v "tool_$shell" '%s' "$(tool_path "$shell")"
    fi

    is "$("${shell}_offers" 'tally verify')" "$verbs" "$shell: verbs"
    is "$("${shell}_offers" 'tally gc --')" "$flags" "$shell: the flags of --help"
    like "$("${shell}_offers" 'tally db ' | tr '\n' ' ')" \
        '(^| )export (.* )?import (.* )?pull (.* )?status ' \
        "$shell: what a verb does, by its usage"
    is "$("${shell}_offers" 'tally gc --un')" --untagged "$shell: one flag"
done

for shell in zsh fish; do
    [ -n "$(eval "echo \${tool_$shell-}")" ] || continue
    is "$("${shell}_offers" 'tally gc --root ./a-')" \
        "$([ $shell = fish ] && echo ./)a-file" \
        "$shell: files, where a flag wants a value"
done

done_testing
