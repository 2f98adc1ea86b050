/*
 * Key pairs that a service keeps as its secrets.
 */

#include "sign/pair.h"

#include <string.h>


static const sign_place_t *sign_pair_place(const char *name);


bool
sign_pair_named(const char *name)
{
    return sign_pair_place(name) != NULL;
}


static const sign_place_t *
sign_pair_place(const char *name)
{
    size_t  i;

    static const sign_place_t *const  places[] = {
        &sign_place_k8s, &sign_place_gitlab, &sign_place_github
    };

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strncmp(name, places[i]->scheme, strlen(places[i]->scheme)) == 0)
        {
            return places[i];
        }
    }

    return NULL;
}


oci_status_e
sign_pair_read(oci_pool_t *pool, const char *name, bool private,
    sign_pair_t *pair, oci_error_t *err)
{
    const sign_place_t  *place;

    memset(pair, 0, sizeof(sign_pair_t));
    place = sign_pair_place(name);

    return (place != NULL) ? place->read(pool, name, private, pair, err)
           : oci_error(err, OCI_INVALID, 0, "no place for keys: %s", name);
}


oci_status_e
sign_pair_write(oci_pool_t *pool, const char *name, const sign_pair_t *pair,
    bool overwrite, oci_error_t *err)
{
    const sign_place_t  *place;

    place = sign_pair_place(name);

    return (place != NULL) ? place->write(pool, name, pair, overwrite, err)
           : oci_error(err, OCI_INVALID, 0, "no place for keys: %s", name);
}
