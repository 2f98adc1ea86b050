/*
 * The file has a line for each digest that was read well, appended as it is
 * read.  One that was cut short by the end of the check counts for nothing.
 */

#include "images/fsck_state.h"
#include "oci_file.h"
#include "oci_used.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>


struct fsck_state_s {
    FILE        *file;
    char        *path;
    oci_used_t   read;
};


static bool fsck_state_load(fsck_state_t *state);


oci_status_e
fsck_state_open(fsck_state_t **state, oci_pool_t *pool, const char *root,
    bool resume, oci_error_t *err)
{
    oci_str_t      path, dir;
    oci_status_e   rc;
    fsck_state_t  *s;

    *state = NULL;

    s = oci_pcalloc(pool, sizeof(fsck_state_t));
    dir = oci_strf(pool, "%s/_tally", root);
    path = oci_strf(pool, "%s/_tally/fsck.state", root);

    if (s == NULL || dir.data == NULL || path.data == NULL) {
        return oci_nomem(err);
    }

    rc = oci_used_init(&s->read, pool, err);
    if (rc != OCI_OK) {
        return rc;
    }

    s->path = (char *) path.data;
    (void) oci_file_mkdirs((char *) dir.data, false, NULL);
    s->file = resume ? fopen(s->path, "r+e") : NULL;

    if (s->file != NULL && !fsck_state_load(s)) {
        (void) fclose(s->file);
        s->file = NULL;
    }

    if (s->file == NULL) {
        s->file = fopen(s->path, "we");

        if (s->file == NULL) {
            return OCI_OK;
        }
    }

    /* a line at a time, so that a check that is killed leaves whole ones */

    (void) setvbuf(s->file, NULL, _IOLBF, BUFSIZ);
    *state = s;

    return OCI_OK;
}


/* false: it is no such file, or cannot be written on */

static bool
fsck_state_load(fsck_state_t *state)
{
    char          line[OCI_DIGEST_MAX + 2];
    long          end;
    oci_str_t     text;
    oci_digest_t  digest;

    end = 0;

    while (fgets(line, sizeof(line), state->file) != NULL) {
        text.data = (u_char *) line;
        text.len = strcspn(line, "\n");

        if (line[text.len] != '\n') {
            break;
        }

        if (oci_digest_parse(&digest, &text) != OCI_OK
            || oci_used_add(&state->read, &digest, NULL) != OCI_OK)
        {
            return false;
        }

        end = ftell(state->file);
    }

    return fseek(state->file, end, SEEK_SET) == 0;
}


bool
fsck_state_has(fsck_state_t *state, const oci_digest_t *digest)
{
    return state != NULL && oci_used_has(&state->read, digest);
}


void
fsck_state_add(fsck_state_t *state, const oci_digest_t *digest)
{
    if (state != NULL) {
        fprintf(state->file, "%s\n", digest->text);
    }
}


void
fsck_state_close(fsck_state_t *state, bool done)
{
    if (state == NULL) {
        return;
    }

    (void) fclose(state->file);

    if (done) {
        (void) unlink(state->path);
    }
}
