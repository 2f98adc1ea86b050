#!/bin/bash
#
# The documentation and the code name the same things: directives, defaults,
# variables, operations, error codes; and every link leads somewhere.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$top" || exit 1

http=src/http
directives=docs/directives.md
api=docs/api.md


# names in the code that a page does not have: missing_in PAGE PATTERN < NAMES

missing_in()
{
    local  name

    while read -r name; do
        # shellcheck disable=SC2059
        grep -qF -- "$(printf "$2" "$name")" "$1" || echo "$name"
    done
}


names=$(sed -n \
    -e '/^static ngx_command_t/,/ngx_null_command/ {
            s/.*ngx_string("\([a-z_]*\)").*/\1/p
            s/.*ngx_http_registry_[a-z_]*("\([a-z_]*\)",.*/\1/p
        }' $http/ngx_http_registry_module.c)

like "$names" '^registry_root$' "the code has directives"
is "$(missing_in $directives '    Syntax:   %s ' <<< "$names")" "" \
    "each is in $directives, with its syntax"
is "$(sed -n 's/^####* \([a-z_]*\)$/\1/p' $directives | sort)" \
    "$(sort <<< "$names")" "and there is none that the code has not"

# "_word" stands for any name that ends so, "vex*" for any that begins so

# shellcheck disable=SC2016
grep -o '`[a-z0-9_*.]*`' docs/architecture.md \
    | sed 's/`//g; s/\.[ch]$//; s/\*/.*/; s/^_/.*_/' > "$work/words"
is "$(cat src/*/sources | sed 's|.*/||; s/\.c$//' | grep -vxE -f "$work/words")" \
    "" "each file has its place in docs/architecture.md"

names=$(sed -n '/^static ngx_http_variable_t/,/^};/ {
    s/.*ngx_string("\([a-z_]*\)").*/\1/p }' $http/ngx_http_registry_module.c)

like "$names" '^registry_digest$' "the code has variables"
# shellcheck disable=SC2016
is "$(missing_in $directives '| `$%s` |' <<< "$names")" "" \
    "each is in $directives"

names=$(sed -n '/^static const ngx_http_registry_op_t/,/^};/ {
    s/.*ngx_string("\([a-z_]*\)").*/\1/p }' \
    $http/ngx_http_registry_handler.c)

like "$names" '^upload_start$' "the code has operations"
# shellcheck disable=SC2016
is "$(missing_in $directives '`%s`' <<< "$names")" "" \
    "each is in $directives"

names=$(sed -nE 's/^    \{ [0-9]+, "([A-Z_]+)".*/\1/p' \
    $http/ngx_http_registry_reply.c $http/ngx_http_registry_filter.c \
    | sort -u)

like "$names" '^MANIFEST_UNKNOWN$' "the code has error codes"
# shellcheck disable=SC2016
is "$(missing_in $api '`%s`' <<< "$names")" "" "each is in $api"


# the statuses that nginx refuses with, and their codes

while read -r status code; do
    # shellcheck disable=SC2016
    grep -qE "\| ([0-9, ]*, )?$status(, [0-9, ]*)? \| \`$code\` \|" $api \
        || echo "$status $code"
done < <(sed -nE 's/^    \{ ([1-9][0-9]+), "([A-Z_]+)".*/\1 \2/p' \
    $http/ngx_http_registry_filter.c) > "$work/refusals"

is "$(cat "$work/refusals")" "" "each refusal of nginx is in $api"


# GitHub's anchor of each heading of a page

anchors_of()
{
    grep -E '^#+ ' "$1" | sed -E 's/^#+ //' | tr 'A-Z ' 'a-z-' \
        | tr -cd 'a-z0-9_\n-'
}


broken_links()
{
    local  page link file anchor

    for page in README.md CHANGELOG.md docs/*.md; do
        while read -r link; do
            case $link in
            http*://*)
                continue
                ;;
            esac

            file=${link%%#*}
            anchor=
            [[ $link == *\#* ]] && anchor=${link#*#}

            if [ -n "$file" ]; then
                file=$(dirname "$page")/$file
            else
                file=$page
            fi

            if [ ! -e "$file" ]; then
                echo "$page: $link"
            elif [ -n "$anchor" ] \
                && ! anchors_of "$file" | grep -qxF -- "$anchor"
            then
                echo "$page: $link"
            fi
        done < <(grep -oE '\]\([^) ]+\)' "$page" | sed -E 's/^\]\((.*)\)$/\1/')
    done
}

is "$(broken_links)" "" "every link leads to a file and a heading"

for file in README.md docs/*.md; do
    [ "$file" = README.md ] \
        || grep -qF "($file)" README.md || echo "$file"
done > "$work/unlinked"

is "$(cat "$work/unlinked")" "" "README.md links to every page"

# shellcheck disable=SC2016
is "$(sed -n '/^```nginx$/,/^```$/p' README.md | sed -n '2,/^```/p' \
    | grep -v '^```')" \
    "$(grep -v '^#' conf/registry.conf | sed '/./,$!d')" \
    "README.md shows conf/registry.conf as it is"

done_testing
