#ifndef SAFERL_FX_FILE_H
#define SAFERL_FX_FILE_H
#include <stddef.h>
#include <stdint.h>

// Writes HDF5 files of layouts that saferl itself never writes, for tests.

/// Element types. The comment says what one element of the data is.
enum fx_type {
    FX_FLOAT32,        ///< float
    FX_FLOAT64,        ///< double
    FX_FLOAT128,       ///< long double, 16 bytes
    FX_INT8,           ///< int8_t
    FX_INT32,          ///< int32_t
    FX_INT64,          ///< int64_t
    FX_UINT8,          ///< uint8_t
    FX_BOOLEAN,        ///< int8_t, an enumeration of FALSE and TRUE
    FX_COLOURS,        ///< int8_t, an enumeration of RED and GREEN
    FX_BITS,           ///< uint8_t, a bit field
    FX_TEXT,           ///< 8 characters
    FX_RECORD,         ///< float in a record
    FX_OPAQUE          ///< 4 bytes
};

/// One data set. `chunk_rows` 0 stores it contiguously. With a filter other than 0 (none) and 1 (gzip), `packed` is the one
/// stored block, as that filter would have packed it.
typedef struct {
    const char *name;  ///< may be "group/name"
    int32_t type, rank;
    int64_t dims[4];
    int64_t chunk_rows;
    int32_t filter;
    const void *packed;
    size_t packed_bytes;
    const char *elsewhere;  ///< a file that holds the bytes, or NULL
} fx_column;

/// Creates a file. Returns its handle or a negative number.
int64_t fx_create(const char *path);
/// Writes one data set; NULL data declare it only. Returns 0 or a negative number.
int fx_put(int64_t file, const fx_column *column, const void *data);
/// A link to a data set of another file. Returns 0 or a negative number.
int fx_link(int64_t file, const char *name, const char *path);
/// An attribute of the root group. Returns 0 or a negative number.
int fx_state(int64_t file, const char *name, int64_t value);
/// Closes the file. Returns 0 or a negative number.
int fx_close(int64_t file);
#endif
