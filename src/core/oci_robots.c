/*
 * Robots.
 */

#include "oci_robots.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


#define OCI_ROBOT_NAME_MAX  128
#define OCI_ROBOT_WORDS     4           /* before the repositories */


static oci_status_e oci_robot_parse(oci_robot_t *robot, oci_pool_t *pool,
    const oci_str_t *line, oci_error_t *err);
static bool oci_robot_word(oci_str_t *line, oci_str_t *word);
static bool oci_robot_time(const oci_str_t *text, int64_t *t);
static unsigned oci_robot_actions(const oci_str_t *list);


oci_status_e
oci_robots_parse(oci_robots_t **robots, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    size_t         n;
    u_char        *end;
    oci_str_t      rest, line;
    oci_error_t    e = { OCI_OK, 0, "" };
    oci_robot_t   *robot;
    oci_robots_t  *r;

    r = oci_pcalloc(pool, sizeof(oci_robots_t));
    if (r == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_array_init(&r->list, pool, sizeof(oci_robot_t));
    rest = *text;

    for (n = 1; rest.len != 0; n++) {
        end = memchr(rest.data, '\n', rest.len);
        line = rest;

        if (end != NULL) {
            line.len = (size_t) (end - rest.data);
        }

        rest.data += line.len + (end != NULL);
        rest.len -= line.len + (end != NULL);

        if (line.len != 0 && line.data[line.len - 1] == '\r') {
            line.len--;
        }

        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        robot = oci_array_push(&r->list);
        if (robot == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        if (oci_robot_parse(robot, pool, &line, &e) != OCI_OK) {
            return oci_error(err, e.status, 0, "line %zu: %s", n, e.text);
        }
    }

    *robots = r;

    return OCI_OK;
}


static oci_status_e
oci_robot_parse(oci_robot_t *robot, oci_pool_t *pool, const oci_str_t *line,
    oci_error_t *err)
{
    unsigned      actions;
    oci_str_t     rest, repo, words[OCI_ROBOT_WORDS];
    oci_grant_t  *grant;
    oci_digest_t  digest;
    oci_status_e  rc;

    rest = *line;

    if (!oci_robot_word(&rest, &words[0]) || !oci_robot_word(&rest, &words[1])
        || !oci_robot_word(&rest, &words[2])
        || !oci_robot_word(&rest, &words[3]))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "not \"name sha256:hex expires actions "
                         "repository ...\"");
    }

    if (!oci_robot_name_valid(&words[0])) {
        return oci_error(err, OCI_INVALID, 0, "\"%.*s\" is no name",
                         (int) words[0].len, words[0].data);
    }

    if (oci_digest_parse(&digest, &words[1]) != OCI_OK
        || digest.alg != OCI_SHA256)
    {
        return oci_error(err, OCI_INVALID, 0, "no hash of a secret");
    }

    if (!oci_robot_time(&words[2], &robot->expires)) {
        return oci_error(err, OCI_INVALID, 0,
                         "\"%.*s\" is neither \"never\" nor a time such as "
                         "2027-01-31T00:00:00Z", (int) words[2].len,
                         words[2].data);
    }

    actions = oci_robot_actions(&words[3]);

    if (actions == 0) {
        return oci_error(err, OCI_INVALID, 0, "unknown actions \"%.*s\"",
                         (int) words[3].len, words[3].data);
    }

    robot->name = words[0];
    robot->digest = words[1];
    oci_array_init(&robot->grants, pool, sizeof(oci_grant_t));

    while (oci_robot_word(&rest, &repo)) {
        grant = oci_array_push(&robot->grants);
        if (grant == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        grant->actions = actions;

        rc = oci_glob_compile(&grant->repo, pool, OCI_GLOB_REPOSITORY, &repo,
                              err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return (robot->grants.nelts != 0)
           ? OCI_OK : oci_error(err, OCI_INVALID, 0, "no repository");
}


static bool
oci_robot_word(oci_str_t *line, oci_str_t *word)
{
    while (line->len != 0 && (line->data[0] == ' ' || line->data[0] == '\t'))
    {
        line->data++;
        line->len--;
    }

    word->data = line->data;
    word->len = 0;

    while (word->len < line->len && word->data[word->len] != ' '
           && word->data[word->len] != '\t')
    {
        word->len++;
    }

    line->data += word->len;
    line->len -= word->len;

    return word->len != 0;
}


static bool
oci_robot_time(const oci_str_t *text, int64_t *t)
{
    int        n;
    char       copy[24];
    struct tm  tm;

    *t = 0;

    if (oci_str_is(text, "never")) {
        return true;
    }

    if (text->len != sizeof("1970-01-01T00:00:00Z") - 1) {
        return false;
    }

    memcpy(copy, text->data, text->len);
    copy[text->len] = '\0';
    memset(&tm, 0, sizeof(tm));
    n = 0;

    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon,
               &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n)
        != 6 || n != (int) text->len || tm.tm_year < 1971 || tm.tm_mon < 1
        || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31)
    {
        return false;
    }

    tm.tm_year -= 1900;
    tm.tm_mon--;
    *t = (int64_t) timegm(&tm);

    return *t > 0;
}


static unsigned
oci_robot_actions(const oci_str_t *list)
{
    u_char     *comma;
    unsigned    action, actions;
    oci_str_t   rest, word;

    rest = *list;
    actions = 0;

    for ( ;; ) {
        word = rest;
        comma = (rest.len != 0) ? memchr(rest.data, ',', rest.len) : NULL;

        if (comma != NULL) {
            word.len = (size_t) (comma - word.data);
        }

        action = oci_action_parse(&word);

        if (action == 0) {
            return 0;
        }

        actions |= action;

        if (comma == NULL) {
            return actions;
        }

        rest.data += word.len + 1;
        rest.len -= word.len + 1;
    }
}


const oci_robot_t *
oci_robots_find(const oci_robots_t *robots, const oci_str_t *name)
{
    size_t              i;
    const oci_robot_t  *robot;

    robot = robots->list.elts;

    for (i = 0; i < robots->list.nelts; i++) {
        if (oci_str_eq(&robot[i].name, name)) {
            return &robot[i];
        }
    }

    return NULL;
}


const oci_robot_t *
oci_robots_secret(const oci_robots_t *robots, const oci_str_t *secret)
{
    size_t              i;
    oci_digest_t        digest;
    const oci_robot_t  *robot;

    oci_digest_of(&digest, OCI_SHA256, secret->data, secret->len);
    robot = robots->list.elts;

    for (i = 0; i < robots->list.nelts; i++) {
        if (robot[i].digest.len == digest.len
            && CRYPTO_memcmp(robot[i].digest.data, digest.text, digest.len)
               == 0)
        {
            return &robot[i];
        }
    }

    return NULL;
}


bool
oci_robot_name_valid(const oci_str_t *name)
{
    size_t  i;
    u_char  ch;

    if (name->len == 0 || name->len > OCI_ROBOT_NAME_MAX
        || name->data[0] == '#')
    {
        return false;
    }

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (ch <= ' ' || ch == ':' || ch >= 0x7f) {
            return false;
        }
    }

    return true;
}
