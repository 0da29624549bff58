#ifndef SAFERL_CSQLITE_H
#define SAFERL_CSQLITE_H
#include <stddef.h>
#include <stdint.h>

// SQLite, opened at run time: neither the library nor its headers are needed to build this.
//
// What is used are functions of its C interface that have been there since 3.7.

enum { CSQ_TEXT = 512 };

#pragma clang assume_nonnull begin

/// Why something failed.
enum csq_fault_kind {
    CSQ_OK,
    CSQ_NO_LIBRARY,  ///< `detail` = the loader's reason
    CSQ_NO_FUNCTION, ///< `detail` = the first function that is missing
    CSQ_NO_MEMORY,
    CSQ_ERROR,    ///< `code` = SQLite's own, `detail` = its words
    CSQ_FULL,     ///< the disk is full
    CSQ_DAMAGED,  ///< no database, or a damaged one
    CSQ_BUSY,     ///< somebody else writes
};

typedef struct {
    int32_t kind, code;
    char detail[CSQ_TEXT];
} csq_fault;

/// An open database, used by one thread at a time.
typedef struct csq_database csq_database;
/// A statement with its row.
typedef struct csq_statement csq_statement;

/// Opens a file by the library at `library`, NULL for the system's; `writes` makes the file where there is none. NULL on failure.
csq_database *_Nullable csq_open(const char *_Nullable library, const char *path, int32_t writes, csq_fault *fault);
void csq_close(csq_database *_Nullable database);
/// The library's version.
const char *csq_version(const csq_database *database);

/// Runs statements that give no rows. Returns 1, 0 on failure.
int32_t csq_run(csq_database *database, const char *text, csq_fault *fault);

/// Prepares one statement. NULL on failure.
csq_statement *_Nullable csq_prepare(csq_database *database, const char *text, csq_fault *fault);
void csq_finish(csq_statement *_Nullable statement);

/// Puts a value in place of the question mark `place`, counted from 1.
void csq_bind_integer(csq_statement *statement, int32_t place, int64_t value);
void csq_bind_double(csq_statement *statement, int32_t place, double value);
void csq_bind_text(csq_statement *statement, int32_t place, const char *value, int32_t bytes);

/// Goes to the next row: 1, 0 after the last, -1 on failure.
int32_t csq_step(csq_statement *statement, csq_fault *fault);

/// What a column of the row holds; columns are counted from 0.
enum csq_kind { CSQ_INTEGER = 1, CSQ_DOUBLE = 2, CSQ_STRING = 3, CSQ_BLOB = 4, CSQ_NULL = 5 };
int32_t csq_type(const csq_statement *statement, int32_t column);
int64_t csq_integer(const csq_statement *statement, int32_t column);
double csq_double(const csq_statement *statement, int32_t column);
/// Until the next step; `bytes` = how many.
const char *_Nullable csq_string(const csq_statement *statement, int32_t column, int32_t *bytes);

#pragma clang assume_nonnull end
#endif
