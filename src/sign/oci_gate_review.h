/*
 * Kubernetes' AdmissionReview v1: which images an object would run, and the
 * answer.
 *
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/
 * extensible-admission-controllers/.
 */

#ifndef OCI_GATE_REVIEW_H
#define OCI_GATE_REVIEW_H

#include "oci_core.h"

#include <jansson.h>


#define OCI_GATE_REVIEW_MAX     (4 * 1024 * 1024)
#define OCI_GATE_REVIEW_IMAGES  128


/* an image, and where in the object it stands: a JSON pointer */

typedef struct {
    oci_str_t    name;
    oci_str_t    path;
    oci_str_t    pinned;            /* what it becomes; empty: it stays */
} oci_gate_review_image_t;

typedef struct {
    oci_str_t    uid;
    oci_array_t  images;            /* oci_gate_review_image_t */
} oci_gate_review_t;


/*
 * Reads a review: of Pods and of whatever has a template of Pods (Deployment,
 * Job, CronJob, ...).  An object without one has no images.  OCI_INVALID: no
 * review of v1; OCI_LIMIT: more than OCI_GATE_REVIEW_IMAGES.
 */

oci_status_e oci_gate_review_parse(oci_gate_review_t *review,
    oci_pool_t *pool, const oci_str_t *text, oci_error_t *err);

/*
 * The answer, a new reference.  message is why it is refused; empty: it is
 * allowed, with the images as they are pinned.  warnings are oci_str_t.
 */

json_t *oci_gate_review_answer(const oci_gate_review_t *review,
    oci_pool_t *pool, const oci_str_t *message, const oci_array_t *warnings);


#endif /* OCI_GATE_REVIEW_H */
