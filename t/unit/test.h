/*
 * The unit tests' TAP in a page: ok(), is(), is_str(), done().
 */

#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>


static int  test_count, test_failed;


#define ok(cond, ...)                                                        \
    test_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

#define is(got, want, ...)                                                   \
    test_is((long long) (got), (long long) (want), __FILE__, __LINE__,       \
            __VA_ARGS__)

#define is_str(got, want, ...)                                               \
    test_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)


static inline bool __attribute__((format(printf, 4, 5)))
test_ok(bool good, const char *file, int line, const char *name, ...)
{
    va_list  args;

    printf("%sok %d - ", good ? "" : "not ", ++test_count);

    va_start(args, name);
    vprintf(name, args);
    va_end(args);

    printf("\n");

    if (!good) {
        test_failed++;
        printf("# failed at %s line %d\n", file, line);
    }

    return good;
}


static inline bool __attribute__((format(printf, 5, 6)))
test_is(long long got, long long want, const char *file, int line,
    const char *name, ...)
{
    bool     good;
    char     text[512];
    va_list  args;

    va_start(args, name);
    vsnprintf(text, sizeof(text), name, args);
    va_end(args);

    good = test_ok(got == want, file, line, "%s", text);

    if (!good) {
        printf("#  got: %lld\n# want: %lld\n", got, want);
    }

    return good;
}


static inline bool __attribute__((format(printf, 5, 6)))
test_is_str(const char *got, const char *want, const char *file, int line,
    const char *name, ...)
{
    bool     good;
    char     text[512];
    va_list  args;

    va_start(args, name);
    vsnprintf(text, sizeof(text), name, args);
    va_end(args);

    good = test_ok(got != NULL && strcmp(got, want) == 0, file, line, "%s",
                   text);

    if (!good) {
        printf("#  got: %s\n# want: %s\n", got ? got : "(null)", want);
    }

    return good;
}


static inline int
done(void)
{
    printf("1..%d\n", test_count);

    return test_failed != 0;
}


#endif /* TEST_H */
