#!/bin/bash
#
# The store under ThreadSanitizer: threads that push, mount, delete, list and
# collect at once touch nothing together without a lock.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq
command -v gcc > /dev/null || skip_all "gcc is missing"
[ -z "${TALLY_SANITIZE-}" ] || skip_all "one sanitizer at a time"
[ -e "$(gcc -print-file-name=libtsan.so)" ] || skip_all "no libtsan"

packages=$(make -s -C "$top" --eval 'p: ; @echo $(core_PKGS)' p)

# shellcheck disable=SC2046,SC2086
runs "the program is built" gcc -std=c11 -O1 -g -Wall -Wextra -D_GNU_SOURCE \
    -D_FILE_OFFSET_BITS=64 -fsanitize=thread -I"$top/src/core" \
    -o "$work/threads" "$top/t/interop/threads.c" "$top"/src/core/*.c \
    $(pkg-config --cflags --libs $packages) -lpthread

for n in 1 2; do
    TSAN_OPTIONS="log_path=$work/tsan exitcode=66" \
        timeout 120 "$work/threads" "$work/store" > "$work/out" 2>&1
    is "$? $(sort "$work/out" | uniq -c | head -n 5)" "0 " "run $n"

    # layers that were deleted under an image are missed, and nothing else

    is "$("$TALLY_BUILD/tally" fsck --root "$work/store" --json | jq -r .kind \
        | grep -vE '^(sum|orphan|missing)$')" "" "what it leaves is whole"
done

is "$(cat "$work"/tsan.* 2> /dev/null | grep -E '^(WARNING|SUMMARY)|    #0' \
    | head -n 20)" "" "nothing is touched by two without a lock"

done_testing
