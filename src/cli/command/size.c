#include "command/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


const char *
cmd_size(uint64_t bytes, char text[CMD_SIZE_LEN])
{
    size_t              unit;
    double              value;
    static const char  *units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };

    value = (double) bytes;

    for (unit = 0; value >= 1024 && unit < 5; unit++) {
        value /= 1024;
    }

    (void) snprintf(text, CMD_SIZE_LEN, (unit == 0) ? "%.0f %s" : "%.1f %s",
                    value, units[unit]);

    return text;
}


bool
cmd_size_parse(const char *text, uint64_t *bytes)
{
    char                *end;
    const char          *unit;
    static const char    units[] = "KMGT";

    if (*text < '0' || *text > '9') {
        return false;
    }

    *bytes = strtoull(text, &end, 10);

    if (*end != '\0') {
        unit = strchr(units, *end & ~0x20);

        if (unit == NULL || end[1] != '\0' || *bytes > UINT64_MAX >> 42) {
            return false;
        }

        *bytes <<= 10 * (unit - units + 1);
    }

    return *bytes != 0;
}
