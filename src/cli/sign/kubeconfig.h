/*
 * Which Kubernetes API server to talk to, and as whom: the files of
 * KUBECONFIG (the first that says a thing counts), else ~/.kube/config, else
 * the service account of the pod that this runs in.
 */

#ifndef SIGN_KUBECONFIG_H
#define SIGN_KUBECONFIG_H

#include "net/transport.h"


typedef struct {
    const char           *server;           /* URL, no / behind */
    oci_str_t             host;             /* of it, with the port */
    oci_str_t             authorization;    /* or empty */
    transport_options_t   options;
} kubeconfig_t;


/*
 * Keys and certificates that the files hold inline are given to the transport
 * in memory, never on a disk.  A plugin that would run a program is an error.
 */

oci_status_e kubeconfig_load(oci_pool_t *pool, kubeconfig_t *kube,
    oci_error_t *err);


#endif /* SIGN_KUBECONFIG_H */
