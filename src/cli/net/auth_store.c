/*
 * Credentials kept and forgotten, in docker's config.json or by a helper.
 */

#include "net/auth.h"
#include "net/auth_config.h"
#include "oci_file.h"
#include "oci_json.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


/* config.json as it was read; its members keep their order */

typedef struct {
    oci_pool_t  *pool;
    oci_str_t    path;
    json_t      *root;
    json_t      *auths;             /* of root */
    oci_str_t    helper;            /* for the host; empty: none */
} auth_file_t;


static oci_status_e auth_file_open(auth_file_t *file, oci_pool_t *pool,
    const char *host, oci_error_t *err);
static oci_status_e auth_file_read(auth_file_t *file, oci_error_t *err);
static bool auth_file_forget(auth_file_t *file, const char *host);
static oci_status_e auth_file_write(auth_file_t *file, oci_error_t *err);
static oci_status_e auth_file_publish(const auth_file_t *file,
    const char *text, oci_error_t *err);
static oci_status_e auth_helper_store(auth_file_t *file, const char *host,
    const auth_credentials_t *credentials, oci_error_t *err);
static oci_status_e auth_helper_erase(auth_file_t *file, const char *host,
    oci_error_t *err);
static json_t *auth_encode(oci_pool_t *pool,
    const auth_credentials_t *credentials);


oci_status_e
auth_store(oci_pool_t *pool, const char *host,
    const auth_credentials_t *credentials, oci_str_t *where, oci_error_t *err)
{
    json_t        *entry;
    auth_file_t    file;
    oci_status_e   rc;

    rc = auth_file_open(&file, pool, host, err);
    if (rc != OCI_OK) {
        return rc;
    }

    *where = file.path;

    /* a helper keeps it; the file then only has the host's name */

    if (file.helper.len != 0) {
        rc = auth_helper_store(&file, host, credentials, err);
        entry = json_object();

    } else {
        entry = auth_encode(pool, credentials);
    }

    /* what stood under another form of the name must not win over it */

    (void) auth_file_forget(&file, host);

    if (json_object_set_new(file.auths, auth_server(host), entry) != 0
        && rc == OCI_OK)
    {
        rc = oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (rc == OCI_OK) {
        rc = auth_file_write(&file, err);
    }

    json_decref(file.root);

    return rc;
}


oci_status_e
auth_erase(oci_pool_t *pool, const char *host, oci_str_t *where,
    oci_error_t *err)
{
    bool           listed;
    auth_file_t    file;
    oci_status_e   rc;

    rc = auth_file_open(&file, pool, host, err);
    if (rc != OCI_OK) {
        return rc;
    }

    *where = file.path;

    rc = (file.helper.len != 0) ? auth_helper_erase(&file, host, err)
                                : OCI_NOT_FOUND;
    listed = auth_file_forget(&file, host);

    if (listed && (rc == OCI_OK || rc == OCI_NOT_FOUND)) {
        rc = auth_file_write(&file, err);
    }

    json_decref(file.root);

    return rc;
}


static oci_status_e
auth_file_open(auth_file_t *file, oci_pool_t *pool, const char *host,
    oci_error_t *err)
{
    char          *real;
    oci_str_t      name;
    oci_status_e   rc;

    memset(file, 0, sizeof(auth_file_t));
    file->pool = pool;
    file->path = auth_config_path(pool);

    /* a link stays one: what it leads to is replaced */

    real = (file->path.data != NULL) ? realpath((char *) file->path.data,
                                                NULL)
                                     : NULL;
    if (real != NULL) {
        file->path = oci_strf(pool, "%s", real);
        free(real);
    }

    if (file->path.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = auth_file_read(file, err);
    if (rc != OCI_OK) {
        return rc;
    }

    name = oci_json_str(json_object_get(file->root, "credHelpers"), host);

    if (name.len == 0) {
        name = oci_json_str(file->root, "credsStore");
    }

    if (name.len != 0) {
        file->helper = oci_str_dup(pool, name.data, name.len);
    }

    return OCI_OK;
}


/* a file that is there and is not understood is not replaced */

static oci_status_e
auth_file_read(auth_file_t *file, oci_error_t *err)
{
    oci_str_t      text;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;
    struct stat    st;

    rc = oci_file_read(file->pool, (char *) file->path.data, AUTH_CONFIG_MAX,
                       &text, &why);

    if (rc == OCI_NOT_FOUND && lstat((char *) file->path.data, &st) == -1
        && errno == ENOENT)
    {
        file->root = json_object();

    } else if (rc == OCI_OK) {
        file->root = oci_json_load(text.data, text.len, OCI_JSON_DUPLICATES,
                                   &why);
        explicit_bzero(text.data, text.len);
    }

    file->auths = json_object_get(file->root, "auths");

    if (file->auths == NULL && json_is_object(file->root)) {
        file->auths = json_object();
        (void) json_object_set_new(file->root, "auths", file->auths);
    }

    if (!json_is_object(file->auths)) {
        json_decref(file->root);

        return oci_error(err, OCI_INVALID, 0, "\"%s\" is not docker's "
                         "config.json, and is left as it is%s%s",
                         file->path.data, why.text[0] != '\0' ? ": " : "",
                         why.text);
    }

    return OCI_OK;
}


static bool
auth_file_forget(auth_file_t *file, const char *host)
{
    bool         found;
    void        *next;
    json_t      *entry;
    const char  *key;

    found = false;

    json_object_foreach_safe(file->auths, next, key, entry) {

        if (auth_key_is(key, host)) {
            found = true;
            (void) json_object_del(file->auths, key);
        }
    }

    return found;
}


static oci_status_e
auth_file_write(auth_file_t *file, oci_error_t *err)
{
    char          *text;
    size_t         len;
    oci_str_t      dir;
    oci_status_e   rc;

    if (json_object_size(file->auths) == 0) {
        (void) json_object_del(file->root, "auths");
    }

    /* docker makes its folder for the owner alone */

    dir = oci_str_dup(file->pool, file->path.data,
                      (size_t) (strrchr((char *) file->path.data, '/')
                                - (char *) file->path.data));

    if (dir.data != NULL && mkdir((char *) dir.data, 0700) == -1
        && errno == ENOENT)
    {
        rc = oci_file_mkdirs((char *) dir.data, true, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    text = json_dumps(file->root, JSON_INDENT(4));

    if (text == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = auth_file_publish(file, text, err);

    len = strlen(text);
    explicit_bzero(text, len);
    free(text);

    return rc;
}


/* the owner's alone from its first byte on; then moved over the old one */

static oci_status_e
auth_file_publish(const auth_file_t *file, const char *text, oci_error_t *err)
{
    int            fd;
    oci_str_t      temp;
    oci_status_e   rc;

    temp = oci_strf(file->pool, "%s.XXXXXX", file->path.data);
    if (temp.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    fd = mkostemp((char *) temp.data, O_CLOEXEC);      /* mode 0600 */

    if (fd == -1) {
        return oci_error_errno(err, errno, "cannot write \"%s\"",
                               file->path.data);
    }

    rc = oci_file_write(fd, 0, text, strlen(text), err);

    if (rc == OCI_OK) {
        rc = oci_file_move(fd, (char *) temp.data, (char *) file->path.data,
                           true, err);
    }

    if (rc != OCI_OK) {
        (void) unlink((char *) temp.data);
    }

    (void) close(fd);

    return rc;
}


static oci_status_e
auth_helper_store(auth_file_t *file, const char *host,
    const auth_credentials_t *credentials, oci_error_t *err)
{
    char          *text;
    json_t        *json;
    oci_str_t      input;
    oci_status_e   rc;

    json = json_pack("{s:s, s:s%, s:s%}", "ServerURL", auth_server(host),
                     "Username", credentials->username.data,
                     credentials->username.len,
                     "Secret", credentials->password.data,
                     credentials->password.len);
    text = (json != NULL) ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);

    if (text == NULL) {
        return oci_error(err, OCI_INVALID, 0, "name or password is not UTF-8, "
                         "which a credential helper needs");
    }

    input = oci_str(text);

    rc = auth_helper(file->pool, &file->helper, "store", &input, NULL, err);

    explicit_bzero(text, input.len);
    free(text);

    return (rc != OCI_DENIED) ? rc
           : oci_error(err, OCI_DENIED, 0, "\"docker-credential-%s\" did not "
                       "store the credentials", file->helper.data);
}


static oci_status_e
auth_helper_erase(auth_file_t *file, const char *host, oci_error_t *err)
{
    oci_str_t     server, answer;
    oci_status_e  rc;

    server = oci_str(auth_server(host));

    rc = auth_helper(file->pool, &file->helper, "get", &server, &answer, err);

    if (rc != OCI_OK) {
        return (rc == OCI_DENIED) ? OCI_NOT_FOUND : rc;
    }

    explicit_bzero(answer.data, answer.len);

    rc = auth_helper(file->pool, &file->helper, "erase", &server, NULL, err);

    return (rc != OCI_DENIED) ? rc
           : oci_error(err, OCI_DENIED, 0, "\"docker-credential-%s\" did not "
                       "erase the credentials", file->helper.data);
}


/* base64 of "username:password" */

static json_t *
auth_encode(oci_pool_t *pool, const auth_credentials_t *credentials)
{
    u_char     *b64;
    json_t     *entry;
    oci_str_t   plain;

    plain = oci_strf(pool, "%.*s:%.*s", (int) credentials->username.len,
                     credentials->username.data,
                     (int) credentials->password.len,
                     credentials->password.data);
    b64 = oci_palloc(pool, plain.len * 4 / 3 + 8);

    if (plain.data == NULL || b64 == NULL) {
        return NULL;
    }

    (void) EVP_EncodeBlock(b64, plain.data, (int) plain.len);
    entry = json_pack("{s:s}", "auth", b64);

    explicit_bzero(plain.data, plain.len);
    explicit_bzero(b64, strlen((char *) b64));

    return entry;
}
