#include <hdf5.h>
#include <stdio.h>

#include "ch5_reader.h"

void ch5_version(char text[CH5_REASON]) {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, CH5_REASON, "%u.%u.%u", major, minor, release);
}
