/*
 * Addresses of licences: what "Bundle-License" and pom.xml name them by.
 *
 * Source: the SPDX License List, "seeAlso".
 */

#include "license.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


typedef struct {
    const char  *url;           /* as url_key() makes it */
    const char  *id;
} url_t;


static oci_str_t url_key(oci_pool_t *pool, oci_str_t url);
static oci_str_t url_scheme(oci_str_t url);
static oci_str_t url_captured(oci_str_t url);
static bool url_prefix(const oci_str_t *url, const char *prefix);
static int url_order(const void *key, const void *known);


static const url_t  urls[] = {
    { "ac-archive.sourceforge.net/doc/copyright",
      "GPL-2.0-with-autoconf-exception" },
    { "affero.org/oagpl", "AGPL-1.0-only" },
    { "android.googlesource.com/platform/external/dng_sdk/+/refs/heads/ma"
      "ster/source/dng_lossless_jpeg.cpp#16", "Cornell-Lossless-JPEG" },
    { "apache.org/licenses/LICENSE-1.0", "Apache-1.0" },
    { "apache.org/licenses/LICENSE-1.1", "Apache-1.1" },
    { "apache.org/licenses/LICENSE-2.0", "Apache-2.0" },
    { "archive.eclipse.org/jetty/8.0.1.v20110908/xref/org/eclipse/jetty/h"
      "ttp/security/UnixCrypt", "UnixCrypt" },
    { "artlibre.org", "LAL-1.3" },
    { "artlibre.org/licence/lal/licence-art-libre-12", "LAL-1.2" },
    { "assets.ubuntu.com/v1/81e5605d-ubuntu-font-licence-1.0",
      "Ubuntu-font-1.0" },
    { "bits.netizen.com.au/licenses/NOSL/nosl", "NOSL" },
    { "blitiri.com.ar/p/bola", "BOLA-1.1" },
    { "blueoakcouncil.org/license/1.0.0", "BlueOak-1.0.0" },
    { "boost.org/LICENSE_1_0", "BSL-1.0" },
    { "boost.org/doc/libs/1_35_0/doc/html/jam", "Jam" },
    { "capec.mitre.org/about/termsofuse", "CAPEC-tou" },
    { "cdla.dev/computational-use-of-data-agreement-v1-0", "C-UDA-1.0" },
    { "cdla.dev/open-use-of-data-agreement-v1-0", "O-UDA-1.0" },
    { "cdla.dev/permissive-2-0", "CDLA-Permissive-2.0" },
    { "cdla.io/permissive-1-0", "CDLA-Permissive-1.0" },
    { "cdla.io/sharing-1-0", "CDLA-Sharing-1.0" },
    { "cecill.info/licences/Licence_CeCILL-B_V1-en", "CECILL-B" },
    { "cecill.info/licences/Licence_CeCILL-C_V1-en", "CECILL-C" },
    { "cecill.info/licences/Licence_CeCILL_V1-fr", "CECILL-1.0" },
    { "cecill.info/licences/Licence_CeCILL_V1.1-US", "CECILL-1.1" },
    { "cecill.info/licences/Licence_CeCILL_V2-en", "CECILL-2.0" },
    { "cecill.info/licences/Licence_CeCILL_V2.1-en", "CECILL-2.1" },
    { "celestrak.org/publications/AIAA/2006-6753/faq", "SGP4" },
    { "cgit.freedesktop.org/libbsd/tree/man/setproctitle.3bsd",
      "libutil-David-Nugent" },
    { "cl.cam.ac.uk/~mgk25/ucs/wcwidth.c", "HPND-Markus-Kuhn" },
    { "codeproject.com/info/cpol10.aspx", "CPOL-1.02" },
    { "coil.apotheon.org/plaintext/01.0", "COIL-1.0" },
    { "core.tcl-lang.org/tk/file?name=compat/unistd.h", "HPND-UC" },
    { "creativecommons.org/licenses/by-nc-nd/2.0/legalcode",
      "CC-BY-NC-ND-2.0" },
    { "creativecommons.org/licenses/by-nc-nd/2.5/legalcode",
      "CC-BY-NC-ND-2.5" },
    { "creativecommons.org/licenses/by-nc-nd/3.0/de/legalcode",
      "CC-BY-NC-ND-3.0-DE" },
    { "creativecommons.org/licenses/by-nc-nd/3.0/igo/legalcode",
      "CC-BY-NC-ND-3.0-IGO" },
    { "creativecommons.org/licenses/by-nc-nd/3.0/legalcode",
      "CC-BY-NC-ND-3.0" },
    { "creativecommons.org/licenses/by-nc-nd/4.0/legalcode",
      "CC-BY-NC-ND-4.0" },
    { "creativecommons.org/licenses/by-nc-sa/1.0/legalcode",
      "CC-BY-NC-SA-1.0" },
    { "creativecommons.org/licenses/by-nc-sa/2.0/de/legalcode",
      "CC-BY-NC-SA-2.0-DE" },
    { "creativecommons.org/licenses/by-nc-sa/2.0/fr/legalcode",
      "CC-BY-NC-SA-2.0-FR" },
    { "creativecommons.org/licenses/by-nc-sa/2.0/legalcode",
      "CC-BY-NC-SA-2.0" },
    { "creativecommons.org/licenses/by-nc-sa/2.0/uk/legalcode",
      "CC-BY-NC-SA-2.0-UK" },
    { "creativecommons.org/licenses/by-nc-sa/2.5/legalcode",
      "CC-BY-NC-SA-2.5" },
    { "creativecommons.org/licenses/by-nc-sa/3.0/de/legalcode",
      "CC-BY-NC-SA-3.0-DE" },
    { "creativecommons.org/licenses/by-nc-sa/3.0/igo/legalcode",
      "CC-BY-NC-SA-3.0-IGO" },
    { "creativecommons.org/licenses/by-nc-sa/3.0/legalcode",
      "CC-BY-NC-SA-3.0" },
    { "creativecommons.org/licenses/by-nc-sa/4.0/legalcode",
      "CC-BY-NC-SA-4.0" },
    { "creativecommons.org/licenses/by-nc/1.0/legalcode", "CC-BY-NC-1.0" },
    { "creativecommons.org/licenses/by-nc/2.0/legalcode", "CC-BY-NC-2.0" },
    { "creativecommons.org/licenses/by-nc/2.5/legalcode", "CC-BY-NC-2.5" },
    { "creativecommons.org/licenses/by-nc/3.0/de/legalcode",
      "CC-BY-NC-3.0-DE" },
    { "creativecommons.org/licenses/by-nc/3.0/legalcode", "CC-BY-NC-3.0" },
    { "creativecommons.org/licenses/by-nc/4.0/legalcode", "CC-BY-NC-4.0" },
    { "creativecommons.org/licenses/by-nd-nc/1.0/legalcode",
      "CC-BY-NC-ND-1.0" },
    { "creativecommons.org/licenses/by-nd/1.0/legalcode", "CC-BY-ND-1.0" },
    { "creativecommons.org/licenses/by-nd/2.0/legalcode", "CC-BY-ND-2.0" },
    { "creativecommons.org/licenses/by-nd/2.5/legalcode", "CC-BY-ND-2.5" },
    { "creativecommons.org/licenses/by-nd/3.0/de/legalcode",
      "CC-BY-ND-3.0-DE" },
    { "creativecommons.org/licenses/by-nd/3.0/legalcode", "CC-BY-ND-3.0" },
    { "creativecommons.org/licenses/by-nd/4.0/legalcode", "CC-BY-ND-4.0" },
    { "creativecommons.org/licenses/by-sa/1.0/legalcode", "CC-BY-SA-1.0" },
    { "creativecommons.org/licenses/by-sa/2.0/legalcode", "CC-BY-SA-2.0" },
    { "creativecommons.org/licenses/by-sa/2.0/uk/legalcode",
      "CC-BY-SA-2.0-UK" },
    { "creativecommons.org/licenses/by-sa/2.1/jp/legalcode",
      "CC-BY-SA-2.1-JP" },
    { "creativecommons.org/licenses/by-sa/2.5/legalcode", "CC-BY-SA-2.5" },
    { "creativecommons.org/licenses/by-sa/3.0/at/legalcode",
      "CC-BY-SA-3.0-AT" },
    { "creativecommons.org/licenses/by-sa/3.0/de/legalcode",
      "CC-BY-SA-3.0-DE" },
    { "creativecommons.org/licenses/by-sa/3.0/igo/legalcode",
      "CC-BY-SA-3.0-IGO" },
    { "creativecommons.org/licenses/by-sa/3.0/legalcode", "CC-BY-SA-3.0" },
    { "creativecommons.org/licenses/by-sa/4.0/legalcode", "CC-BY-SA-4.0" },
    { "creativecommons.org/licenses/by/1.0/legalcode", "CC-BY-1.0" },
    { "creativecommons.org/licenses/by/2.0/legalcode", "CC-BY-2.0" },
    { "creativecommons.org/licenses/by/2.5/au/legalcode", "CC-BY-2.5-AU" },
    { "creativecommons.org/licenses/by/2.5/legalcode", "CC-BY-2.5" },
    { "creativecommons.org/licenses/by/3.0/at/legalcode", "CC-BY-3.0-AT" },
    { "creativecommons.org/licenses/by/3.0/au/legalcode", "CC-BY-3.0-AU" },
    { "creativecommons.org/licenses/by/3.0/de/legalcode", "CC-BY-3.0-DE" },
    { "creativecommons.org/licenses/by/3.0/igo/legalcode", "CC-BY-3.0-IGO" },
    { "creativecommons.org/licenses/by/3.0/legalcode", "CC-BY-3.0" },
    { "creativecommons.org/licenses/by/3.0/nl/legalcode", "CC-BY-3.0-NL" },
    { "creativecommons.org/licenses/by/3.0/us/legalcode", "CC-BY-3.0-US" },
    { "creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0" },
    { "creativecommons.org/licenses/publicdomain", "CC-PDDC" },
    { "creativecommons.org/licenses/sa/1.0/legalcode", "CC-SA-1.0" },
    { "creativecommons.org/publicdomain/mark/1.0", "CC-PDM-1.0" },
    { "creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0" },
    { "creativecommons.org/share-your-work/cclicenses", "CC-PDM-1.0" },
    { "cs.auckland.ac.nz/~pgut001/dumpasn1.c", "Gutmann" },
    { "cs.cmu.edu/~410/licenses", "CMU-Mach" },
    { "cs.fsu.edu/~engelen/license", "gSOAP-1.3b" },
    { "cs.wustl.edu/~schmidt/ACE-copying", "DOC" },
    { "ctan.math.illinois.edu/systems/texlive/tlnet/archive/hyphen-bulgar"
      "ian.tar.xz", "hyphen-bulgarian" },
    { "ctan.math.utah.edu/ctan/tex-archive/macros/generic/kastrup/binhex."
      "dtx", "Kastrup" },
    { "ctan.math.utah.edu/ctan/tex-archive/macros/generic/misc/swrule.sty",
      "swrule" },
    { "ctan.org/license/knuth", "Knuth-CTAN" },
    { "ctan.org/license/opl", "OPUBL-1.0" },
    { "cve.org/Legal/TermsOfUse", "cve-tou" },
    { "cvs.savannah.gnu.org/viewvc/cvs/ccvs/contrib/check_cvs.in?revision"
      "=1.1.4.3&view=markup&pathrev=cvs1-11-23#l2", "check-cvs" },
    { "data.gov.tw/license", "OGDL-Taiwan-1.0" },
    { "data.norge.no/nlod/en/1.0", "NLOD-1.0" },
    { "data.norge.no/nlod/en/2.0", "NLOD-2.0" },
    { "db.net/downloads/wwl+db-1.3.tgz", "wwl" },
    { "debian.org/opl", "OPUBL-1.0" },
    { "dev.perl.org/licenses/artistic", "Artistic-1.0-Perl" },
    { "dev.w3.org/cvsweb/Amaya/libjpeg/Attic/README?rev=1.2", "IJG" },
    { "dipp.nrw.de/d-fsl/index_html/lizenzen/de/D-FSL-1_0_de", "D-FSL-1.0" },
    { "dipp.nrw.de/d-fsl/index_html/lizenzen/en/D-FSL-1_0_en", "D-FSL-1.0" },
    { "dipp.nrw.de/d-fsl/lizenzen", "D-FSL-1.0" },
    { "directory.fsf.org/wiki/License:BSD_4Clause", "BSD-4-Clause" },
    { "directory.fsf.org/wiki/License:BitTorrentOSL1.1", "BitTorrent-1.1" },
    { "directory.fsf.org/wiki/License:Fdk", "FDK-AAC" },
    { "doc.qt.io/archives/3.3/license", "QPL-1.0" },
    { "doc.qt.nokia.com/3.3/license", "QPL-1.0" },
    { "docbook.org/xml/5.0/docbook-5.0.zip", "DocBook-Stylesheet" },
    { "docbook.org/xml/simple/1.1/docbook-simple-1.1.zip", "DocBook-DTD" },
    { "docs.omniverse.nvidia.com/install-guide/latest/common/licenses",
      "AML-glslang" },
    { "docs.oracle.com/cd/E81115_01/html/E81116/licenses", "man2html" },
    { "docs.python.org/3/license", "Python-2.0.1" },
    { "docs.python.org/3/license.html#execution-tracing", "HPND-SMC" },
    { "docubrain.com/sites/default/files/licenses/bitstream-vera",
      "Bitstream-Vera" },
    { "download.oracle.com/otn-pub/java/licenses/bsd",
      "BSD-3-Clause-No-Nuclear-License" },
    { "dre.vanderbilt.edu/~schmidt/ACE-copying", "DOC" },
    { "ec.europa.eu/idabc/en/document/7330", "EUPL-1.0" },
    { "ec.europa.eu/idabc/servlets/Doc027f.pdf?id=31096", "EUPL-1.0" },
    { "ece.uvic.ca/~mdadams/jasper/LICENSE", "JasPer-2.0" },
    { "eclipse.org/legal/epl-2.0", "EPL-2.0" },
    { "eclipse.org/legal/epl-v10", "EPL-1.0" },
    { "eclipse.org/legal/epl-v20", "EPL-2.0" },
    { "eclipse.org/org/documents/edl-v10", "BSD-3-Clause" },
    { "ecos.sourceware.org/old-license", "RHeCos-1.1" },
    { "egenix.com/products/eGenix.com-Public-License-1.1.0.pdf", "eGenix" },
    { "eiffel-nice.org/license/eiffel-forum-license-2", "EFL-2.0" },
    { "eiffel-nice.org/license/forum", "EFL-1.0" },
    { "elastic.co/licensing/elastic-license", "Elastic-2.0" },
    { "en.wikipedia.org/wiki/Shared_Source_Initiative#Microsoft_Limited_P"
      "ublic_License_(Ms-LPL)", "MS-LPL" },
    { "enterprise.dejacode.com/licenses/public/naist-2003/#license-text",
      "NAIST-2003" },
    { "epics.anl.gov/license/open", "EPICS" },
    { "erlang.org/EPLICENSE", "ErlPL-1.1" },
    { "essr.esa.int/license/european-space-agency-public-license-v2-4-per"
      "missive-type-3", "ESA-PL-permissive-2.4" },
    { "essr.esa.int/license/european-space-agency-public-license-v2-4-str"
      "ong-copyleft-type-1", "ESA-PL-strong-copyleft-2.4" },
    { "essr.esa.int/license/european-space-agency-public-license-v2-4-wea"
      "k-copyleft-type-2", "ESA-PL-weak-copyleft-2.4" },
    { "eu-datagrid.web.cern.ch/eu-datagrid/license", "EUDatagrid" },
    { "eur-lex.europa.eu/legal-content/EN/TXT/HTML/?uri=CELEX:32017D0863",
      "EUPL-1.2" },
    { "fairlicense.org", "Fair" },
    { "faqs.org/rfcs/rfc1321", "RSA-MD" },
    { "fedoraproject.org/wiki/Licensing/AMD_plpa_map_License", "AMDPLPA" },
    { "fedoraproject.org/wiki/Licensing/Abstyles", "Abstyles" },
    { "fedoraproject.org/wiki/Licensing/AdobeLicense", "Adobe-2006" },
    { "fedoraproject.org/wiki/Licensing/AdobePostscriptAFM", "APAFML" },
    { "fedoraproject.org/wiki/Licensing/Afmparse", "Afmparse" },
    { "fedoraproject.org/wiki/Licensing/AmazonDigitalServicesLicense", "ADSL" },
    { "fedoraproject.org/wiki/Licensing/App-s2p", "App-s2p" },
    { "fedoraproject.org/wiki/Licensing/Apple_MIT_License", "AML" },
    { "fedoraproject.org/wiki/Licensing/Apple_Public_Source_License_1.0",
      "APSL-1.0" },
    { "fedoraproject.org/wiki/Licensing/BSD#AMPASBSD", "AMPAS" },
    { "fedoraproject.org/wiki/Licensing/BSD_Protection_License",
      "BSD-Protection" },
    { "fedoraproject.org/wiki/Licensing/BSD_with_Attribution",
      "BSD-3-Clause-Attribution" },
    { "fedoraproject.org/wiki/Licensing/Bahyph", "Bahyph" },
    { "fedoraproject.org/wiki/Licensing/Barr", "Barr" },
    { "fedoraproject.org/wiki/Licensing/Beerware", "Beerware" },
    { "fedoraproject.org/wiki/Licensing/Borceux", "Borceux" },
    { "fedoraproject.org/wiki/Licensing/Charter#License_Text",
      "Bitstream-Charter" },
    { "fedoraproject.org/wiki/Licensing/Common_Documentation_License",
      "CDL-1.0" },
    { "fedoraproject.org/wiki/Licensing/Crossword", "Crossword" },
    { "fedoraproject.org/wiki/Licensing/Cube", "Cube" },
    { "fedoraproject.org/wiki/Licensing/DSDP", "DSDP" },
    { "fedoraproject.org/wiki/Licensing/Dotseqn", "Dotseqn" },
    { "fedoraproject.org/wiki/Licensing/Eurosym", "Eurosym" },
    { "fedoraproject.org/wiki/Licensing/FDK-AAC", "FDK-AAC" },
    { "fedoraproject.org/wiki/Licensing/FSF_Unlimited_License", "FSFUL" },
    { "fedoraproject.org/wiki/Licensing/FSF_Unlimited_License#License_Ret"
      "ention_Variant", "FSFULLR" },
    { "fedoraproject.org/wiki/Licensing/Glulxe", "Glulxe" },
    { "fedoraproject.org/wiki/Licensing/Gnuplot", "gnuplot" },
    { "fedoraproject.org/wiki/Licensing/Haskell_Language_Report_License",
      "HaskellReport" },
    { "fedoraproject.org/wiki/Licensing/Inner_Net_License", "Inner-Net-2.0" },
    { "fedoraproject.org/wiki/Licensing/Intel_ACPI_Software_License_Agree"
      "ment", "Intel-ACPI" },
    { "fedoraproject.org/wiki/Licensing/LBNLBSD", "BSD-3-Clause-LBNL" },
    { "fedoraproject.org/wiki/Licensing/Latex2e", "Latex2e" },
    { "fedoraproject.org/wiki/Licensing/Leptonica", "Leptonica" },
    { "fedoraproject.org/wiki/Licensing/MIT", "mpich2" },
    { "fedoraproject.org/wiki/Licensing/MIT#AdobeGlyph", "Adobe-Glyph" },
    { "fedoraproject.org/wiki/Licensing/MIT#enna", "MIT-enna" },
    { "fedoraproject.org/wiki/Licensing/MIT#feh", "MIT-feh" },
    { "fedoraproject.org/wiki/Licensing/MITNFA", "MITNFA" },
    { "fedoraproject.org/wiki/Licensing/MIT_With_Advertising",
      "MIT-advertising" },
    { "fedoraproject.org/wiki/Licensing/MakeIndex", "MakeIndex" },
    { "fedoraproject.org/wiki/Licensing/Matrix_Template_Library_License",
      "MTLL" },
    { "fedoraproject.org/wiki/Licensing/Mup", "Mup" },
    { "fedoraproject.org/wiki/Licensing/NLPL", "NLPL" },
    { "fedoraproject.org/wiki/Licensing/Newsletr", "Newsletr" },
    { "fedoraproject.org/wiki/Licensing/Noweb", "Noweb" },
    { "fedoraproject.org/wiki/Licensing/Nunit", "Nunit" },
    { "fedoraproject.org/wiki/Licensing/OSL1.1", "OSL-1.1" },
    { "fedoraproject.org/wiki/Licensing/Open_Market_License", "OML" },
    { "fedoraproject.org/wiki/Licensing/Open_Public_License", "OPL-1.0" },
    { "fedoraproject.org/wiki/Licensing/Plexus_Classworlds_License", "Plexus" },
    { "fedoraproject.org/wiki/Licensing/Qhull", "Qhull" },
    { "fedoraproject.org/wiki/Licensing/Rdisc_License", "Rdisc" },
    { "fedoraproject.org/wiki/Licensing/SNIA_Public_License", "SNIA" },
    { "fedoraproject.org/wiki/Licensing/SWL", "SWL" },
    { "fedoraproject.org/wiki/Licensing/Saxpath_License", "Saxpath" },
    { "fedoraproject.org/wiki/Licensing/TCL", "TCL" },
    { "fedoraproject.org/wiki/Licensing/TGPPL", "TGPPL-1.0" },
    { "fedoraproject.org/wiki/Licensing/TORQUEv1.1", "TORQUE-1.1" },
    { "fedoraproject.org/wiki/Licensing/TOSL", "TOSL" },
    { "fedoraproject.org/wiki/Licensing/TTWL", "TTWL" },
    { "fedoraproject.org/wiki/Licensing/Threeparttable", "threeparttable" },
    { "fedoraproject.org/wiki/Licensing/VOSTROM", "VOSTROM" },
    { "fedoraproject.org/wiki/Licensing/Wsuipa", "Wsuipa" },
    { "fedoraproject.org/wiki/Licensing/XSkat_License", "XSkat" },
    { "fedoraproject.org/wiki/Licensing/Xerox", "Xerox" },
    { "fedoraproject.org/wiki/Licensing/Xinetd_License", "xinetd" },
    { "fedoraproject.org/wiki/Licensing/Zed", "Zed" },
    { "fedoraproject.org/wiki/Licensing/ZlibWithAcknowledgement",
      "zlib-acknowledgement" },
    { "fedoraproject.org/wiki/Licensing/diffmark", "diffmark" },
    { "fedoraproject.org/wiki/Licensing/dvipdfm", "dvipdfm" },
    { "fedoraproject.org/wiki/Licensing/eGenix.com_Public_License_1.1.0",
      "eGenix" },
    { "fedoraproject.org/wiki/Licensing/libtiff", "libtiff" },
    { "fedoraproject.org/wiki/Licensing/psfrag", "psfrag" },
    { "fedoraproject.org/wiki/Licensing/psutils", "psutils" },
    { "fedoraproject.org/wiki/Licensing/softSurfer", "softSurfer" },
    { "fedoraproject.org/wiki/Licensing/xpp", "xpp" },
    { "fedoraproject.org/wiki/Licensing:BSD#Modification_Variant",
      "BSD-3-Clause-Modification" },
    { "fedoraproject.org/wiki/Licensing:Baekmuk?rd=Licensing/Baekmuk",
      "Baekmuk" },
    { "fedoraproject.org/wiki/Licensing:CrystalStacker?rd=Licensing/Cryst"
      "alStacker", "CrystalStacker" },
    { "fedoraproject.org/wiki/Licensing:MIT#Another_Minimal_variant_(foun"
      "d_in_libatomic_ops)", "Boehm-GC" },
    { "fedoraproject.org/wiki/Licensing:MIT#Modern_Variants",
      "MIT-Modern-Variant" },
    { "fedoraproject.org/wiki/Licensing:MIT#OpenVision_Variant", "OpenVision" },
    { "fedoraproject.org/wiki/Licensing:MIT#Xfig_Variant", "Xfig" },
    { "fedoraproject.org/wiki/Licensing:MIT?rd=Licensing/MIT#CMU_Style",
      "MIT-CMU" },
    { "fedoraproject.org/wiki/Licensing:Mplus?rd=Licensing/mplus", "mplus" },
    { "fedoraproject.org/wiki/Licensing:ThorPublicLicense", "TPL-1.0" },
    { "firstdonoharm.dev/version/2/1/license", "Hippocratic-2.1" },
    { "forge.gouv.qc.ca/licence/fr/liliq-v1-1", "LiLiQ-P-1.1" },
    { "forge.gouv.qc.ca/licence/liliq-r+", "LiLiQ-Rplus-1.1" },
    { "forge.gouv.qc.ca/participez/licence-logicielle/licence-libre-du-qu"
      "ebec-liliq-en-francais/licence-libre-du-quebec-reciprocite-forte-l"
      "iliq-r-v1-1", "LiLiQ-Rplus-1.1" },
    { "forge.gouv.qc.ca/participez/licence-logicielle/licence-libre-du-qu"
      "ebec-liliq-en-francais/licence-libre-du-quebec-reciprocite-liliq-r"
      "-v1-1", "LiLiQ-R-1.1" },
    { "foss.heptapod.net/python-libs/passlib/-/blob/branch/stable/LICENSE"
      "#L70", "UnixCrypt" },
    { "fossies.org/linux/sendmail/contrib/mailprio", "mailprio" },
    { "fossies.org/linux/tiff/contrib/ras/ras2tif.c", "xlock" },
    { "freebsd.org/copyright/freebsd-doc-license", "FreeBSD-DOC" },
    { "freebsd.org/copyright/license", "BSD-4-Clause-UC" },
    { "freeimage.sourceforge.net/freeimage-license", "FreeImage" },
    { "freetype.fis.uniroma2.it/FTL.TXT", "FTL" },
    { "fsl.software/FSL-1.1-ALv2.template", "FSL-1.1-ALv2" },
    { "fsl.software/FSL-1.1-MIT.template", "FSL-1.1-MIT" },
    { "ftp.gnu.org/gnu/aspell/dict/ru/aspell6-ru-0.99f7-1.tar.bz2",
      "Aspell-RU" },
    { "ftp.gnu.org/gnu/non-gnu/chinese-fonts-truetype/LICENSE", "Arphic-1999" },
    { "ftp://ftp.tin.org/pub/news/utils/newsx/newsx-1.6.tar.gz", "Zeeff" },
    { "gcc.gnu.org/git/?p=gcc.git;a=blob;f=gcc/libgcc1.c;h=762f5143fc6eed"
      "57b6797c82710f3538aa52b40b;hb=cb143a3ce4fb417c68f5fa2691a1b1b1053d"
      "fba9#l10", "GPL-2.0-with-GCC-exception" },
    { "geuz.org/gl2ps/COPYING.GL2PS", "GL2PS" },
    { "gianluca.dellavedova.org/2011/01/03/clarified-artistic-license",
      "ClArtistic" },
    { "git.denx.de/?p=u-boot.git;a=blob;f=arch/powerpc/cpu/ppc4xx/miiphy."
      "c;h=297155fdafa064b955e53e9832de93bfb0cfb85b;hb=9fab4bf4cc077c21e4"
      "3941866f3f2c196f28670d", "IBM-pibs" },
    { "git.enlightenment.org/legacy/imlib2.git/tree/COPYING", "Imlib2" },
    { "git.kernel.org/pub/scm/docs/man-pages/man-pages.git/tree/man2/getc"
      "pu.2#n4", "Linux-man-pages-1-para" },
    { "git.kernel.org/pub/scm/docs/man-pages/man-pages.git/tree/man2/migr"
      "ate_pages.2#n8", "Linux-man-pages-copyleft-2-para" },
    { "git.kernel.org/pub/scm/docs/man-pages/man-pages.git/tree/man2/move"
      "_pages.2#n5", "Linux-man-pages-copyleft-2-para" },
    { "git.kernel.org/pub/scm/docs/man-pages/man-pages.git/tree/man2/set_"
      "mempolicy.2#n5", "Linux-man-pages-copyleft-var" },
    { "git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/dr"
      "ivers/infiniband/core/sa.h", "Linux-OpenIB" },
    { "git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/ne"
      "t/sunrpc/auth_gss/gss_generic_token.c?h=v4.19",
      "HPND-sell-variant" },
    { "git.openldap.org/openldap/openldap/-/blob/master/COPYRIGHT#L55-63",
      "BSD-4.3RENO" },
    { "git.openldap.org/openldap/openldap/-/blob/master/COPYRIGHT?ref_typ"
      "e=heads#L39-51", "Furuseth" },
    { "git.openldap.org/openldap/openldap/-/blob/master/libraries/libldap"
      "/os-local.c?ref_type=heads#L19-23", "PADL" },
    { "git.savannah.gnu.org/cgit/bison.git/tree/data/yacc.c?id=193d7c7054"
      "ba7197b0789e14965b739162319b5e#n141",
      "GPL-2.0-with-bison-exception" },
    { "git.savannah.gnu.org/cgit/freetype/freetype2.git/tree/docs/FTL.TXT",
      "FTL" },
    { "git.savannah.gnu.org/cgit/gcl.git/tree/gcl/lsp/gcl_loop.lsp?h=Vers"
      "ion_2_6_13pre", "LOOP" },
    { "git.savannah.gnu.org/cgit/gnulib.git/tree/modules/COPYING?id=7b089"
      "32179d0d6b017f7df01a2ddf6e096b038e3", "FSFULLRSD" },
    { "git.savannah.gnu.org/cgit/indent.git/tree/doc/indent.texi?id=a74c6"
      "b4ee49397cf330b333da1042bffa60ed14f#n1788", "BSD-4.3TAHOE" },
    { "git.savannah.gnu.org/cgit/indent.git/tree/doc/indent.texi?id=a74c6"
      "b4ee49397cf330b333da1042bffa60ed14f#n74",
      "Latex2e-translated-notice" },
    { "git.savannah.gnu.org/cgit/kazlib.git/tree/except.c?id=0062df360c2d"
      "17d57f6af19b0e444c51feb99036", "Kazlib" },
    { "git.savannah.gnu.org/cgit/wget.git/tree/util/trunc.c?h=v1.21.3&id="
      "40747a11e44ced5a8ac628a41f879ced3e2ebce9#n6",
      "FSFAP-no-warranty-disclaimer" },
    { "git.sr.ht/~nabijaczleweli/ossp-var", "OSSP" },
    { "github.com/389ds/389-ds-base/blob/main/ldap/include/sysexits-compa"
      "t.h#L15", "BSD-4.3TAHOE" },
    { "github.com/AcademySoftwareFoundation/foundation/blob/main/digital_"
      "assets/aswf_digital_assets_license_v1.0",
      "ASWF-Digital-Assets-1.0" },
    { "github.com/AcademySoftwareFoundation/foundation/blob/main/digital_"
      "assets/aswf_digital_assets_license_v1.1",
      "ASWF-Digital-Assets-1.1" },
    { "github.com/AdaCore/gnatcoll-core/blob/master/docs/index.rst",
      "AdaCore-doc" },
    { "github.com/AdaCore/gnatcoll-db/blob/master/docs/index.rst",
      "AdaCore-doc" },
    { "github.com/AdaCore/xmlada/blob/master/docs/index.rst", "AdaCore-doc" },
    { "github.com/BuildCraft/BuildCraft/blob/623d323b1868712f29f4a8b0979a"
      "02e8d1835131/LICENSE", "MMPL-1.0.1" },
    { "github.com/CommunitySpecification/1.0/blob/master/1._Community_Spe"
      "cification_License-v1", "Community-Spec-1.0" },
    { "github.com/CorsixTH/deps/blob/fd339a9f526d1d9c9f01ccf39e438a015da5"
      "0035/licences/libgsm", "TU-Berlin-2.0" },
    { "github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec", "LPD-document" },
    { "github.com/DISIC/politique-de-contribution-open-source/blob/master"
      "/LICENSE.pdf", "etalab-2.0" },
    { "github.com/Distrotech/hdparm/blob/4517550db29a91420fb2b020349523b1"
      "b4512df2/LICENSE.TXT", "hdparm" },
    { "github.com/Distrotech/transfig/blob/master/transfig/transfig.c",
      "Xfig" },
    { "github.com/DrItanium/maya/blob/master/LICENSE.CLIPS", "Clips" },
    { "github.com/Dual-Life/mime-base64/blob/master/Base64.xs#L12",
      "metamail" },
    { "github.com/EthicalSource/hippocratic-license/blob/58c0e646d64ff6fb"
      "ee275bfe2b9492f914e3ab2a/LICENSE", "Hippocratic-2.1" },
    { "github.com/FreeRADIUS/freeradius-client/blob/master/COPYRIGHT#L32",
      "HPND-Fenneberg-Livingston" },
    { "github.com/GNOME/gcr/blob/master/docs/COPYING", "GCR-docs" },
    { "github.com/GNOME/libxml2/blob/master/dict.c", "ISC-Veillard" },
    { "github.com/HDFGroup/hdf5/?tab=License-1-ov-file#readme", "HDF5" },
    { "github.com/KhronosGroup/SPIRV-Cross/blob/main/LICENSES/LicenseRef-"
      "KhronosFreeUse", "MIT-Khronos-old" },
    { "github.com/KhronosGroup/glslang/blob/main/LICENSE.txt#L949",
      "AML-glslang" },
    { "github.com/MariaDB/server/blob/11.6/libmysqld/lib_sql.cc",
      "Boehm-GC-without-fee" },
    { "github.com/Neo23x0/sigma/blob/master/LICENSE.Detection.Rules",
      "DRL-1.0" },
    { "github.com/OGRECave/ogre/blob/master/OgreMain/include/OgreSingleto"
      "n.h#L28C3-L35C46", "Game-Programming-Gems" },
    { "github.com/Perl/perl5/blob/blead/util.c#L6136", "Martin-Birgmeier" },
    { "github.com/PixarAnimationStudios/OpenSubdiv/blob/v3_5_0/opensubdiv"
      "/version.cpp#L2-L22", "Pixar" },
    { "github.com/PixarAnimationStudios/OpenSubdiv/raw/v3_5_0/LICENSE",
      "Pixar" },
    { "github.com/RTimothyEdwards/magic/blob/master/LICENSE",
      "HPND-UC-export-US" },
    { "github.com/SELinuxProject/selinux/blob/master/libselinux/LICENSE",
      "libselinux-1.0" },
    { "github.com/SWI-Prolog/packages-clib/blob/master/sha1/brg_endian.h",
      "Brian-Gladman-3-Clause" },
    { "github.com/SWI-Prolog/packages-xpce/blob/161a40cd82004f731ba48024f"
      "9d30af388a7edf5/src/img/gifwrite.c#L21-L26", "FBM" },
    { "github.com/SWI-Prolog/swipl-devel/blob/master/src/os/dtoa.c", "dtoa" },
    { "github.com/SigmaHQ/Detection-Rule-License/blob/6ec7fbde6101d101b5b"
      "5d1fcb8f9b69fbc76c04a/LICENSE.Detection.Rules", "DRL-1.1" },
    { "github.com/Slicer/Slicer/blob/main/License", "3D-Slicer-1.0" },
    { "github.com/Unidata/UDUNITS-2/blob/master/COPYRIGHT", "UCAR" },
    { "github.com/acpica/acpica/blob/master/source/common/acfileio.c#L119",
      "BSD-3-Clause-acpica" },
    { "github.com/adaptivecomputing/torque/blob/master/PBS_License",
      "OpenPBS-2.3" },
    { "github.com/adversary-org/wtfnmf/raw/3f2cd8235a64350a57a51b9739715e"
      "daea63ec1a/COPYING.WTFNMFPL-utf8", "WTFNMFPL" },
    { "github.com/adversary-org/wtfnmf/raw/refs/tags/1.0/COPYING.WTFNMFPL",
      "WTFNMFPL" },
    { "github.com/ap/Text-Tabs/blob/master/lib.modern/Text/Tabs.pm#L148",
      "TTWL" },
    { "github.com/apache/apr/blob/trunk/LICENSE#L298C6-L298C29",
      "Caldera-no-preamble" },
    { "github.com/audacious-media-player/audacious/blob/master/COPYING",
      "BSD-2-Clause-pkgconf-disclaimer" },
    { "github.com/audacious-media-player/audacious/blob/master/src/audaci"
      "ous/main.cc", "BSD-2-Clause-pkgconf-disclaimer" },
    { "github.com/aws/mit-0", "MIT-0" },
    { "github.com/awsdocs/aws-cloud9-user-guide/blob/master/LICENSE-SAMPL"
      "ECODE", "MIT-0" },
    { "github.com/bagder/curl/blob/master/COPYING", "curl" },
    { "github.com/bcrypt-ruby/bcrypt-ruby/blob/master/ext/mri/crypt_blowf"
      "ish.c", "bcrypt-Solar-Designer" },
    { "github.com/blakemcbride/eclipse-lisp/blob/master/lisp/loop.lisp",
      "LOOP" },
    { "github.com/bleargh45/Data-UUID/blob/master/LICENSE", "HP-1989" },
    { "github.com/chromium/octane/blob/master/crypto.js", "MIT-Wu" },
    { "github.com/cl-adams/adams/blob/master/LICENSE", "LOOP" },
    { "github.com/copyleft-next/copyleft-next/blob/master/Releases/copyle"
      "ft-next-0.3.0", "copyleft-next-0.3.0" },
    { "github.com/copyleft-next/copyleft-next/blob/master/Releases/copyle"
      "ft-next-0.3.1", "copyleft-next-0.3.1" },
    { "github.com/cyrusimap/cyrus-sasl/blob/master/COPYING",
      "BSD-Attribution-HPND-disclaimer" },
    { "github.com/dcblake/SMP/blob/master/Documentation/License", "SMPPL" },
    { "github.com/dfateyev/libwhirlpool/blob/master/README#L27",
      "Unlicense-libwhirlpool" },
    { "github.com/docbook/xslt10-stylesheets/blob/efd62655c11cc8773708df7"
      "a843613fa1e932bf8/xsl/COPYING#L27", "DocBook-XML" },
    { "github.com/docbook/xslt10-stylesheets/blob/efd62655c11cc8773708df7"
      "a843613fa1e932bf8/xsl/assembly/schema/docbook51b7.rnc",
      "DocBook-Schema" },
    { "github.com/dotnet/runtime/blob/55e1ac7c07df62c4108d4acedf78f775744"
      "70ce5/src/libraries/System.Text.RegularExpressions/tests/Functiona"
      "lTests/AttRegexTests.cs#L12-L28", "MIT-testregex" },
    { "github.com/elastic/elasticsearch/blob/master/licenses/ELASTIC-LICE"
      "NSE-2.0", "Elastic-2.0" },
    { "github.com/erich666/GraphicsGems/blob/master/LICENSE", "Graphics-Gems" },
    { "github.com/fedeinthemix/chez-srfi/blob/master/srfi/LICENSE",
      "X11-swapped" },
    { "github.com/festvox/flite/blob/master/COPYING", "MIT-Festival" },
    { "github.com/festvox/speech_tools/blob/master/COPYING", "MIT-Festival" },
    { "github.com/file/file/blob/master/COPYING", "BSD-2-Clause-Darwin" },
    { "github.com/freebsd/freebsd-src/blob/main/lib/msun/src/e_acosh.c",
      "SunPro" },
    { "github.com/freebsd/freebsd-src/blob/main/lib/msun/src/e_lgammal.c",
      "SunPro" },
    { "github.com/gabegundy/atlserver/blob/master/License", "MS-LPL" },
    { "github.com/greymass/swift-eosio/blob/master/LICENSE",
      "BSD-3-Clause-No-Military-License" },
    { "github.com/hamano/man2html/blob/master/man2html.c", "man2html" },
    { "github.com/htacg/tidy-html5/blob/next/README/LICENSE", "HTMLTIDY" },
    { "github.com/ivmai/libatomic_ops/blob/master/LICENSE", "Boehm-GC" },
    { "github.com/jonathanstowe/TermReadKey/blob/master/README#L9-L10",
      "TermReadKey" },
    { "github.com/jonmacs/jove/blob/4_17/LICENSE", "jove" },
    { "github.com/jpr5/ngrep/blob/master/LICENSE", "ngrep" },
    { "github.com/jrsoftware/issrc/blob/HEAD/license", "InnoSetup" },
    { "github.com/jsommers/pytricia/blob/master/patricia.c#L33-L67",
      "BSD-4-Clause" },
    { "github.com/kfish/xsel/blob/master/COPYING", "HPND-sell-variant" },
    { "github.com/kohler/t1utils/blob/master/LICENSE", "MIT-Click" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L111-L133",
      "HPND-export2-US" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L1157-L1182",
      "HPND-export-US-modify" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L140-L156",
      "Brian-Gladman-2-Clause" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L66-L98",
      "OpenVision" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L664-L690",
      "BSD-2-Clause-first-lines" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L718-L728",
      "CMU-Mach-nodoc" },
    { "github.com/krb5/krb5/blob/krb5-1.21.2-final/NOTICE#L831-L852",
      "HPND-export-US-acknowledgement" },
    { "github.com/krzyzanowskim/CryptoSwift/blob/main/LICENSE", "CryptoSwift" },
    { "github.com/lattera/freebsd/blob/master/sys/cam/cam.c#L4",
      "BSD-Source-beginning-file" },
    { "github.com/libcheck/check/blob/master/checkmk/checkmk.in", "checkmk" },
    { "github.com/libjpeg-turbo/libjpeg-turbo/blob/main/README.ijg#L117-L"
      "161", "IJG" },
    { "github.com/lsof-org/lsof/blob/master/COPYING", "lsof" },
    { "github.com/maranget/hevea/blob/master/LICENSE", "QPL-1.0-INRIA-2004" },
    { "github.com/me-shaon/GLWTPL/commit/da5f6bc734095efbacb442c0b31e33a6"
      "5b9d6e85", "GLWTPL" },
    { "github.com/mhogomchungu/zuluCrypt/blob/master/external_libraries/t"
      "cplay/generic_xts.c", "generic-xts" },
    { "github.com/microsoft/Computational-Use-of-Data-Agreement/blob/mast"
      "er/C-UDA-1.0", "C-UDA-1.0" },
    { "github.com/microsoft/Open-Use-of-Data-Agreement/blob/v1.0/O-UDA-1."
      "0", "O-UDA-1.0" },
    { "github.com/mirror/ncurses/blob/master/COPYING",
      "X11-distribute-modifications-variant" },
    { "github.com/mm2/Little-CMS/blob/master/src/cmssm.c#L207", "softSurfer" },
    { "github.com/mruby/mruby/blob/83d12f8d52522cdb7c8cc46fad34821359f453"
      "e6/mrbgems/mruby-dir/src/Win/dirent.c#L127-L140",
      "HPND-Kevlin-Henney" },
    { "github.com/mtoyoda/sl/blob/master/LICENSE", "SL" },
    { "github.com/n8n-io/n8n/blob/master/LICENSE", "SUL-1.0" },
    { "github.com/ncbi/datasets/blob/0ea4cd16b61e5b799d9cc55aecfa016d6c9b"
      "d2bf/LICENSE", "NCBI-PD" },
    { "github.com/ncbi/datasets/blob/master/LICENSE", "NCBI-PD" },
    { "github.com/ncbi/egapx/blob/08930b9dec0c69b2d1a05e5153c7b95ef0a3eb0"
      "f/LICENSE", "NCBI-PD" },
    { "github.com/ncbi/gprobe/blob/de64d30fee8b4c4013094d7d3139ea89b5dd1a"
      "ce/LICENSE", "NCBI-PD" },
    { "github.com/ncbi/sra-tools/blob/e8e5b6af4edc460156ad9ce5902d0779cff"
      "bf685/LICENSE", "NCBI-PD" },
    { "github.com/nodejs/node/blob/4a19cc8947b1bba2b2d27816ec3d0edf9b28e5"
      "03/LICENSE#L343", "NAIST-2003" },
    { "github.com/novnc/noVNC/blob/master/core/crypto/des.js#L24",
      "Widget-Workshop" },
    { "github.com/oetiker/rrdtool-1.x/blob/master/src/plbasename.c#L8-L11",
      "gtkbook" },
    { "github.com/open-quantum-safe/liboqs/blob/40b01fdbb270f8614fde30e65"
      "d30e9da18c02393/src/common/rand/rand_nist.c#L1-L15",
      "NIST-Software" },
    { "github.com/openjdk/jdk/blob/6162e2c5213c5dd7c1127fd9616b543efa8989"
      "62/LICENSE", "GPL-2.0-only" },
    { "github.com/openssh/openssh-portable/blob/1b11ea7c58cd5c59838b5fa57"
      "4cd456d6047b2d4/LICENCE#L10", "SSH-OpenSSH" },
    { "github.com/openssh/openssh-portable/blob/1b11ea7c58cd5c59838b5fa57"
      "4cd456d6047b2d4/pathnames.h", "SSH-short" },
    { "github.com/openssh/openssh-portable/blob/master/LICENCE#L82",
      "ssh-keyscan" },
    { "github.com/openssh/openssh-portable/blob/master/openbsd-compat/bsd"
      "-snprintf.c#L2", "snprintf" },
    { "github.com/pexip/os-perl/blob/833cf4c86cc465ccfc627ff16db67e783156"
      "a248/debian/copyright#L2720-L2845", "Artistic-dist" },
    { "github.com/pkgconf/pkgconf/blob/master/cli/main.c#L8", "pkgconf" },
    { "github.com/ppp-project/ppp/blob/master/modules/ppp_ahdlc.c#L7-L19",
      "Sun-PPP-2000" },
    { "github.com/ppp-project/ppp/blob/master/pppd/auth.c#L6-L28",
      "Mackerras-3-Clause-acknowledgment" },
    { "github.com/ppp-project/ppp/blob/master/pppd/chap_ms.c#L6-L28",
      "Mackerras-3-Clause" },
    { "github.com/ppp-project/ppp/blob/master/pppd/eap.c#L7-L16", "Sun-PPP" },
    { "github.com/ppp-project/ppp/blob/master/pppd/ipv6cp.c#L75-L83",
      "HPND-INRIA-IMAG" },
    { "github.com/protegeproject/protege/blob/master/license",
      "BSD-2-Clause-Views" },
    { "github.com/python-excel/xlrd/blob/master/LICENSE#L33",
      "BSD-Advertising-Acknowledgement" },
    { "github.com/python-ldap/python-ldap/blob/main/LICENCE", "python-ldap" },
    { "github.com/python-pillow/Pillow/blob/fffb426092c8db24a5f4b6df243a8"
      "a3c01fb63cd/LICENSE", "MIT-CMU" },
    { "github.com/python/cpython/blob/main/LICENSE", "Python-2.0.1" },
    { "github.com/pythongssapi/k5test/blob/v0.10.3/K5TEST-LICENSE",
      "HPND-export-US-modify" },
    { "github.com/radcli/radcli/blob/master/COPYRIGHT#L34",
      "HPND-Fenneberg-Livingston" },
    { "github.com/radcli/radcli/blob/master/COPYRIGHT#L64", "UMich-Merit" },
    { "github.com/radvd-project/radvd/blob/master/COPYRIGHT", "radvd" },
    { "github.com/robbiehanson/CocoaHTTPServer/blob/master/LICENSE",
      "BSD-Source-Code" },
    { "github.com/ruby/ruby/blob/9f6deaa6888a423720b4b127b5314f0ad26cc2e6"
      "/ext/pty/pty.c#L775-L786", "Ruby-pty" },
    { "github.com/ruby/ruby/commit/0a64817fb80016030c03518fb9459f63c11605"
      "ea#diff-ef5fa30838d6d0cecad9e675cc50b24628cfe2cb277c346053fafcc36c"
      "91c204", "Ruby-pty" },
    { "github.com/ruby/ruby/commit/0a64817fb80016030c03518fb9459f63c11605"
      "ea#diff-fedf217c1ce44bda01f0a678d3ff8b198bed478754d699c527a698ad93"
      "3979a0", "Ruby-pty" },
    { "github.com/scummvm/scummvm/blob/v2.8.0/LICENSES/CatharonLicense",
      "Catharon" },
    { "github.com/seanmiddleditch/libtelnet/blob/develop/COPYING",
      "Unlicense-libtelnet" },
    { "github.com/sigmavirus24/x11-ssh-askpass/blob/master/README",
      "HPND-sell-variant-MIT-disclaimer" },
    { "github.com/sigmavirus24/x11-ssh-askpass/blob/master/dynlist.c",
      "HPND-sell-variant-MIT-disclaimer-rev" },
    { "github.com/signal11/hidapi/blob/master/LICENSE-orig", "HIDAPI" },
    { "github.com/slogan621/gtkbook", "gtkbook" },
    { "github.com/swh/ladspa/blob/7bf6f3799fdba70fda297c2d8fd9f526803d968"
      "0/gsm/COPYRIGHT", "TU-Berlin-1.0" },
    { "github.com/tats/w3m/blob/master/COPYING", "w3m" },
    { "github.com/tcheneau/Routing/blob/f09f46fcfe636107f22f2c98348188a65"
      "a135d98/README", "NIST-PD" },
    { "github.com/tcheneau/simpleRPL/blob/e645e69e38dd4e3ccfeceb2db8cba05"
      "b7c2e0cd3/LICENSE", "NIST-PD" },
    { "github.com/thestk/stk/blob/6aacd357d76250bb7da2b1ddf675651828784bb"
      "c/LICENSE", "MIT-STK" },
    { "github.com/trusteddomainproject/OpenDMARC/blob/master/LICENSE.Send"
      "mail", "Sendmail-Open-Source-1.1" },
    { "github.com/tytso/e2fsprogs/blob/master/lib/et/et_name.c", "NTP-0" },
    { "github.com/uim/libgcroots/blob/master/COPYING", "Boehm-GC" },
    { "github.com/usnistgov/fipy/blob/86aaa5c2ba2c6f1be19593c5986071cf656"
      "8cc34/LICENSE.rst", "NIST-PD-fallback" },
    { "github.com/usnistgov/jsip/blob/59700e6926cbe96c5cdae897d9a7d2656b4"
      "2abe3/LICENSE", "NIST-PD-fallback" },
    { "github.com/vixie/cron/tree/545b3f5246824a9cda5905eeb7cf019c95e6699"
      "5", "Vixie-Cron" },
    { "github.com/vstroebel/jpeg-encoder/blob/main/src/fdct.rs#L1-L72", "IJG" },
    { "github.com/wernerd/ZRTPCPP/blob/6b3cd8e6783642292bad0c21e3e5e5ce45"
      "ff3e03/cryptcommon/twofish.c#L113C3-L127", "Ferguson-Twofish" },
    { "github.com/westes/flex/blob/master/COPYING", "BSD-3-Clause-flex" },
    { "github.com/xdebug/xdebug/blob/master/LICENSE", "Xdebug-1.03" },
    { "github.com/xmlark/msv/blob/b9316e2f2270bc1606952ea4939ec87fbba157f"
      "3/xsdlib/src/main/java/com/sun/msv/datatype/regexp/InternalImpl.ja"
      "va", "BSD-3-Clause-Sun" },
    { "github.com/yuwenlong/longphp/blob/25dfb70cc2a466dc4bb55ba30901cbce"
      "08d164b5/LICENSE", "MulanPSL-1.0" },
    { "github.com/zdohnal/hplip/blob/master/COPYING#L939", "BSD-3-Clause-HP" },
    { "gitlab.com/agmartin/linuxdoc-tools/-/blob/master/iso-entities/COPY"
      "ING?ref_type=heads", "ISO-permission" },
    { "gitlab.com/bacula-org/bacula/-/blob/Branch-11.0/bacula/LICENSE-FOS"
      "S?ref_type=heads#L245", "HPND-sell-regexpr" },
    { "gitlab.com/embeddable-common-lisp/ecl/-/blob/develop/src/lsp/loop."
      "lsp", "LOOP" },
    { "gitlab.com/libeigen/eigen/-/blob/master/COPYING.MINPACK", "Minpack" },
    { "gitlab.common-lisp.net/cmucl/cmucl/-/blob/master/src/code/loop.lis"
      "p", "LOOP" },
    { "gitlab.freedesktop.org/freetype/freetype/-/raw/master/docs/FTL.TXT",
      "FTL" },
    { "gitlab.freedesktop.org/libopenraw/libopenraw/blob/master/lib/ljpeg"
      "decompressor.cpp#L32", "Cornell-Lossless-JPEG" },
    { "gitlab.freedesktop.org/mesa/glw/-/blob/master/README?ref_type=head"
      "s", "SGI-OpenGL" },
    { "gitlab.freedesktop.org/pipewire/pipewire/-/blob/master/src/modules"
      "/module-filter-chain/pffft.c?ref_type=heads#L1-52", "NCL" },
    { "gitlab.freedesktop.org/xkeyboard-config/xkeyboard-config/-/blob/95"
      "9538769bfad6a73bdf34275d46520ec0f9cbb5/COPYING#L176-185",
      "hyphen-bulgarian" },
    { "gitlab.freedesktop.org/xkeyboard-config/xkeyboard-config/-/blob/ma"
      "ster/COPYING?ref_type=heads#L178", "xkeyboard-config-Zinoviev" },
    { "gitlab.freedesktop.org/xorg/app/iceauth/-/blob/master/COPYING",
      "MIT-open-group" },
    { "gitlab.freedesktop.org/xorg/app/xauth/-/blob/master/COPYING",
      "MIT-open-group" },
    { "gitlab.freedesktop.org/xorg/app/xkbcomp/-/blob/master/COPYING?ref_"
      "type=heads#L69", "HPND-DEC" },
    { "gitlab.freedesktop.org/xorg/app/xsetroot/-/blob/master/COPYING",
      "MIT-open-group" },
    { "gitlab.freedesktop.org/xorg/driver/xf86-video-voodoo/-/blob/68a5b6"
      "d98ae34749cca889f4373b4043d00bfe6a/src/voodoo_dga.c#L12-33",
      "HPND-sell-variant-critical-systems" },
    { "gitlab.freedesktop.org/xorg/font/adobe-utopia-100dpi/-/blob/master"
      "/COPYING?ref_type=heads", "Adobe-Utopia" },
    { "gitlab.freedesktop.org/xorg/font/alias/-/blob/master/COPYING",
      "Cronyx" },
    { "gitlab.freedesktop.org/xorg/font/bh-100dpi/-/blob/master/COPYING?r"
      "ef_type=heads", "Lucida-Bitmap-Fonts" },
    { "gitlab.freedesktop.org/xorg/font/cronyx-cyrillic/-/blob/master/COP"
      "YING", "Cronyx" },
    { "gitlab.freedesktop.org/xorg/font/misc-cyrillic/-/blob/master/COPYI"
      "NG", "Cronyx" },
    { "gitlab.freedesktop.org/xorg/font/screen-cyrillic/-/blob/master/COP"
      "YING", "Cronyx" },
    { "gitlab.freedesktop.org/xorg/lib/libx11/-/blob/master/COPYING?ref_t"
      "ype=heads#L138-171", "TekHVC" },
    { "gitlab.freedesktop.org/xorg/lib/libxext/-/blob/master/COPYING?ref_"
      "type=heads#L153-162", "HPND-doc-sell" },
    { "gitlab.freedesktop.org/xorg/lib/libxext/-/blob/master/COPYING?ref_"
      "type=heads#L185-197", "HPND-doc" },
    { "gitlab.freedesktop.org/xorg/lib/libxinerama/-/blob/cc22c2f60c38624"
      "82562955116d5455263b443dc/COPYING#L44-66",
      "X11-no-permit-persons" },
    { "gitlab.freedesktop.org/xorg/lib/libxtst/-/blob/master/COPYING?ref_"
      "type=heads#L108-117", "HPND-doc-sell" },
    { "gitlab.freedesktop.org/xorg/lib/libxtst/-/blob/master/COPYING?ref_"
      "type=heads#L70-77", "HPND-doc" },
    { "gitlab.freedesktop.org/xorg/xserver/-/blob/master/COPYING?ref_type"
      "=heads#L1781", "HPND-sell-MIT-disclaimer-xserver" },
    { "gitlab.freedesktop.org/xorg/xserver/-/blob/master/COPYING?ref_type"
      "=heads#L239", "DEC-3-Clause" },
    { "gitlab.freedesktop.org/xorg/xserver/-/blob/master/COPYING?ref_type"
      "=heads#L752", "Adobe-Display-PostScript" },
    { "gitlab.isc.org/isc-projects/bind9/blob/master/COPYRIGHT#L366", "JPNIC" },
    { "gitlab.lrz.de/mmix/mmixware/-/blob/master/boilerplate.w", "MMIXware" },
    { "gitlab.syncad.com/hive/dhive/-/blob/master/LICENSE",
      "BSD-3-Clause-No-Military-License" },
    { "gitweb.gentoo.org/repo/gentoo.git/tree/licenses/SGMLUG?id=7d999af4"
      "a47bf55e53e54713d98d145f935935c1", "SGMLUG-PM" },
    { "glassfish.java.net/public/CDDL+GPL_1_1", "CDDL-1.1" },
    { "gnome.org/fonts", "Bitstream-Vera" },
    { "gnu.org/licenses/agpl", "AGPL-3.0-only" },
    { "gnu.org/licenses/autoconf-exception-3.0",
      "GPL-3.0-with-autoconf-exception" },
    { "gnu.org/licenses/ecos-license", "eCos-2.0" },
    { "gnu.org/licenses/gcc-exception-3.1", "GPL-3.0-with-GCC-exception" },
    { "gnu.org/licenses/gpl-3.0-standalone", "GPL-3.0-only" },
    { "gnu.org/licenses/gpl-faq.html#FontException",
      "GPL-2.0-with-font-exception" },
    { "gnu.org/licenses/lgpl+gpl-3.0", "LGPL-3.0-only" },
    { "gnu.org/licenses/lgpl-3.0-standalone", "LGPL-3.0-only" },
    { "gnu.org/licenses/license-list.html#ACDL", "CDL-1.0" },
    { "gnu.org/licenses/old-licenses/gpl-1.0-standalone", "GPL-1.0-only" },
    { "gnu.org/licenses/old-licenses/gpl-2.0", "GPL-2.0-only" },
    { "gnu.org/licenses/old-licenses/gpl-2.0-standalone", "GPL-2.0-only" },
    { "gnu.org/licenses/old-licenses/lgpl-2.0-standalone", "LGPL-2.0-only" },
    { "gnu.org/licenses/old-licenses/lgpl-2.1", "LGPL-2.1-only" },
    { "gnu.org/licenses/old-licenses/lgpl-2.1-standalone", "LGPL-2.1-only" },
    { "gnu.org/prep/maintain/html_node/License-Notices-for-Other-Files",
      "FSFAP" },
    { "gnu.org/software/classpath/license",
      "GPL-2.0-with-classpath-exception" },
    { "govdata.de/dl-de/by-2-0", "DL-DE-BY-2.0" },
    { "govdata.de/dl-de/zero-2-0", "DL-DE-ZERO-2.0" },
    { "graphics.pixar.com/opensubdiv/docs/license", "Pixar" },
    { "gridscheduler.sourceforge.net/Gridengine_SISSL_license", "SISSL-1.2" },
    { "hbz-nrw.de/produkte/open-access/lizenzen/dfsl", "D-FSL-1.0" },
    { "hbz-nrw.de/produkte/open-access/lizenzen/dfsl/D-FSL-1_0_de.txt/at_"
      "download/file", "D-FSL-1.0" },
    { "hbz-nrw.de/produkte/open-access/lizenzen/dfsl/D-FSL-1_0_en.txt/at_"
      "download/file", "D-FSL-1.0" },
    { "hbz-nrw.de/produkte/open-access/lizenzen/dfsl/deutsche-freie-softw"
      "are-lizenz", "D-FSL-1.0" },
    { "hbz-nrw.de/produkte/open-access/lizenzen/dfsl/german-free-software"
      "-license", "D-FSL-1.0" },
    { "heasarc.gsfc.nasa.gov/docs/software/fitsio/c/f_user/node9", "CFITSIO" },
    { "heasarc.gsfc.nasa.gov/docs/software/ftools/fv/doc/license", "CFITSIO" },
    { "helixcommunity.org/content/rpsl", "RPSL-1.0" },
    { "hstechdocs.helpsystems.com/manuals/globalscape/archive/cuteftp6/op"
      "en_ssl_license_agreement", "OpenSSL-standalone" },
    { "iausofa.org/tandc", "SOFA" },
    { "iec.ch/CCv1", "IEC-Code-Components-EULA" },
    { "iec.ch/copyright", "IEC-Code-Components-EULA" },
    { "iec.ch/webstore/custserv/pdf/CC-EULA.pdf", "IEC-Code-Components-EULA" },
    { "ietf.org/rfc/rfc1952", "LPD-document" },
    { "imagemagick.org/script/license", "ImageMagick" },
    { "inet.no/dante/LICENSE", "BSD-Inferno-Nettverk" },
    { "info-zip.org/license", "Info-ZIP" },
    { "info.borland.com/devsupport/interbase/opensource/IPL", "Interbase-1.0" },
    { "isc.org/downloads/software-support-policy/isc-license", "ISC" },
    { "isc.org/licenses", "ISC" },
    { "itu.int/ITU-T/formal-language/itu-t/t/t173/1997/ISOMHEG-sir",
      "ISO-permission" },
    { "java.net/projects/javaeetutorial/pages/BerkeleyLicense",
      "BSD-3-Clause-No-Nuclear-License-2014" },
    { "javaee.github.io/glassfish/LICENSE", "CDDL-1.1" },
    { "jogamp.org/git/?p=gluegen.git;a=blob_plain;f=LICENSE",
      "BSD-3-Clause-No-Nuclear-Warranty" },
    { "joinup.ec.europa.eu/page/eupl-text-11-12", "EUPL-1.2" },
    { "joinup.ec.europa.eu/sites/default/files/custom-page/attachment/202"
      "0-03/EUPL-1.2%20EN", "EUPL-1.2" },
    { "joinup.ec.europa.eu/sites/default/files/custom-page/attachment/eup"
      "l1.1.-licence-en_0.pdf", "EUPL-1.1" },
    { "joinup.ec.europa.eu/sites/default/files/custom-page/attachment/eup"
      "l_v1.2_en.pdf", "EUPL-1.2" },
    { "joinup.ec.europa.eu/sites/default/files/inline-files/EUPL%20v1_2%2"
      "0EN(1)", "EUPL-1.2" },
    { "joinup.ec.europa.eu/software/page/eupl/licence-eupl", "EUPL-1.1" },
    { "joinup.ec.europa.eu/svn/lesoll/trunk/italc/lib/src/dsa_key.cpp",
      "SSH-short" },
    { "jpl.nasa.gov/jpl-image-use-policy", "JPL-image" },
    { "json.org/license", "JSON" },
    { "jython.org/license", "CNRI-Jython" },
    { "kermitproject.org/ck90.html#source", "HPND-export-US" },
    { "kernel.org/doc/man-pages/licenses", "Linux-man-pages-copyleft" },
    { "labs.metacarta.com/license-explanation.html#license",
      "BSD-3-Clause-Clear" },
    { "landley.net/toybox/license", "0BSD" },
    { "latex-project.org/lppl/lppl-1-0", "LPPL-1.0" },
    { "latex-project.org/lppl/lppl-1-1", "LPPL-1.1" },
    { "latex-project.org/lppl/lppl-1-2", "LPPL-1.2" },
    { "latex-project.org/lppl/lppl-1-3a", "LPPL-1.3a" },
    { "latex-project.org/lppl/lppl-1-3c", "LPPL-1.3c" },
    { "legacy.imatix.com/html/sfl/sfl4.htm#license", "iMatix" },
    { "lemis.com/grog/UNIX/ancient-source-all.pdf", "Caldera" },
    { "liballeg.org/license.html#allegro-4-the-giftware-license", "Giftware" },
    { "libgd.github.io/manuals/2.3.0/files/license-txt", "GD" },
    { "library.netapp.com/ecm/ecm_download_file/ECMP1196395",
      "OpenSSL-standalone" },
    { "license.coscl.org.cn/MulanPSL", "MulanPSL-1.0" },
    { "license.coscl.org.cn/MulanPSL2", "MulanPSL-2.0" },
    { "lists.gnu.org/archive/html/autoconf/2012-04/msg00061", "FSFULLRWD" },
    { "lists.opensource.org/pipermail/license-discuss_lists.opensource.or"
      "g/2002-November/006304", "HPND" },
    { "mail-archive.com/debian-bugs-rc@lists.debian.org/msg11494", "Symlinks" },
    { "mariadb.com/bsl11", "BUSL-1.1" },
    { "math.nist.gov/tnt/download", "NIST-PD-TNT" },
    { "matplotlib.org/stable/project/license", "PSF-2.0" },
    { "mcs.anl.gov/research/projects/openpbs/PBS_License", "OpenPBS-2.3" },
    { "metacpan.org/pod/Exporter::Tidy#LICENSE", "any-OSI" },
    { "metacpan.org/pod/Net::MQTT::Simple#LICENSE", "any-OSI-perl-modules" },
    { "metacpan.org/pod/Qmail::Deliverable::Client#LICENSE",
      "any-OSI-perl-modules" },
    { "metacpan.org/pod/Time::ParseDate#LICENSE", "TPDL" },
    { "metacpan.org/release/DPARIS/Crypt-Blowfish-2.14/source/COPYRIGHT#L"
      "7", "BSD-Systemics-W3Works" },
    { "metacpan.org/release/DPARIS/Crypt-DES-2.07/source/COPYRIGHT",
      "BSD-Systemics" },
    { "metacpan.org/release/JUERD/Exporter-Tidy-0.09/view/Tidy.pm#LICENSE",
      "any-OSI-perl-modules" },
    { "metacpan.org/release/KNOK/File-MMagic-1.30/source/COPYING#L28",
      "Spencer-94" },
    { "metacpan.org/release/NLNETLABS/Net-DNS-SEC-1.22/source/LICENSE",
      "HPND-MIT-disclaimer" },
    { "metacpan.org/release/RJBS/Text-Soundex-3.05/source/Soundex.pm#L3-1"
      "1", "Soundex" },
    { "metadata.ftp-master.debian.org/changelogs//main/a/arpwatch/arpwatc"
      "h_2.1a15-7_copyright", "BSD-4-Clause-Shortened" },
    { "metadata.ftp-master.debian.org/changelogs//main/f/fonts-paratype/f"
      "onts-paratype_20181108-4_copyright", "ParaType-Free-Font-1.3" },
    { "metadata.ftp-master.debian.org/changelogs//main/x/xzoom/xzoom_0.3-"
      "27_copyright", "xzoom" },
    { "mirror.las.iastate.edu/tex-archive/graphics/metapost/contrib/macro"
      "s/slideshow/slideshow.mp", "McPhee-slideshow" },
    { "mirrors.ctan.org/macros/latex/contrib/ulem/README", "ulem" },
    { "mirrors.ctan.org/macros/latex/contrib/version/version.sty", "magaz" },
    { "mirrors.nic.cz/tex-archive/macros/latex/contrib/fwlw/README", "fwlw" },
    { "mirrors.nic.cz/tex-archive/macros/latex/contrib/magaz/magaz.tex",
      "magaz" },
    { "mod-buildcraft.com/MMPL-1.0", "MMPL-1.0.1" },
    { "mongodb.com/licensing/server-side-public-license", "SSPL-1.0" },
    { "mozilla.org/MPL/MPL-1.0", "MPL-1.0" },
    { "mozilla.org/MPL/MPL-1.1", "MPL-1.1" },
    { "mozilla.org/MPL/NPL/1.0", "NPL-1.0" },
    { "mozilla.org/MPL/NPL/1.1", "NPL-1.1" },
    { "mssl.ucl.ac.uk/~mcrw/src/20050920/proto.h", "Cornell-Lossless-JPEG" },
    { "nationalarchives.gov.uk/doc/non-commercial-government-licence/vers"
      "ion/2", "NCGL-UK-2.0" },
    { "nationalarchives.gov.uk/doc/open-government-licence/version/1",
      "OGL-UK-1.0" },
    { "nationalarchives.gov.uk/doc/open-government-licence/version/2",
      "OGL-UK-2.0" },
    { "nationalarchives.gov.uk/doc/open-government-licence/version/3",
      "OGL-UK-3.0" },
    { "ncftp.com/ncftp/doc/LICENSE", "ClArtistic" },
    { "net-snmp.sourceforge.net/about/license", "Net-SNMP" },
    { "netbsd.org/about/redistribution.html#default", "BSD-2-Clause-NetBSD" },
    { "netlib.org/lapack/LICENSE", "BSD-3-Clause-Open-MPI" },
    { "netlib.org/minpack/disclaimer", "Minpack" },
    { "networkcultures.org/_uploads/%233notebook_telekommunist.pdf", "PPL" },
    { "oclc.org/research/activities/software/license/v2final", "OCLC-2.0" },
    { "ogc.org/ogc/software/1.0", "OGC-1.0" },
    { "ohwr.org/project/licenses/wikis/cern-ohl-v1.1", "CERN-OHL-1.1" },
    { "ohwr.org/project/licenses/wikis/cern-ohl-v1.2", "CERN-OHL-1.2" },
    { "old.koalateam.com/jackaroo/OPL_1_0.TXT", "OPL-1.0" },
    { "old.zope.org/Resources/License/ZPL-1.1", "ZPL-1.1" },
    { "old.zope.org/Resources/License/ZPL-2.0", "ZPL-2.0" },
    { "old.zope.org/Resources/ZPL", "ZPL-2.1" },
    { "open-mpi.org/community/license", "BSD-3-Clause-Open-MPI" },
    { "open.canada.ca/en/open-government-licence-canada", "OGL-Canada-2.0" },
    { "opencascade.com/content/occt-public-license", "OCCT-PL" },
    { "opencontent.org/openpub", "OPUBL-1.0" },
    { "opendatacommons.org/licenses/by/1.0", "ODC-By-1.0" },
    { "opendatacommons.org/licenses/odbl/1-0", "ODbL-1.0" },
    { "opendatacommons.org/licenses/odbl/1.0", "ODbL-1.0" },
    { "opendatacommons.org/licenses/pddl", "PDDL-1.0" },
    { "opendatacommons.org/licenses/pddl/1.0", "PDDL-1.0" },
    { "opengroup.org/testing/downloads/The_Open_Group_TSL", "OGTSL" },
    { "openhub.net/licenses/mslpl", "MS-LPL" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=1"
      "cae062821881f41b73012ba816434897abf4205", "OLDAP-2.6" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=3"
      "7b4b3f6cc4bf34e1d3dec61e69914b9819d8894", "NBPL-1.0" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=4"
      "2b0383c50c299977b5893ee695cf4e486fb0dc7", "OLDAP-1.2" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=4"
      "70b0c18ec67621c85881b2733057fecf4a1acc3", "OLDAP-2.2" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=4"
      "7c2415c1df81556eeb39be6cad458ef87c534a2", "OLDAP-2.7" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=4"
      "bc786f34b50aa301be6f5600f58a980070f481e", "OLDAP-2.2.1" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=6"
      "852b9d90022e8593c98205413380536b1b5a7cf", "OLDAP-2.5" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=8"
      "06557a5ad59804ef3a44d5abfbe91d706b0791f", "OLDAP-1.1" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=b"
      "0d176738e96a0d3b9f85cb51e140a86f21be715", "OLDAP-2.1" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=b"
      "6d68acd14e51ca3aab4428bf26522aa74873f0e", "OLDAP-2.0.1" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=c"
      "9f95c2f3f2ffb5e0ae55fe7388af75547660941", "OLDAP-1.4" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=c"
      "bf50f4e1185a21abd4c0a54d3f4341fe28f36ea", "OLDAP-2.0" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=c"
      "d1284c4a91a8a380d904eee68d1583f989ed386", "OLDAP-2.4" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=d"
      "32cf54a32d581ab475d23c810b0a7fbaf8d63c3", "OLDAP-2.3" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=d"
      "f2cc1e21eb7c160695f5b7cffd6296c151ba188", "OLDAP-2.2.2" },
    { "openldap.org/devel/gitweb.cgi?p=openldap.git;a=blob;f=LICENSE;hb=e"
      "5f8117f0ce088d0bd7a8e18ddf37eaa40eb09b1", "OLDAP-1.3" },
    { "openldap.org/software/release/license", "OLDAP-2.8" },
    { "openlogisticsfoundation.org/licenses", "OLFL-1.3" },
    { "openmdw.ai/license", "OpenMDW-1.0" },
    { "openoffice.org/licenses/sissl_license", "SISSL" },
    { "opensource.apple.com/cdl", "CDL-1.0" },
    { "opensource.apple.com/license/apsl", "APSL-2.0" },
    { "opensource.apple.com/source/IOSerialFamily/IOSerialFamily-7/APPLE_"
      "LICENSE", "APSL-1.1" },
    { "opensource.apple.com/source/JBoss/JBoss-737/jboss-all/jetty/src/ma"
      "in/org/mortbay/util/UnixCrypt.java.auto", "UnixCrypt" },
    { "opensource.apple.com/source/mDNSResponder/mDNSResponder-320.10/mDN"
      "SPosix/nss_ReadMe", "NICTA-1.0" },
    { "opensource.apple.com/source/tcl/tcl-5/tcl/generic/regfronts.c",
      "Spencer-99" },
    { "opensource.linux-mirror.org/licenses/afl-1.1", "AFL-1.1" },
    { "opensource.linux-mirror.org/licenses/afl-1.2", "AFL-1.2" },
    { "opensource.linux-mirror.org/licenses/afl-2.1", "AFL-2.1" },
    { "opensource.org/license/0BSD", "0BSD" },
    { "opensource.org/license/AGPL-3.0", "AGPL-3.0-only" },
    { "opensource.org/license/APL-1.0", "APL-1.0" },
    { "opensource.org/license/Apache-1.1", "Apache-1.1" },
    { "opensource.org/license/Apache-2.0", "Apache-2.0" },
    { "opensource.org/license/BSD-2-Clause", "BSD-2-Clause" },
    { "opensource.org/license/BSD-3-Clause", "BSD-3-Clause" },
    { "opensource.org/license/BSDplusPatent", "BSD-2-Clause-Patent" },
    { "opensource.org/license/BSL-1.0", "BSL-1.0" },
    { "opensource.org/license/CATOSL-1.1", "CATOSL-1.1" },
    { "opensource.org/license/CNRI-Python", "CNRI-Python" },
    { "opensource.org/license/CPAL-1.0", "CPAL-1.0" },
    { "opensource.org/license/CPL-1.0", "CPL-1.0" },
    { "opensource.org/license/CUA-OPL-1.0", "CUA-OPL-1.0" },
    { "opensource.org/license/ECL-1.0", "ECL-1.0" },
    { "opensource.org/license/ECL-2.0", "ECL-2.0" },
    { "opensource.org/license/EFL-1.0", "EFL-1.0" },
    { "opensource.org/license/EFL-2.0", "EFL-2.0" },
    { "opensource.org/license/EPL-1.0", "EPL-1.0" },
    { "opensource.org/license/EPL-2.0", "EPL-2.0" },
    { "opensource.org/license/EUDatagrid", "EUDatagrid" },
    { "opensource.org/license/EUPL-1.1", "EUPL-1.1" },
    { "opensource.org/license/EUPL-1.2", "EUPL-1.2" },
    { "opensource.org/license/Entessa", "Entessa" },
    { "opensource.org/license/Fair", "Fair" },
    { "opensource.org/license/Frameworx-1.0", "Frameworx-1.0" },
    { "opensource.org/license/GPL-2.0", "GPL-2.0-only" },
    { "opensource.org/license/GPL-3.0", "GPL-3.0-only" },
    { "opensource.org/license/HPND", "HPND" },
    { "opensource.org/license/IPA", "IPA" },
    { "opensource.org/license/IPL-1.0", "IPL-1.0" },
    { "opensource.org/license/ISC", "ISC" },
    { "opensource.org/license/Intel", "Intel" },
    { "opensource.org/license/LGPL-2.1", "LGPL-2.1-only" },
    { "opensource.org/license/LGPL-3.0", "LGPL-3.0-only" },
    { "opensource.org/license/LPL-1.0", "LPL-1.0" },
    { "opensource.org/license/LPL-1.02", "LPL-1.02" },
    { "opensource.org/license/LPPL-1.3c", "LPPL-1.3c" },
    { "opensource.org/license/LiLiQ-P-1.1", "LiLiQ-P-1.1" },
    { "opensource.org/license/LiLiQ-R-1.1", "LiLiQ-R-1.1" },
    { "opensource.org/license/LiLiQ-Rplus-1.1", "LiLiQ-Rplus-1.1" },
    { "opensource.org/license/MIT", "MIT" },
    { "opensource.org/license/MPL-1.0", "MPL-1.0" },
    { "opensource.org/license/MPL-1.1", "MPL-1.1" },
    { "opensource.org/license/MS-PL", "MS-PL" },
    { "opensource.org/license/MS-RL", "MS-RL" },
    { "opensource.org/license/MirOS", "MirOS" },
    { "opensource.org/license/Motosoto", "Motosoto" },
    { "opensource.org/license/Multics", "Multics" },
    { "opensource.org/license/NASA-1.3", "NASA-1.3" },
    { "opensource.org/license/NCSA", "NCSA" },
    { "opensource.org/license/NGPL", "NGPL" },
    { "opensource.org/license/NOSL3.0", "NPOSL-3.0" },
    { "opensource.org/license/NTP", "NTP" },
    { "opensource.org/license/Naumen", "Naumen" },
    { "opensource.org/license/OCLC-2.0", "OCLC-2.0" },
    { "opensource.org/license/OGTSL", "OGTSL" },
    { "opensource.org/license/OPL-2.1", "OSET-PL-2.1" },
    { "opensource.org/license/OSL-1.0", "OSL-1.0" },
    { "opensource.org/license/OSL-2.1", "OSL-2.1" },
    { "opensource.org/license/OSL-3.0", "OSL-3.0" },
    { "opensource.org/license/PHP-3.0", "PHP-3.0" },
    { "opensource.org/license/PostgreSQL", "PostgreSQL" },
    { "opensource.org/license/QPL-1.0", "QPL-1.0" },
    { "opensource.org/license/RPL-1.1", "RPL-1.1" },
    { "opensource.org/license/RPL-1.5", "RPL-1.5" },
    { "opensource.org/license/RPSL-1.0", "RPSL-1.0" },
    { "opensource.org/license/RSCPL", "RSCPL" },
    { "opensource.org/license/SISSL", "SISSL" },
    { "opensource.org/license/SPL-1.0", "SPL-1.0" },
    { "opensource.org/license/SimPL-2.0", "SimPL-2.0" },
    { "opensource.org/license/Sleepycat", "Sleepycat" },
    { "opensource.org/license/UCL-1.0", "UCL-1.0" },
    { "opensource.org/license/UPL", "UPL-1.0" },
    { "opensource.org/license/VSL-1.0", "VSL-1.0" },
    { "opensource.org/license/W3C", "W3C" },
    { "opensource.org/license/WXwindows", "wxWindows" },
    { "opensource.org/license/Watcom-1.0", "Watcom-1.0" },
    { "opensource.org/license/Xnet", "Xnet" },
    { "opensource.org/license/ZPL-2.0", "ZPL-2.0" },
    { "opensource.org/license/Zlib", "Zlib" },
    { "opensource.org/license/afl-2.0", "AFL-2.0" },
    { "opensource.org/license/afl-3.0", "AFL-3.0" },
    { "opensource.org/license/apache-2-0", "Apache-2.0" },
    { "opensource.org/license/artistic-license-2.0", "Artistic-2.0" },
    { "opensource.org/license/attribution", "AAL" },
    { "opensource.org/license/cddl1", "CDDL-1.0" },
    { "opensource.org/license/mit", "MIT" },
    { "opensource.org/license/nokia", "Nokia" },
    { "opensource.org/license/olfl-1-3", "OLFL-1.3" },
    { "opensource.org/license/osc-license-1-0", "OSC-1.0" },
    { "openssl.org/source/license", "OpenSSL" },
    { "osetfoundation.org/public-license", "OSET-PL-2.1" },
    { "oss.sgi.com/projects/FreeB", "SGI-B-1.1" },
    { "oss.sgi.com/projects/FreeB/SGIFreeSWLicB.1.0", "SGI-B-1.0" },
    { "oss.sgi.com/projects/FreeB/SGIFreeSWLicB.2.0.pdf", "SGI-B-2.0" },
    { "otm.illinois.edu/uiuc_openSource", "NCSA" },
    { "pages.cs.wisc.edu/~ghost/doc/AFPL/6.01/Public", "Aladdin" },
    { "paratype.ru/public/pt_openlicense_eng.asp", "ParaType-Free-Font-1.3" },
    { "paritylicense.com/versions/6.0.0", "Parity-6.0.0" },
    { "paritylicense.com/versions/7.0.0", "Parity-7.0.0" },
    { "parliament.uk/site-information/copyright-parliament/open-parliamen"
      "t-licence", "OPL-UK-3.0" },
    { "people.freebsd.org/~ivoras/wine/patch-wine-nvidia.sh",
      "BSD-2-Clause-Views" },
    { "people.freebsd.org/~phk", "Beerware" },
    { "people.mpi-inf.mpg.de/~uwe/misc/uw-ttyp0", "TTYP0" },
    { "perlfoundation.org/artistic-license-20", "Artistic-2.0" },
    { "perlfoundation.org/artistic_license_2_0", "Artistic-2.0" },
    { "php.net/license/3_0", "PHP-3.0" },
    { "php.net/license/3_01", "PHP-3.01" },
    { "pirlwww.lpl.arizona.edu/resources/guide/software/PerlTk/Tixlic",
      "MIT-Modern-Variant" },
    { "plan9.bell-labs.com/plan9/license", "LPL-1.02" },
    { "polyformproject.org/licenses/noncommercial/1.0.0",
      "PolyForm-Noncommercial-1.0.0" },
    { "polyformproject.org/licenses/small-business/1.0.0",
      "PolyForm-Small-Business-1.0.0" },
    { "postgresql.org/about/licence", "PostgreSQL" },
    { "primates.ximian.com/~flucifredi/man/man-1.6g.tar.gz", "man2html" },
    { "projects.eclipse.org/license/epl-2.0", "EPL-2.0" },
    { "proofpoint.com/sites/default/files/sendmail-license.pdf",
      "Sendmail-8.23" },
    { "ptolemy.berkeley.edu/copyright", "MIT-Modern-Variant" },
    { "public.dhe.ibm.com/aix/freeSoftware/aixtoolbox/LICENSES/unRAR",
      "UnRAR" },
    { "python.org/download/releases/1.6.1/download_win",
      "CNRI-Python-GPL-Compatible" },
    { "python.org/download/releases/2.0.1/license", "Python-2.0.1" },
    { "raw.githubusercontent.com/DISIC/politique-de-contribution-open-sou"
      "rce/master/LICENSE", "etalab-2.0" },
    { "raw.githubusercontent.com/GNOME/libxml2/4c2e7c651f6c2f0d1a74f350cb"
      "da95f7df3e7017/hash.c", "ISC-Veillard" },
    { "raw.githubusercontent.com/NTIA/itm/refs/heads/master/LICENSE",
      "NTIA-PD" },
    { "raw.githubusercontent.com/NTIA/scos-sensor/refs/heads/master/LICEN"
      "SE", "NTIA-PD" },
    { "raw.githubusercontent.com/OpenMDW/OpenMDW/refs/heads/main/1.0/LICE"
      "NSE.openmdw", "OpenMDW-1.0" },
    { "raw.githubusercontent.com/blackhole89/notekit/master/data/fonts/Ch"
      "arter%20license", "Bitstream-Charter" },
    { "rc.quest.com/topics/openssh/license.php#tcpwrappers", "TCP-wrappers" },
    { "research.cs.wisc.edu/condor/license.html#condor", "Condor-1.1" },
    { "research.scea.com/scea_shared_source_license", "SCEA" },
    { "risource.org/RPL/RPL-1.0A.shtml", "RSCPL" },
    { "romanrm.net/mit-zero", "MIT-0" },
    { "rosenlaw.com/AFL3.0", "AFL-3.0" },
    { "rosenlaw.com/osl2.0", "OSL-2.0" },
    { "rosenlaw.com/osl21", "OSL-2.1" },
    { "rosenlaw.com:80/OSL3.0", "OSL-3.0" },
    { "ruby-lang.org/en/about/license", "Ruby" },
    { "sam.zoy.org/wtfpl/COPYING", "WTFPL" },
    { "samurajdata.se/opensource/mirror/licenses/apsl", "APSL-1.2" },
    { "sendmail.com/pdfs/open_source/sendmail_license.pdf", "Sendmail" },
    { "slicer.org/LICENSE", "3D-Slicer-1.0" },
    { "solderpad.org/licenses/SHL-0.5", "SHL-0.5" },
    { "solderpad.org/licenses/SHL-0.51", "SHL-0.51" },
    { "source.icu-project.org/repos/icu/icu/trunk/license", "ICU" },
    { "sourceforge.net/p/buddy/gitcode/ci/master/tree/README", "Buddy" },
    { "sourceforge.net/p/ctrio/git/ci/master/tree/README", "ISC-Veillard" },
    { "sourceforge.net/p/mcj/xfig/ci/master/tree/src/Makefile.am", "Xfig" },
    { "sourceforge.net/p/netpbm/code/HEAD/tree/super_stable/converter/oth"
      "er/pnmtorle.c", "URT-RLE" },
    { "sourceforge.net/p/netpbm/code/HEAD/tree/super_stable/converter/oth"
      "er/rletopnm.c", "URT-RLE" },
    { "sourceforge.net/p/netpbm/code/HEAD/tree/super_stable/converter/ppm"
      "/ppmtompeg/jrevdct.c#l1189", "MPEG-SSG" },
    { "sourceforge.net/p/netpbm/code/HEAD/tree/super_stable/editor/pnmsti"
      "tch.c#l2", "pnmstitch" },
    { "sourceforge.net/p/netpbm/code/HEAD/tree/super_stable/netpbm.c#l8",
      "HPND-Pbmplus" },
    { "sourceforge.net/p/sbcl/sbcl/ci/master/tree/src/code/loop.lisp", "LOOP" },
    { "sourceforge.net/p/trustedqsl/tqsl/ci/master/tree/LICENSE",
      "TrustedQSL" },
    { "sourceforge.net/p/xmedcon/code/ci/master/tree/libs/dicom/README",
      "OFFIS" },
    { "sourceforge.net/p/xmedcon/code/ci/master/tree/libs/ljpg", "IJG-short" },
    { "sources.debian.org/copyright/license/debianutils/4.11.2", "SMAIL-GPL" },
    { "sources.debian.org/src/openmpi/4.1.0-10/ompi/debuggers/msgq_interf"
      "ace.h/?hl=19#L19", "mpi-permissive" },
    { "sources.gentoo.org/cgi-bin/viewvc.cgi/gentoo-x86/licenses/BitTorre"
      "nt?r1=1.1&r2=1.1.1.1&diff_format=s", "BitTorrent-1.0" },
    { "sourceware.org/bzip2/1.0.5/bzip2-manual-1.0.5", "bzip2-1.0.5" },
    { "sourceware.org/cgit/binutils-gdb/tree/include/coff/sym.h#n11", "MIPS" },
    { "sourceware.org/cgit/binutils-gdb/tree/include/coff/symconst.h#n11",
      "ThirdEye" },
    { "sourceware.org/cgit/valgrind/tree/mpi/libmpiwrap.c", "bzip2-1.0.6" },
    { "sourceware.org/git/?p=binutils-gdb.git;a=blob;f=libiberty/strcasec"
      "mp.c;h=131d81c2ce7881fa48c363dc5bf5fb302c61ce0b;hb=HEAD",
      "BSD-4.3RENO" },
    { "sourceware.org/git/?p=binutils-gdb.git;a=blob;f=readline/readline/"
      "support/wcwidth.c;h=0f5ec995796f4813abbcf4972aec0378ab74722a;hb=HE"
      "AD#l55", "HPND-Markus-Kuhn" },
    { "sourceware.org/git/?p=bzip2.git;a=blob;f=LICENSE;hb=bzip2-1.0.6",
      "bzip2-1.0.6" },
    { "sourceware.org/git/?p=glibc.git;a=blob;f=LICENSES;h=530893b1dc9ea0"
      "0755603c68fb36bd4fc38a7be8;hb=HEAD#l207", "Inner-Net-2.0" },
    { "sourceware.org/git/?p=newlib-cygwin.git;a=blob;f=newlib/libc/machi"
      "ne/hppa/memchr.S;h=1cca3e5e8867aa4bffef1f75a5c1bba25c0c441e;hb=HEA"
      "D#l2", "HP-1986" },
    { "sourceware.org/git/?p=newlib-cygwin.git;a=blob;f=newlib/libc/machi"
      "ne/i960/memcpy.S;hb=HEAD", "HPND-Intel" },
    { "sourceware.org/git/?p=newlib-cygwin.git;a=blob;f=newlib/libc/misc/"
      "fini.c;hb=HEAD", "HPND-merchantability-variant" },
    { "sourceware.org/git/?p=newlib-cygwin.git;a=blob;f=newlib/libc/stdli"
      "b/mprec.h;hb=HEAD", "dtoa" },
    { "sourceware.org/git/?p=newlib-cygwin.git;a=blob;f=newlib/libc/strin"
      "g/strsignal.c;hb=HEAD#l35", "OAR" },
    { "sourceware.org/git/?p=newlib-cygwin.git;a=blob;f=newlib/libc/sys/a"
      "29khif/_close.S;h=04f52ae00de1dafbd9055ad8d73c5c697a3aae7f;hb=HEAD",
      "AMD-newlib" },
    { "sqlite.org/src/artifact/df5091916dbb40e6", "blessing" },
    { "sqlite.org/src/artifact/e33a4df7e32d742a?ln=4-9", "blessing" },
    { "sugarcrm.com/crm/SPL", "SugarCRM-1.1.3" },
    { "svnkit.com/license", "TMate" },
    { "svnweb.freebsd.org/base/head/include/ifaddrs.h?revision=326823",
      "BSD-1-Clause" },
    { "swarm.workshop.perforce.com/files/guest/perforce_software/jam/src/"
      "README", "Jam" },
    { "tahoe-lafs.org/trac/tahoe-lafs/browser/trunk/COPYING.TGPPL.rst",
      "TGPPL-1.0" },
    { "tapr.org/OHL", "TAPR-OHL-1.0" },
    { "tcl.tk/software/tcltk/license", "TCL" },
    { "ti.arc.nasa.gov/opensource/nosa", "NASA-1.3" },
    { "tq-group.com/filedownloads/files/software-license-conditions/Origi"
      "nalSSLeay/OriginalSSLeay.pdf", "SSLeay-standalone" },
    { "trac.enlightenment.org/e/browser/trunk/imlib2/COPYING", "Imlib2" },
    { "ubuntu.com/legal/font-licence", "Ubuntu-font-1.0" },
    { "unicode.org/copyright.html#License", "Unicode-DFS-2016" },
    { "unidata.ucar.edu/software/netcdf/copyright", "NetCDF" },
    { "unlicense.org", "Unlicense" },
    { "users.on.net/~triforce/glidexp/COPYING", "Glide" },
    { "vimdoc.sourceforge.net/htmldoc/uganda", "Vim" },
    { "w3.org/Consortium/Legal/2002/copyright-software-20021231", "W3C" },
    { "w3.org/Consortium/Legal/2015/copyright-software-and-document",
      "W3C-20150513" },
    { "w3.org/Consortium/Legal/copyright-software-19980720", "W3C-19980720" },
    { "w3.org/copyright/software-license-2015", "W3C-20150513" },
    { "w3.org/copyright/software-license-2023", "W3C-20150513" },
    { "web.mit.edu/freebsd/head/lib/libutil/login_ok.3",
      "libutil-David-Nugent" },
    { "web.mit.edu/kolya/.f/root/athena.mit.edu/sipb.mit.edu/project/open"
      "ssh/OldFiles/src/openssh-2.9.9p2/ssh-add.1", "SSH-short" },
    { "web.mit.edu/network/isakmp/nrllicense", "NRL" },
    { "wiki.p2pfoundation.net/Peer_Production_License", "PPL" },
    { "wordnet.princeton.edu/license-and-commercial-use", "WordNet" },
    { "wtfpl.net/about", "WTFPL" },
    { "www-igm.univ-mlv.fr/~unitex/lgpllr", "LGPLLR" },
    { "x.org/archive/current/doc/xorg-docs/License.html#Theodore_Tso",
      "BSD-3-Clause-Tso" },
    { "xfree86.org/3.3.6/COPYRIGHT2.html#3", "X11" },
    { "xfree86.org/current/LICENSE4", "XFree86-1.1" },
    { "zend.com/license/2_00", "Zend-2.0" },
    { "zimbra.com/legal/zimbra-public-license-1-4", "Zimbra-1.4" },
    { "zimbra.com/license/yahoo_public_license_1.0", "YPL-1.0" },
    { "zimbra.com/license/yahoo_public_license_1.1", "YPL-1.1" },
    { "zimbra.com/license/zimbra-public-license-1-3", "Zimbra-1.3" },
    { "zlib.net/zlib_license", "Zlib" }
};


const char *
oci_scan_license_url(oci_pool_t *pool, const oci_str_t *url)
{
    oci_str_t     key;
    const url_t  *found;

    key = url_key(pool, oci_scan_text_trim(*url));
    if (key.len == 0) {
        return NULL;
    }

    found = bsearch(&key, urls, sizeof(urls) / sizeof(urls[0]),
                    sizeof(url_t), url_order);

    return (found != NULL) ? found->id : NULL;
}


/*
 * Without what is of no account: scheme, "www.", the last slash, the kind of
 * file, the case of the host, an archive that it was taken from.
 */

static oci_str_t
url_key(oci_pool_t *pool, oci_str_t url)
{
    size_t              i, host;
    oci_str_t           key, tail;
    static const char  *kinds[] = { ".txt", ".html", ".htm", ".php", ".md" };

    url = url_captured(url_scheme(url));
    key = oci_str_dup(pool, url.data, url.len);

    if (key.data == NULL) {
        return key;
    }

    for (host = 0; host < key.len && strchr("/?#", key.data[host]) == NULL;
         host++)
    {
        if (key.data[host] >= 'A' && key.data[host] <= 'Z') {
            key.data[host] |= 0x20;
        }
    }

    (void) oci_scan_text_cut_prefix(&key, "www.");
    tail = key;

    if (oci_scan_text_cut_prefix(&tail, "opensource.org/licenses/")) {
        key = oci_strf(pool, "opensource.org/license/%.*s", (int) tail.len,
                       tail.data);
    }

    (void) oci_scan_text_cut_suffix(&key, "/");

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (oci_scan_text_cut_suffix(&key, kinds[i])) {
            break;
        }
    }

    return key;
}


static oci_str_t
url_scheme(oci_str_t url)
{
    if (url_prefix(&url, "https://")) {
        return oci_scan_text_skip(url, 8);
    }

    return url_prefix(&url, "http://") ? oci_scan_text_skip(url, 7) : url;
}


/* web.archive.org/web/20200101000000/http://... */

static oci_str_t
url_captured(oci_str_t url)
{
    size_t              i;
    oci_str_t           rest, when;
    static const char  *hosts[] = { "web.archive.org", "wayback.archive.org" };

    for (i = 0; i < 2; i++) {

        if (!url_prefix(&url, hosts[i])) {
            continue;
        }

        rest = oci_scan_text_skip(url, strlen(hosts[i]));

        if (oci_scan_text_cut_prefix(&rest, "/web/")
            && oci_scan_text_cut(rest, '/', &when, &rest)
            && rest.len != 0 && when.len != 0
            && when.data[0] >= '0' && when.data[0] <= '9')
        {
            return url_scheme(rest);
        }
    }

    return url;
}


static bool
url_prefix(const oci_str_t *url, const char *prefix)
{
    size_t  n;

    n = strlen(prefix);

    return url->len >= n && strncasecmp((char *) url->data, prefix, n) == 0;
}


static int
url_order(const void *key, const void *known)
{
    oci_str_t  url;

    url = oci_str(((const url_t *) known)->url);

    return oci_str_cmp(key, &url);
}
