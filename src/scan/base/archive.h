/*
 * libarchive, loaded when the first archive is opened: most runs find all
 * that they need to know of a layer in the cache.
 */

#ifndef OCI_SCAN_BASE_ARCHIVE_H
#define OCI_SCAN_BASE_ARCHIVE_H

#include "oci_late.h"

#include <archive.h>
#include <archive_entry.h>


#define OCI_SCAN_ARCHIVE(X)                                                   \
    X(archive_entry_clear) X(archive_entry_filetype) X(archive_entry_free)    \
    X(archive_entry_hardlink) X(archive_entry_new)                            \
    X(archive_entry_pathname) X(archive_entry_pathname_utf8)                  \
    X(archive_entry_perm) X(archive_entry_set_filetype)                       \
    X(archive_entry_set_pathname) X(archive_entry_set_perm)                   \
    X(archive_entry_set_size) X(archive_entry_size) X(archive_entry_symlink)  \
    X(archive_error_string) X(archive_filter_bytes) X(archive_read_data)      \
    X(archive_read_free) X(archive_read_new) X(archive_read_next_header)      \
    X(archive_read_open) X(archive_read_open_fd)                              \
    X(archive_read_open_filename) X(archive_read_open_memory)                 \
    X(archive_read_set_options) X(archive_read_support_filter_bzip2)          \
    X(archive_read_support_filter_gzip) X(archive_read_support_filter_lz4)    \
    X(archive_read_support_filter_xz) X(archive_read_support_filter_zstd)     \
    X(archive_read_support_format_empty)                                      \
    X(archive_read_support_format_gnutar)                                     \
    X(archive_read_support_format_raw) X(archive_read_support_format_tar)     \
    X(archive_read_support_format_zip_seekable) X(archive_set_error)          \
    X(archive_write_add_filter_gzip) X(archive_write_close)                   \
    X(archive_write_data) X(archive_write_free) X(archive_write_header)       \
    X(archive_write_new) X(archive_write_open_filename)                       \
    X(archive_write_set_format_ustar)


typedef struct {
    OCI_SCAN_ARCHIVE(OCI_LATE_FIELD)
} oci_scan_archive_t;


/* fills la; OCI_NOT_FOUND: there is no libarchive */

oci_status_e oci_scan_archive_load(oci_scan_archive_t *la, oci_error_t *err);


#endif /* OCI_SCAN_BASE_ARCHIVE_H */
