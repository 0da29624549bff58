#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ch5_internal.h"

// Wider rows are not looked at: what is noted of each value must stay small beside the columns.
enum { WIDEST = 1 << 16 };

typedef struct {
    double first, previous, largest, sum, squares;  // sums of differences from `first`
    float narrow;                                   // what became of `previous`
    int64_t changed, lost;                          // steps from row to row; those that rounding changes by a tenth
} component;

static struct {
    int64_t columns, rows;
    component *components;
} noted[ROLES];

static void note(component *c, double exact, float narrow, int is_first) {
    if (is_first) {
        *c = (component){.first = exact, .previous = exact, .largest = fabs(exact), .narrow = narrow};
        return;
    }
    double step = exact - c->previous, narrow_step = (double)narrow - (double)c->narrow;
    if (step != 0) {
        c->changed++;
        c->lost += fabs(narrow_step - step) > 0.1 * fabs(step);
    }
    double difference = exact - c->first;
    c->sum += difference;
    c->squares += difference * difference;
    c->largest = fmax(c->largest, fabs(exact));
    c->previous = exact;
    c->narrow = narrow;
}

void ch5_note_narrowing(ch5_role role, int64_t columns, int64_t rows, const double *exact, const float *narrow) {
    if (columns > WIDEST) return;
    if (!noted[role].components) {
        noted[role].components = calloc((size_t)columns, sizeof(component));
        noted[role].columns = columns;
    }
    if (!noted[role].components || noted[role].columns != columns) return;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++) {
            int64_t index = row * columns + column;
            note(&noted[role].components[column], exact[index], narrow[index], noted[role].rows + row == 0);
        }
    noted[role].rows += rows;
}

static double spacing(double largest) {
    float value = (float)largest;
    return (double)(nextafterf(value, INFINITY) - value);
}

// Rounding matters where it is a thousandth of the spread, or where most steps are smaller than it. What spreads no
// more than double precision itself rounds is constant but for noise.
static int is_narrowed(const component *c, int64_t rows, double *spread) {
    double mean = c->sum / (double)rows, variance = c->squares / (double)rows - mean * mean;
    *spread = variance > 0 ? sqrt(variance) : 0;
    if (!(*spread > 1e-11 * c->largest)) return 0;
    return spacing(c->largest) > *spread / 1000 || 2 * c->lost > c->changed;
}

void ch5_report_narrowing(ch5_report *report) {
    for (int role = 0; role < ROLES; role++) {
        if (!noted[role].components || noted[role].rows < 2) continue;
        for (int64_t column = 0; column < noted[role].columns; column++) {
            const component *c = &noted[role].components[column];
            double spread = 0;
            if (!is_narrowed(c, noted[role].rows, &spread)) continue;
            int32_t index = report->narrowed_count++;
            if (index >= CH5_NARROWED) continue;
            ch5_narrowed *found = &report->narrowed[index];
            ch5_copy_printable(found->column, sizeof found->column, ch5_expected((ch5_role)role)->name);
            found->component = noted[role].columns > 1 ? (int32_t)column : -1;
            found->first = c->first;
            found->spacing = spacing(c->largest);
            found->spread = spread;
        }
    }
}
