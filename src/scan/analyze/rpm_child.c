/*
 * The child opens the database, writes each header's fields with their
 * lengths to a pipe, and ends with a mark that says it came to the end.
 */

#include "base/librpm.h"
#include "rpm_child.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define OCI_SCAN_RPM_SECONDS  60
#define OCI_SCAN_RPM_MEMORY   (2ULL << 30)
#define OCI_SCAN_RPM_ANSWER   (256 * 1024 * 1024)
#define OCI_SCAN_RPM_FIELDS   13

static const char  rpm_end[] = "tally-rpm-end";


static void rpm_child(const oci_scan_librpm_t *rpm,
    const char *dir, int fd) __attribute__((noreturn));
static void rpm_confine(void);
static bool rpm_header(const oci_scan_librpm_t *rpm, FILE *out, Header h);
static void rpm_text(const oci_scan_librpm_t *rpm, FILE *out,
    Header h, rpmTagVal tag);
static void rpm_number(const oci_scan_librpm_t *rpm, FILE *out,
    Header h, rpmTagVal tag);
static void rpm_hex(const oci_scan_librpm_t *rpm, FILE *out,
    Header h, rpmTagVal tag);
static void rpm_list(const oci_scan_librpm_t *rpm, FILE *out,
    Header h, rpmTagVal tag);
static void rpm_bytes(FILE *out, const void *data, size_t len);
static oci_status_e rpm_answer(int fd, oci_buf_t *buf, oci_error_t *err);
static long rpm_left(const struct timespec *end);


oci_status_e
rpm_read(const char *dir, oci_buf_t *buf, oci_error_t *err)
{
    int                fd[2], status;
    pid_t              pid;
    oci_status_e       rc;
    oci_scan_librpm_t  rpm;

    /* not in the child: another thread may be loading something */

    rc = oci_scan_librpm_load(&rpm, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (pipe(fd) == -1) {
        return oci_error_errno(err, errno, "cannot make a pipe");
    }

    pid = fork();

    if (pid == -1) {
        (void) close(fd[0]);
        (void) close(fd[1]);
        return oci_error_errno(err, errno, "cannot start the rpm reader");
    }

    if (pid == 0) {
        (void) close(fd[0]);
        rpm_child(&rpm, dir, fd[1]);
    }

    (void) close(fd[1]);
    rc = rpm_answer(fd[0], buf, err);
    (void) close(fd[0]);

    if (rc != OCI_OK) {
        (void) kill(pid, SIGKILL);
    }

    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* again */
    }

    return rc;
}


bool
rpm_next(oci_str_t *rest, rpm_pkg_t *pkg)
{
    size_t     i;
    oci_str_t  field[OCI_SCAN_RPM_FIELDS];

    for (i = 0; i < OCI_SCAN_RPM_FIELDS; i++) {
        if (!rpm_item(rest, &field[i])) {
            return false;
        }
    }

    pkg->name = field[0];
    pkg->epoch = field[1];
    pkg->version = field[2];
    pkg->release = field[3];
    pkg->arch = field[4];
    pkg->source = field[5];
    pkg->vendor = field[6];
    pkg->license = field[7];
    pkg->modularity = field[8];
    pkg->md5 = field[9];
    pkg->provides = field[10];
    pkg->requires = field[11];
    pkg->files = field[12];

    return true;
}


bool
rpm_item(oci_str_t *list, oci_str_t *item)
{
    uint32_t  len;

    if (list->len < sizeof(uint32_t)) {
        return false;
    }

    memcpy(&len, list->data, sizeof(uint32_t));

    if (len > list->len - sizeof(uint32_t)) {
        return false;
    }

    item->data = list->data + sizeof(uint32_t);
    item->len = len;
    *list = oci_scan_text_skip(*list, sizeof(uint32_t) + len);
    return true;
}


static void
rpm_child(const oci_scan_librpm_t *rpm, const char *dir, int fd)
{
    bool                  ok;
    FILE                 *out;
    rpmts                 ts;
    Header                h;
    rpmdbMatchIterator    it;

    rpm_confine();
    (void) rpm->rpmlogSetMask(0);

    out = fdopen(fd, "w");
    ok = (out != NULL && rpm->rpmReadConfigFiles("/dev/null", NULL) == 0);

    (void) rpm->rpmDefineMacro(NULL, "_db_backend sqlite", 0);
    (void) rpm->rpmPushMacro(NULL, "_dbpath", NULL, dir, 0);

    ts = rpm->rpmtsCreate();
    (void) rpm->rpmtsSetRootDir(ts, "/");
    (void) rpm->rpmtsSetVSFlags(ts, _RPMVSF_NODIGESTS|_RPMVSF_NOSIGNATURES
                                    |RPMVSF_NOHDRCHK);

    if (rpm->rpmtsOpenDB(ts, O_RDONLY) != 0) {
        _exit(1);
    }

    it = rpm->rpmtsInitIterator(ts, RPMDBI_PACKAGES, NULL, 0);

    while (ok && (h = rpm->rpmdbNextIterator(it)) != NULL) {
        ok = rpm_header(rpm, out, h);
    }

    (void) rpm->rpmdbFreeIterator(it);

    if (ok) {
        (void) fwrite(rpm_end, 1, sizeof(rpm_end), out);
        ok = (fflush(out) == 0);
    }

    _exit(ok ? 0 : 1);
}


static void
rpm_confine(void)
{
    int            null;
    struct rlimit  limit;

    limit.rlim_cur = limit.rlim_max = OCI_SCAN_RPM_SECONDS;
    (void) setrlimit(RLIMIT_CPU, &limit);

    limit.rlim_cur = limit.rlim_max = 0;
    (void) setrlimit(RLIMIT_CORE, &limit);

#if !defined(__SANITIZE_ADDRESS__)
    limit.rlim_cur = limit.rlim_max = OCI_SCAN_RPM_MEMORY;
    (void) setrlimit(RLIMIT_AS, &limit);
#endif

    (void) signal(SIGSEGV, SIG_DFL);
    (void) signal(SIGABRT, SIG_DFL);

    null = open("/dev/null", O_RDWR);

    if (null != -1) {
        (void) dup2(null, STDIN_FILENO);
        (void) dup2(null, STDOUT_FILENO);
        (void) dup2(null, STDERR_FILENO);
    }
}


static bool
rpm_header(const oci_scan_librpm_t *rpm, FILE *out, Header h)
{
    rpm_text(rpm, out, h, RPMTAG_NAME);
    rpm_number(rpm, out, h, RPMTAG_EPOCH);
    rpm_text(rpm, out, h, RPMTAG_VERSION);
    rpm_text(rpm, out, h, RPMTAG_RELEASE);
    rpm_text(rpm, out, h, RPMTAG_ARCH);
    rpm_text(rpm, out, h, RPMTAG_SOURCERPM);
    rpm_text(rpm, out, h, RPMTAG_VENDOR);
    rpm_text(rpm, out, h, RPMTAG_LICENSE);
    rpm_text(rpm, out, h, RPMTAG_MODULARITYLABEL);
    rpm_hex(rpm, out, h, RPMTAG_SIGMD5);
    rpm_list(rpm, out, h, RPMTAG_PROVIDENAME);
    rpm_list(rpm, out, h, RPMTAG_REQUIRENAME);
    rpm_list(rpm, out, h, RPMTAG_FILENAMES);

    return ferror(out) == 0;
}


static void
rpm_text(const oci_scan_librpm_t *rpm, FILE *out, Header h, rpmTagVal tag)
{
    const char  *s;

    s = rpm->headerGetString(h, tag);
    rpm_bytes(out, s, (s == NULL) ? 0 : strlen(s));
}


static void
rpm_number(const oci_scan_librpm_t *rpm, FILE *out, Header h, rpmTagVal tag)
{
    char  text[24];

    text[0] = '\0';

    if (rpm->headerIsEntry(h, tag)) {
        (void) snprintf(text, sizeof(text), "%llu",
                        (unsigned long long) rpm->headerGetNumber(h, tag));
    }

    rpm_bytes(out, text, strlen(text));
}


static void
rpm_hex(const oci_scan_librpm_t *rpm, FILE *out, Header h, rpmTagVal tag)
{
    char            text[65];
    size_t          i;
    const u_char   *p;
    struct rpmtd_s  td;

    text[0] = '\0';

    if (rpm->headerGet(h, tag, &td, HEADERGET_MINMEM)) {

        p = td.data;

        for (i = 0; td.type == RPM_BIN_TYPE && i < td.count && i < 32; i++) {
            (void) snprintf(text + 2 * i, 3, "%02x", p[i]);
        }

        rpm->rpmtdFreeData(&td);
    }

    rpm_bytes(out, text, strlen(text));
}


static void
rpm_list(const oci_scan_librpm_t *rpm, FILE *out, Header h, rpmTagVal tag)
{
    uint32_t         len;
    oci_buf_t        list;
    const char      *s;
    struct rpmtd_s   td;

    memset(&list, 0, sizeof(oci_buf_t));

    if (rpm->headerGet(h, tag, &td, HEADERGET_EXT)) {

        while ((s = rpm->rpmtdNextString(&td)) != NULL) {
            len = (uint32_t) strlen(s);
            oci_buf_add(&list, &len, sizeof(uint32_t));
            oci_buf_add(&list, s, len);
        }

        rpm->rpmtdFreeData(&td);
    }

    rpm_bytes(out, list.data, list.len);
    oci_buf_free(&list);
}


static void
rpm_bytes(FILE *out, const void *data, size_t len)
{
    uint32_t  n;

    n = (uint32_t) len;
    (void) fwrite(&n, sizeof(uint32_t), 1, out);
    (void) fwrite(len ? data : "", 1, len, out);
}


static oci_status_e
rpm_answer(int fd, oci_buf_t *buf, oci_error_t *err)
{
    int              n;
    u_char           chunk[65536];
    ssize_t          got;
    oci_str_t        all;
    struct pollfd    p;
    struct timespec  end;

    (void) clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += OCI_SCAN_RPM_SECONDS;

    for ( ;; ) {

        p.fd = fd;
        p.events = POLLIN;
        n = poll(&p, 1, (int) rpm_left(&end));

        if (n == 0) {
            return oci_error(err, OCI_LIMIT, 0, "rpm database took too long "
                             "to read");
        }

        got = read(fd, chunk, sizeof(chunk));

        if (got == -1 && errno == EINTR) {
            continue;
        }

        if (got <= 0) {
            break;
        }

        oci_buf_add(buf, chunk, (size_t) got);

        if (buf->failed || buf->len > OCI_SCAN_RPM_ANSWER) {
            return oci_error(err, OCI_LIMIT, 0, "rpm database is too large");
        }
    }

    all.data = buf->data;
    all.len = buf->len;

    if (all.len < sizeof(rpm_end)
        || memcmp(all.data + all.len - sizeof(rpm_end),
                  rpm_end, sizeof(rpm_end)) != 0)
    {
        return oci_error(err, OCI_INVALID, 0, "damaged rpm database");
    }

    buf->len -= sizeof(rpm_end);
    return OCI_OK;
}


static long
rpm_left(const struct timespec *end)
{
    long             ms;
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    ms = (end->tv_sec - now.tv_sec) * 1000
         + (end->tv_nsec - now.tv_nsec) / 1000000;

    return (ms > 0) ? ms : 0;
}
