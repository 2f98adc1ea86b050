/*
 * Identity tokens (OpenID Connect) for keyless signing: given, or what the
 * place gives where the command runs.
 */

#ifndef SIGN_IDENTITY_H
#define SIGN_IDENTITY_H

#include "sign/options.h"


/* is there one without being given: GitHub's, GitLab's, Kubernetes'? */

bool sign_token_ambient(const sign_args_t *args);

/*
 * --identity-token (itself or a file), else SIGSTORE_ID_TOKEN (GitLab), else
 * the file that Kubernetes projects, else GitHub's service.  Wipe it.
 */

oci_status_e sign_token_find(cmd_t *cmd, oci_str_t *token);

/* whom it is for: a verified email, else sub; empty: it is no such token */

oci_str_t sign_token_subject(oci_pool_t *pool, const oci_str_t *token);


#endif /* SIGN_IDENTITY_H */
