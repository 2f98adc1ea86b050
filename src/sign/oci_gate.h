/*
 * The gate: which images may leave.
 *
 * A policy says whose signatures an image must have; a verdict is what it
 * says of one image.  nginx and the command read the same policies and come
 * to the same verdict, each from its own source of manifests and blobs.
 *
 * A policy is built once and never changes.  What it names (keys, trusted
 * roots) is read again for every verdict: a key that was replaced counts from
 * then on.
 */

#ifndef OCI_GATE_H
#define OCI_GATE_H

#include "oci_due.h"
#include "oci_manifest.h"
#include "oci_sign_verify.h"
#include "oci_store.h"


#define OCI_GATE_TRIES     64       /* signatures of an image, newest first */
#define OCI_GATE_SIGNERS   64       /* of a policy */
#define OCI_GATE_DEPENDS   16       /* what a verdict may rest on */


/* a file that a policy names, or (path NULL) its text, in the policy itself */

typedef struct {
    char          *path;
    oci_str_t      text;
} oci_gate_file_t;


typedef enum {
    OCI_GATE_ROOT,                  /* trusted_root.json */
    OCI_GATE_CA,                    /* PEM: authorities of certificates */
    OCI_GATE_LOG,                   /* PEM: keys of transparency logs */
    OCI_GATE_TSA                    /* PEM: authorities of timestamps */
} oci_gate_trust_e;

typedef struct {
    oci_gate_trust_e  kind;
    oci_gate_file_t   file;
} oci_gate_trust_t;


/*
 * What a signature of the old format says that it is of: not looked at, or
 * this repository, whatever the host.
 */

typedef enum {
    OCI_GATE_AS_POLICY = 0,         /* of a block: as the policy has it */
    OCI_GATE_ANY,
    OCI_GATE_REPOSITORY
} oci_gate_reference_e;


/*
 * The same as containers-policy.json(5) has it: names in full, with the host
 * by which clients call this registry.  A bundle counts as one that names
 * this repository, and no tag.
 */

typedef enum {
    OCI_GATE_MATCH_EXACT,
    OCI_GATE_MATCH_DIGEST_OR_EXACT,
    OCI_GATE_MATCH_REPOSITORY,
    OCI_GATE_EXACT_REFERENCE,
    OCI_GATE_EXACT_REPOSITORY
} oci_gate_match_e;

typedef struct {
    oci_gate_match_e      how;
    const char           *host;
    oci_str_t             named;    /* "host/repository" of _EXACT_* */
    oci_str_t             tail;     /* its ":tag" or "@digest" */
    oci_str_t             prefix;   /* of ours, if not empty, is replaced */
    oci_str_t             becomes;
} oci_gate_identity_t;


typedef enum {
    OCI_GATE_LOG_KNOWN,             /* where a signer's trust names one */
    OCI_GATE_LOG_REQUIRED,
    OCI_GATE_LOG_OPTIONAL
} oci_gate_log_e;

/* the promise of a log of certificates */

typedef enum {
    OCI_GATE_SCT_KNOWN,             /* where a signer's trust names one */
    OCI_GATE_SCT_REQUIRED,
    OCI_GATE_SCT_NONE
} oci_gate_sct_e;


/* one who may sign: by a key of a file, or by an identity */

typedef struct {
    oci_gate_file_t       key;
    oci_alg_e             alg;
    bool                  keyless;
    oci_sign_identity_t   identity;
    oci_array_t           trust;    /* oci_gate_trust_t */
    oci_gate_log_e        log;      /* _KNOWN: as the policy has it */
    oci_gate_sct_e        sct;
    const char           *what;     /* for messages */
    unsigned              line;
} oci_gate_signer_t;


/*
 * So many of these signers, all different, must have signed.  Of 0 any image
 * passes; without signers, none.
 */

typedef struct {
    unsigned                    need;
    oci_array_t                 signers;    /* oci_gate_signer_t */
    oci_gate_reference_e        reference;
    const oci_gate_identity_t  *identity;   /* instead of that; or NULL */
    bool                        warns;      /* one that fails passes, warned */
    const char                 *what;       /* for messages; or NULL */
    const char                 *fixed;      /* why all or none pass */
    const char                 *file;
    unsigned                    line;
} oci_gate_require_t;


/*
 * What a file has for images by their names: for those in a scope, or for
 * those that a glob matches.
 */

typedef struct {
    oci_str_t             name;     /* NULL: of all others */
    oci_array_t           globs;    /* const char *: expressions */
    oci_array_t           requires; /* oci_gate_require_t: all of them */
} oci_gate_scope_t;

typedef struct {
    oci_pool_t           *pool;
    const char           *dir;
    const char           *file;     /* of the directive */
    unsigned              line;
    bool                  cluster;  /* ClusterImagePolicy: globs */
    const char           *host;     /* what the file calls this registry */
    oci_array_t           trust;    /* oci_gate_trust_t: of its keyless */
    oci_array_t           scopes;   /* oci_gate_scope_t */
    oci_gate_require_t    none;     /* where it has nothing: refuses */
} oci_gate_rules_t;


/*
 * Takes out of a report, in Trivy's JSON, the findings that need not count at
 * now, by an ignore file (NULL: none) and VEX documents (const char *): the
 * scanner's, who has policies read gives it.  A report of NULL: are the files
 * in order?
 */

typedef oci_status_e (*oci_gate_spare_pt)(oci_pool_t *pool, json_t *report,
    const char *ignore, const oci_array_t *vex, int64_t now,
    oci_error_t *err);


/* what a report may say of an image, and whose reports count */

typedef struct {
    bool                  on;
    bool                  fixable;  /* findings without a remedy pass */
    unsigned              severity; /* from here on: 1 is low, 4 critical */
    double                cvss;     /* or, when it is not 0, from this score */
    int64_t               grace;    /* s since a finding was first reported */
    const char           *ignore;   /* what need not count; or NULL */
    oci_array_t           vex;      /* const char * */
    oci_gate_spare_pt     spare;    /* who says that */
    oci_gate_require_t    by;       /* the keys that sign reports */

    bool                  spares;   /* what has no report passes */
    int64_t               age;      /* s, of the database; 0: any */
    bool                  old;      /* an older one passes, with a warning */
} oci_gate_scan_t;


typedef struct {
    oci_str_t             name;
    const char           *file;
    unsigned              line;
    const char           *dir;      /* of relative paths, with its slash */
    oci_pool_t           *pool;

    oci_array_t           requires; /* oci_gate_require_t: all of them */
    oci_array_t           rules;    /* oci_gate_rules_t: all of them */
    oci_array_t           trust;    /* oci_gate_trust_t: of every signer */
    oci_gate_log_e        log;
    oci_gate_reference_e  reference;
    oci_gate_scan_t       scan;
    bool                  children; /* of an index each image must be signed */
    bool                  report;   /* refuses nothing */

    oci_gate_require_t   *open;     /* while it is read */
    unsigned              said;     /* which directives there were */
} oci_gate_policy_t;


/*
 * Reading a policy, one directive after the other; words[0] is its name.
 * block: it opens one, to be ended by oci_gate_close().  OCI_INVALID, said in
 * err.  Files are read once, for what is wrong with them.
 */

oci_status_e oci_gate_open(oci_gate_policy_t **policy, oci_pool_t *pool,
    const oci_str_t *name, const char *dir, const char *file, unsigned line,
    oci_gate_spare_pt spare, oci_error_t *err);
oci_status_e oci_gate_add(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, bool block, unsigned line, oci_error_t *err);
oci_status_e oci_gate_close(oci_gate_policy_t *policy, oci_error_t *err);


/*
 * Patterns of repositories, "!" before one takes out again what those before
 * it have; the last that matches counts.
 */

typedef struct {
    oci_array_t  globs;             /* oci_gate_glob_t */
} oci_gate_names_t;

void oci_gate_names_init(oci_gate_names_t *names, oci_pool_t *pool);
oci_status_e oci_gate_names_add(oci_gate_names_t *names,
    const oci_str_t *pattern, oci_error_t *err);
bool oci_gate_names_match(const oci_gate_names_t *names,
    const oci_str_t *repo);


/*
 * Where an image and its signatures are.  name is a tag or a digest.  mark
 * and parents may be NULL: then a verdict is not to be remembered, and an
 * image is not asked for the indexes that list it.  tag: by which the image
 * is asked for, empty when that is its digest.
 */

typedef struct {
    void           *data;
    oci_str_t       repo;
    oci_str_t       tag;

    oci_status_e  (*manifest)(void *data, oci_pool_t *pool, const char *name,
                      oci_digest_t *digest, oci_str_t *content,
                      oci_error_t *err);
    oci_status_e  (*blob)(void *data, oci_pool_t *pool,
                      const oci_digest_t *digest, size_t max,
                      oci_str_t *content, oci_error_t *err);
    oci_status_e  (*referrers)(void *data, oci_pool_t *pool,
                      const oci_digest_t *subject, oci_referrer_pt each,
                      void *ctx, oci_error_t *err);
    oci_status_e  (*scanned)(void *data, oci_pool_t *pool,
                      const oci_digest_t *digest, oci_due_note_t *note,
                      bool *waits, oci_error_t *err);
    oci_status_e  (*mark)(void *data, const char *name, oci_mark_t *mark);
    oci_status_e  (*parents)(void *data, oci_pool_t *pool,
                      const oci_digest_t *child, oci_array_t *digests,
                      oci_error_t *err);
} oci_gate_source_t;

/*
 * A repository of a store, and the tag that is asked for, if it is one; repo
 * must live as long, its pool is for passing work.
 */

void oci_gate_store(oci_gate_source_t *source, const oci_repo_t *repo,
    oci_str_t tag);


/* what a verdict rests on: when one of them changes, it is void */

typedef struct {
    const char    *file;            /* of the policy's, or NULL: */
    char           name[OCI_DIGEST_MAX + 8];    /* a tag or a digest */
    oci_mark_t     mark;
} oci_gate_depend_t;

typedef struct {
    oci_gate_depend_t  on[OCI_GATE_DEPENDS];
    size_t             n;
    bool               lost;        /* there were more, or one has no mark */
} oci_gate_depends_t;

/* are they all as they were?  With nowait, OCI_BUSY when that would block */

oci_status_e oci_gate_holds(const oci_gate_depends_t *depends,
    const oci_repo_t *repo);


/* one rule, and why it does or does not let the image go */

typedef struct {
    bool          passed;
    bool          warning;          /* it passes, and whoever asks is told */
    const char   *file;
    unsigned      line;
    oci_str_t     text;
} oci_gate_reason_t;

typedef struct {
    bool                passed;
    bool                warned;     /* a reason is a warning */
    bool                scan;       /* it was a report that said no */
    bool                attached;   /* it is no image: always passes */
    oci_array_t         reasons;    /* oci_gate_reason_t; in the pool */
    oci_gate_depends_t  depends;    /* of one that has passed */
    int64_t             until;      /* 0: no clock was looked at */
} oci_gate_verdict_t;


/*
 * What the policy says of the manifest with that digest and content.  Other
 * than OCI_OK: it could not be found out, and the image must not leave.
 * Blocks.
 */

oci_status_e oci_gate_judge(oci_pool_t *pool,
    const oci_gate_policy_t *policy, const oci_gate_source_t *source,
    const oci_digest_t *digest, const oci_str_t *content, int64_t now,
    oci_gate_verdict_t *verdict, oci_error_t *err);


/*
 * Is it something attached to an image, which no runtime would run: a
 * signature, an attestation, a bill of materials, a referrer?  What has the
 * configuration of an image, only if its layers are text: some runtimes unpack
 * a layer whatever its type is, and nothing can be run that is text alone.
 */

typedef enum {
    OCI_GATE_IMAGE = 0,
    OCI_GATE_ATTACHED,
    OCI_GATE_IF_TEXT
} oci_gate_what_e;

oci_gate_what_e oci_gate_attached(const oci_manifest_t *m);

/* UTF-8 without control characters, and not what begins as compressed does */

bool oci_gate_is_text(const oci_str_t *blob);


#endif /* OCI_GATE_H */
