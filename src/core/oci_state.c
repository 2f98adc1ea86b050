/*
 * The state of a running hash, put away beside the bytes that it is of.
 */

#include "oci_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


#define OCI_STATE_LINE  256


oci_status_e
oci_state_parse(oci_state_t *state, const oci_str_t *text)
{
    int         n;
    char        line[OCI_STATE_LINE], name[16];
    size_t      len;
    u_char     *lf;
    uint64_t   *v;
    oci_alg_e   alg;
    oci_str_t   s;

    lf = (text->len != 0) ? memchr(text->data, '\n', text->len) : NULL;

    if (lf == NULL || (size_t) (lf - text->data) >= sizeof(line)) {
        return OCI_INVALID;
    }

    len = (size_t) (lf - text->data);
    memcpy(line, text->data, len);
    line[len] = '\0';

    v = state->mark.value;
    n = 0;

    if (sscanf(line, "tally-state 1 %39s %15s %" SCNu64 " %" SCNu64 " %"
               SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n",
               state->boot, name, &state->offset, &v[0], &v[1], &v[2], &v[3],
               &v[4], &n) != 8
        || line[n] != '\0')
    {
        return OCI_INVALID;
    }

    s = oci_str(name);
    alg = oci_alg_parse(&s);

    if (alg == OCI_ALG_NONE) {
        return OCI_INVALID;
    }

    return oci_hash_import(&state->hash, alg, state->offset, lf + 1,
                           text->len - len - 1);
}


size_t
oci_state_format(const oci_state_t *state, u_char text[OCI_STATE_MAX])
{
    int              n;
    const uint64_t  *v;

    v = state->mark.value;

    n = snprintf((char *) text, OCI_STATE_LINE, "tally-state 1 %s %s %" PRIu64
                 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                 "\n", state->boot[0] != '\0' ? state->boot : "-",
                 oci_alg_name(state->hash.alg), state->offset, v[0], v[1],
                 v[2], v[3], v[4]);

    return (size_t) n + oci_hash_export(&state->hash, text + n);
}
