/*
 * When releases of systems stop to get security updates.
 *
 * Source: the distributions' own announcements, as Trivy lists them; a release
 * that is not listed is not known to be at its end.
 */

#include "oci_scan_detect.h"

#include <string.h>


static time_t detect_day(uint32_t date);


/* year, month, day: the last day of support; 0: none is set */

static const struct {
    const char  *family;
    const char  *release;
    uint32_t     last;
} detect_ends[] = {
    { "alma", "8", 20290301 },
    { "alma", "9", 20320531 },
    { "alma", "10", 20350531 },
    { "alpine", "edge", 0 },
    { "alpine", "2.0", 20120401 },
    { "alpine", "2.1", 20121101 },
    { "alpine", "2.2", 20130501 },
    { "alpine", "2.3", 20131101 },
    { "alpine", "2.4", 20140501 },
    { "alpine", "2.5", 20141101 },
    { "alpine", "2.6", 20150501 },
    { "alpine", "2.7", 20151101 },
    { "alpine", "3.0", 20160501 },
    { "alpine", "3.1", 20161101 },
    { "alpine", "3.2", 20170501 },
    { "alpine", "3.3", 20171101 },
    { "alpine", "3.4", 20180501 },
    { "alpine", "3.5", 20181101 },
    { "alpine", "3.6", 20190501 },
    { "alpine", "3.7", 20191101 },
    { "alpine", "3.8", 20200501 },
    { "alpine", "3.9", 20201101 },
    { "alpine", "3.10", 20210501 },
    { "alpine", "3.11", 20211101 },
    { "alpine", "3.12", 20220501 },
    { "alpine", "3.13", 20221101 },
    { "alpine", "3.14", 20230501 },
    { "alpine", "3.15", 20231101 },
    { "alpine", "3.16", 20240523 },
    { "alpine", "3.17", 20241122 },
    { "alpine", "3.18", 20250509 },
    { "alpine", "3.19", 20251101 },
    { "alpine", "3.20", 20260401 },
    { "alpine", "3.21", 20261205 },
    { "alpine", "3.22", 20270430 },
    { "alpine", "3.23", 20271101 },
    { "amazon", "1", 20231231 },
    { "amazon", "2", 20260630 },
    { "amazon", "2023", 20280315 },
    { "centos", "3", 20101031 },
    { "centos", "4", 20120229 },
    { "centos", "5", 20170331 },
    { "centos", "6", 20201130 },
    { "centos", "7", 20240630 },
    { "centos", "8", 20211231 },
    { "debian", "1.1", 19970605 },
    { "debian", "1.2", 19980605 },
    { "debian", "1.3", 19990309 },
    { "debian", "2.0", 20000309 },
    { "debian", "2.1", 20001030 },
    { "debian", "2.2", 20030730 },
    { "debian", "3.0", 20060630 },
    { "debian", "3.1", 20080330 },
    { "debian", "4.0", 20100215 },
    { "debian", "5.0", 20120206 },
    { "debian", "6.0", 20160229 },
    { "debian", "7", 20180531 },
    { "debian", "8", 20200630 },
    { "debian", "9", 20220630 },
    { "debian", "10", 20240630 },
    { "debian", "11", 20260814 },
    { "debian", "12", 20280610 },
    { "debian", "13", 0 },
    { "opensuse-leap", "15.0", 20191203 },
    { "opensuse-leap", "15.1", 20201130 },
    { "opensuse-leap", "15.2", 20211130 },
    { "opensuse-leap", "15.3", 20221130 },
    { "opensuse-leap", "15.4", 20231130 },
    { "opensuse-leap", "15.5", 20241231 },
    { "opensuse-leap", "15.6", 20251231 },
    { "opensuse-leap", "16.0", 20271031 },
    { "opensuse-leap", "42.1", 20170517 },
    { "opensuse-leap", "42.2", 20180126 },
    { "opensuse-leap", "42.3", 20190630 },
    { "oracle", "3", 20111231 },
    { "oracle", "4", 20131231 },
    { "oracle", "5", 20171231 },
    { "oracle", "6", 20210321 },
    { "oracle", "7", 20241231 },
    { "oracle", "8", 20290718 },
    { "oracle", "9", 20320718 },
    { "photon", "1.0", 20220228 },
    { "photon", "2.0", 20221231 },
    { "photon", "3.0", 20240331 },
    { "photon", "4.0", 20260331 },
    { "photon", "5.0", 0 },
    { "redhat", "4", 20170531 },
    { "redhat", "5", 20201130 },
    { "redhat", "6", 20240630 },
    { "redhat", "7", 0 },
    { "redhat", "8", 0 },
    { "redhat", "9", 0 },
    { "redhat", "10", 0 },
    { "rocky", "8", 20290531 },
    { "rocky", "9", 20320531 },
    { "slem", "5.0", 20220331 },
    { "slem", "5.1", 20251031 },
    { "slem", "5.2", 20260430 },
    { "slem", "5.3", 20261030 },
    { "slem", "5.4", 20270430 },
    { "slem", "5.5", 20271031 },
    { "slem", "6.0", 20280630 },
    { "slem", "6.1", 20281130 },
    { "slem", "6.2", 20291130 },
    { "sles", "10", 20071231 },
    { "sles", "10.1", 20081130 },
    { "sles", "10.2", 20100411 },
    { "sles", "10.3", 20111011 },
    { "sles", "10.4", 20130731 },
    { "sles", "11", 20101231 },
    { "sles", "11.1", 20120831 },
    { "sles", "11.2", 20140131 },
    { "sles", "11.3", 20160131 },
    { "sles", "11.4", 20190331 },
    { "sles", "12", 20160630 },
    { "sles", "12.1", 20170531 },
    { "sles", "12.2", 20180331 },
    { "sles", "12.3", 20190130 },
    { "sles", "12.4", 20200630 },
    { "sles", "12.5", 20241031 },
    { "sles", "15", 20191231 },
    { "sles", "15.1", 20210131 },
    { "sles", "15.2", 20211231 },
    { "sles", "15.3", 20221231 },
    { "sles", "15.4", 20231231 },
    { "sles", "15.5", 20241231 },
    { "sles", "15.6", 20251231 },
    { "sles", "15.7", 20310731 },
    { "sles", "16.0", 20271130 },
    { "sles", "16.1", 20281130 },
    { "ubuntu", "4.10", 20060430 },
    { "ubuntu", "5.04", 20061031 },
    { "ubuntu", "5.10", 20070413 },
    { "ubuntu", "6.06", 20110601 },
    { "ubuntu", "6.10", 20080425 },
    { "ubuntu", "7.04", 20081019 },
    { "ubuntu", "7.10", 20090418 },
    { "ubuntu", "8.04", 20130509 },
    { "ubuntu", "8.10", 20100430 },
    { "ubuntu", "9.04", 20101023 },
    { "ubuntu", "9.10", 20110429 },
    { "ubuntu", "10.04", 20150429 },
    { "ubuntu", "10.10", 20120410 },
    { "ubuntu", "11.04", 20121028 },
    { "ubuntu", "11.10", 20130509 },
    { "ubuntu", "12.04", 20190426 },
    { "ubuntu", "12.04-ESM", 20190428 },
    { "ubuntu", "12.10", 20140516 },
    { "ubuntu", "13.04", 20140127 },
    { "ubuntu", "13.10", 20140717 },
    { "ubuntu", "14.04", 20220425 },
    { "ubuntu", "14.04-ESM", 20240425 },
    { "ubuntu", "14.10", 20150723 },
    { "ubuntu", "15.04", 20160123 },
    { "ubuntu", "15.10", 20160722 },
    { "ubuntu", "16.04", 20210421 },
    { "ubuntu", "16.04-ESM", 20260429 },
    { "ubuntu", "16.10", 20170720 },
    { "ubuntu", "17.04", 20180113 },
    { "ubuntu", "17.10", 20180719 },
    { "ubuntu", "18.04", 20230531 },
    { "ubuntu", "18.04-ESM", 20280331 },
    { "ubuntu", "18.10", 20190718 },
    { "ubuntu", "19.04", 20200118 },
    { "ubuntu", "19.10", 20200717 },
    { "ubuntu", "20.04", 20250531 },
    { "ubuntu", "20.04-ESM", 20300430 },
    { "ubuntu", "20.10", 20210722 },
    { "ubuntu", "21.04", 20220120 },
    { "ubuntu", "21.10", 20220714 },
    { "ubuntu", "22.04", 20270423 },
    { "ubuntu", "22.10", 20230720 },
    { "ubuntu", "23.04", 20240120 },
    { "ubuntu", "23.10", 20240630 },
    { "ubuntu", "24.04", 20340331 },
    { "ubuntu", "24.10", 20250709 },
    { "ubuntu", "25.04", 20260116 },
    { "ubuntu", "25.10", 20260701 },
    { "ubuntu", "26.04", 20310531 },
    { NULL, NULL, 0 }
};


oci_scan_eol_e
oci_scan_eol(const oci_str_t *family, const oci_str_t *release, time_t now)
{
    size_t  i;

    for (i = 0; detect_ends[i].family != NULL; i++) {

        if (!oci_str_is(family, detect_ends[i].family)
            || !oci_str_is(release, detect_ends[i].release))
        {
            continue;
        }

        if (detect_ends[i].last == 0
            || now < detect_day(detect_ends[i].last))
        {
            return OCI_SCAN_EOL_SUPPORTED;
        }

        return OCI_SCAN_EOL_ENDED;
    }

    return OCI_SCAN_EOL_UNKNOWN;
}


/* the last second of that day */

static time_t
detect_day(uint32_t date)
{
    struct tm  tm;

    memset(&tm, 0, sizeof(tm));
    tm.tm_year = (int) (date / 10000) - 1900;
    tm.tm_mon = (int) (date / 100 % 100) - 1;
    tm.tm_mday = (int) (date % 100);
    tm.tm_hour = 23;
    tm.tm_min = 59;
    tm.tm_sec = 59;

    return timegm(&tm);
}
