/*
 * Each layer has a pool of its own, so that threads share nothing but the
 * number of the next layer.
 */

#include "oci_scan_inspect.h"
#include "analyze/layer.h"
#include "java.h"
#include "oci_scan_cache.h"
#include "oci_scan_sbom.h"
#include "secrets.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>


#define OCI_SCAN_THREADS_MAX  16


typedef struct {
    oci_pool_t        *pool;
    oci_scan_layer_t  *blob;
    oci_error_t        err;
    oci_status_e       rc;
} inspect_task_t;


typedef struct {
    oci_scan_image_t          *image;
    const oci_scan_options_t  *options;
    inspect_task_t            *tasks;
    atomic_size_t              next;
    atomic_size_t              done;
    atomic_bool                failed;
} inspect_work_t;


static oci_status_e inspect_layers(inspect_work_t *work, oci_error_t *err);
static void *inspect_thread(void *data);
static oci_status_e inspect_layer(inspect_work_t *work,
    const oci_scan_image_layer_t *source, inspect_task_t *task);
static oci_scan_hashes_t inspect_hashes(
    const oci_scan_image_layer_t *source);
static oci_status_e inspect_check(const oci_scan_image_layer_t *source,
    oci_scan_layer_t *blob, oci_error_t *err);
static void inspect_free(void *data);
static oci_status_e inspect_merge(inspect_work_t *work, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err);
static oci_status_e inspect_listed(oci_scan_report_t *report,
    oci_scan_layer_t *blob, oci_error_t *err);
static oci_status_e inspect_names(oci_scan_image_t *image,
    const oci_str_t *name, oci_scan_report_t *report, oci_error_t *err);
static void inspect_notes(const oci_scan_options_t *options,
    const oci_scan_layer_t *blob, oci_scan_report_t *report);


oci_status_e
oci_scan_inspect_image(oci_scan_image_t *image,
    const oci_scan_options_t *options, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err)
{
    size_t           i, n;
    oci_status_e     rc;
    inspect_work_t   work;

    memset(&work, 0, sizeof(inspect_work_t));
    n = image->layers.nelts;
    work.image = image;
    work.options = options;

    /* the report refers to what the layers' pools hold */

    work.tasks = oci_pcalloc(report->pool, (n + 1) * sizeof(inspect_task_t));
    if (work.tasks == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for (i = 0; i < n; i++) {

        work.tasks[i].pool = oci_pool_create();

        if (work.tasks[i].pool == NULL
            || oci_pool_cleanup(report->pool, inspect_free,
                                work.tasks[i].pool) != OCI_OK)
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    rc = inspect_layers(&work, err);

    if (rc == OCI_OK) {
        rc = inspect_names(image, name, report, err);
    }

    return (rc == OCI_OK)
           ? inspect_merge(&work, name, report, merged, err) : rc;
}


oci_status_e
oci_scan_inspect_dir(const char *root, const oci_scan_options_t *options,
    const oci_str_t *name, oci_scan_report_t *report,
    oci_scan_merged_t *merged, oci_error_t *err)
{
    oci_status_e       rc;
    oci_scan_layer_t  *blob;

    blob = oci_scan_layer_create(report->pool);
    if (blob == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = oci_scan_layer_read_dir(blob, root, &options->limits,
                                 options->secrets, err);

    if (rc == OCI_OK) {
        rc = inspect_java(blob, options, err);
    }

    if (rc == OCI_OK) {
        rc = merge_layers(merged, report->pool, &blob, 1, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    inspect_notes(options, blob, report);
    report->type = "filesystem";
    report->name = *name;
    rc = merge_report(merged, report, name, err);

    return (rc == OCI_OK) ? inspect_secrets(report, &blob, 1, NULL, err) : rc;
}


oci_status_e
oci_scan_inspect_sbom(const oci_str_t *text,
    const oci_scan_options_t *options, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err)
{
    oci_pool_t        *tmp;
    oci_status_e       rc;
    oci_scan_sbom_t    bom;
    oci_scan_layer_t  *blob;

    blob = oci_scan_layer_create(report->pool);
    tmp = oci_pool_create();

    rc = (blob == NULL || tmp == NULL)
         ? oci_error(err, OCI_NOMEM, 0, "out of memory")
         : oci_scan_sbom_open(&bom, tmp, text, err);

    if (rc == OCI_OK) {
        report->type = (bom.format == OCI_SCAN_SBOM_CYCLONEDX) ? "cyclonedx"
                                                               : "spdx";
        report->name = *name;
        rc = oci_scan_layer_read_sbom(blob, &bom, err);
    }

    if (rc == OCI_OK && oci_scan_sbom_metadata(&bom, report) != OCI_OK) {
        rc = oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_pool_destroy(tmp);

    if (rc == OCI_OK) {
        rc = merge_layers(merged, report->pool, &blob, 1, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    inspect_notes(options, blob, report);

    return merge_report(merged, report, name, err);
}


static oci_status_e
inspect_layers(inspect_work_t *work, oci_error_t *err)
{
    long        cores;
    size_t      i, n, threads;
    pthread_t   thread[OCI_SCAN_THREADS_MAX];

    n = work->image->layers.nelts;
    cores = sysconf(_SC_NPROCESSORS_ONLN);
    threads = work->options->threads ? work->options->threads
                                     : (size_t) ((cores > 0) ? cores : 1);

    threads = (threads > OCI_SCAN_THREADS_MAX) ? OCI_SCAN_THREADS_MAX
                                               : threads;
    threads = (threads > n) ? n : threads;
    threads = work->image->serial ? 1 : threads;

    for (i = 1; i < threads; i++) {
        if (pthread_create(&thread[i], NULL, inspect_thread, work)
            != 0)
        {
            threads = i;            /* fewer will do */
        }
    }

    (void) inspect_thread(work);

    for (i = 1; i < threads; i++) {
        (void) pthread_join(thread[i], NULL);
    }

    for (i = 0; i < n; i++) {
        if (work->tasks[i].rc != OCI_OK) {
            *err = work->tasks[i].err;
            return work->tasks[i].rc;
        }
    }

    return OCI_OK;
}


static void *
inspect_thread(void *data)
{
    size_t                   i, n, done;
    inspect_work_t          *work;
    inspect_task_t          *task;
    oci_scan_image_layer_t  *source;

    work = data;
    n = work->image->layers.nelts;
    source = work->image->layers.elts;

    while (!work->failed && (i = atomic_fetch_add(&work->next, 1)) < n) {

        task = &work->tasks[i];
        task->rc = inspect_layer(work, &source[i], task);

        if (task->rc != OCI_OK) {
            work->failed = true;
        }

        done = atomic_fetch_add(&work->done, 1) + 1;

        if (work->options->progress != NULL) {
            work->options->progress(work->options->ctx, done, n);
        }
    }

    return NULL;
}


static oci_status_e
inspect_layer(inspect_work_t *work,
    const oci_scan_image_layer_t *source, inspect_task_t *task)
{
    const char         *key;
    oci_status_e        rc;
    oci_scan_rules_t   *rules;
    oci_scan_reader_t   in;

    /* what is wrong with a base image, its own scan says */

    rules = inspect_is_base(work->image, source) ? NULL
                                                 : work->options->secrets;
    key = (rules != NULL) ? oci_scan_rules_key(rules) : NULL;

    task->blob = oci_scan_layer_create(task->pool);
    if (task->blob == NULL) {
        return oci_error(&task->err, OCI_NOMEM, 0, "out of memory");
    }

    if (work->options->cache != NULL
        && oci_scan_cache_get(work->options->cache, source, key, task->blob)
           == OCI_OK)
    {
        return OCI_OK;
    }

    memset(&in, 0, sizeof(oci_scan_reader_t));
    rc = work->image->open(work->image, source, &in, &task->err);

    if (rc == OCI_OK) {
        rc = oci_scan_layer_read(task->blob, &in, &work->options->limits,
                                 inspect_hashes(source), rules, &task->err);
        oci_scan_reader_close(&in);
    }

    if (rc == OCI_OK) {
        rc = inspect_check(source, task->blob, &task->err);
    }

    if (rc == OCI_OK && work->options->cache != NULL) {
        (void) oci_scan_cache_put(work->options->cache, source, key,
                                  task->blob);
    }

    return rc;
}


/*
 * A blob that is known by its digest is checked by it, which costs less than
 * to hash what comes out; a layer of docker save by its diffID.
 */

static oci_scan_hashes_t
inspect_hashes(const oci_scan_image_layer_t *source)
{
    oci_scan_hashes_t  hashes;

    hashes.packed = source->digest.alg;
    hashes.unpacked = OCI_ALG_NONE;

    if (hashes.packed == OCI_ALG_NONE) {
        hashes.packed = OCI_SHA256;
        hashes.unpacked = source->diff_id.alg;
    }

    return hashes;
}


/* what the cache will call this layer is what its bytes were checked by */

static oci_status_e
inspect_check(const oci_scan_image_layer_t *source,
    oci_scan_layer_t *blob, oci_error_t *err)
{
    if (source->digest.alg != OCI_ALG_NONE) {

        if (!oci_digest_eq(&source->digest, &blob->digest)) {
            return oci_error(err, OCI_MISMATCH, 0, "layer %s has another "
                             "digest", source->digest.text);
        }

        blob->diff_id = source->diff_id;
        return OCI_OK;
    }

    if (!oci_digest_eq(&source->diff_id, &blob->diff_id)) {
        return oci_error(err, OCI_MISMATCH, 0, "layer %s has another diffID",
                         source->diff_id.text);
    }

    if (!blob->packed) {
        memset(&blob->digest, 0, sizeof(oci_digest_t));
    }

    return OCI_OK;
}


static void
inspect_free(void *data)
{
    oci_pool_destroy(data);
}


static oci_status_e
inspect_merge(inspect_work_t *work, const oci_str_t *name,
    oci_scan_report_t *report, oci_scan_merged_t *merged, oci_error_t *err)
{
    size_t              i, n;
    oci_status_e        rc;
    oci_scan_layer_t  **blobs;

    n = work->image->layers.nelts;
    blobs = oci_palloc(report->pool, (n + 1) * sizeof(oci_scan_layer_t *));

    if (blobs == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for (i = 0; i < n; i++) {

        blobs[i] = work->tasks[i].blob;

        rc = inspect_java(blobs[i], work->options, err);
        if (rc != OCI_OK) {
            return rc;
        }

        inspect_notes(work->options, blobs[i], report);

        rc = inspect_listed(report, blobs[i], err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = merge_layers(merged, report->pool, blobs, n, err);

    if (rc == OCI_OK) {
        rc = merge_report(merged, report, name, err);
    }

    return (rc == OCI_OK)
           ? inspect_secrets(report, blobs, n, work->image->config, err) : rc;
}


/* a layer's line in the report */

static oci_status_e
inspect_listed(oci_scan_report_t *report, oci_scan_layer_t *blob,
    oci_error_t *err)
{
    oci_scan_report_layer_t  *layer;

    layer = oci_array_push(&report->layers);
    if (layer == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    layer->size = blob->size;
    layer->diff_id = oci_digest_str(&blob->diff_id);
    report->size += layer->size;

    if (blob->digest.alg != OCI_ALG_NONE) {
        layer->digest = oci_digest_str(&blob->digest);
    }

    return OCI_OK;
}


static oci_status_e
inspect_names(oci_scan_image_t *image, const oci_str_t *name,
    oci_scan_report_t *report, oci_error_t *err)
{
    oci_str_t  *tag;

    report->type = "container_image";
    report->artifact = image->artifact;
    report->name = *name;
    report->image_id = oci_digest_str(&image->id);
    report->artifact_id = report->image_id;
    report->config = image->config;
    report->tags = image->tags;
    report->digests = image->digests;

    tag = image->tags.nelts ? image->tags.elts : image->digests.elts;

    if (image->tags.nelts != 0 || image->digests.nelts != 0) {
        report->reference = *tag;
    }

    return (report->image_id.data != NULL) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static void
inspect_notes(const oci_scan_options_t *options,
    const oci_scan_layer_t *blob, oci_scan_report_t *report)
{
    size_t      i;
    oci_str_t  *note;

    note = blob->notes.elts;

    for (i = 0; options->note != NULL && i < blob->notes.nelts; i++) {
        options->note(options->ctx, &note[i], false);
    }

    note = blob->left_out.elts;
    report->left_out += blob->left_out.nelts;

    for (i = 0; options->note != NULL && i < blob->left_out.nelts; i++) {
        options->note(options->ctx, &note[i], true);
    }
}
