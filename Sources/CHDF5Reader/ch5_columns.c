#define _GNU_SOURCE
#include <float.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ch5_internal.h"

size_t ch5_place(const ch5_layout *layout, ch5_role role) {
    switch (role) {
    case OBSERVATIONS: return layout->observations;
    case NEXT_OBSERVATIONS: return layout->next_observations;
    case ACTIONS: return layout->actions;
    case REWARDS: return layout->rewards;
    case COSTS: return layout->costs;
    case TERMINALS: return layout->terminals;
    case TIMEOUTS: return layout->timeouts;
    case CONSTRAINT: return layout->constraint;
    default: return layout->channel_costs + (size_t)(role - CHANNEL) * layout->channel_bytes;
    }
}

// Rows at a time: whole blocks, so that each is unpacked once, and not so many that libhdf5's list of them grows large.
static int64_t slab_rows(const ch5_found *column, int64_t total) {
    int64_t rows = (8 << 20) / (4 * column->columns);
    if (rows < 1) rows = 1;
    if (column->chunk_rows > 0) rows = (rows + column->chunk_rows - 1) / column->chunk_rows * column->chunk_rows;
    return rows < total ? rows : total;
}

static int read_slab(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, hid_t type, void *into, ch5_report *report) {
    hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)rows, (hsize_t)column->columns};
    hid_t file_space = H5Dget_space(column->id), memory_space = H5Screate_simple(column->rank, count, NULL);
    if (file_space < 0 || memory_space < 0
        || H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL) < 0
        || H5Dread(column->id, type, memory_space, file_space, H5P_DEFAULT, into) < 0)
        return ch5_damaged(report, role);
    H5Sclose(file_space);
    H5Sclose(memory_space);
    return CH5_OK;
}

static int beyond_single(
    const ch5_found *column, ch5_role role, int64_t index, long double value, ch5_report *report) {
    char text[64];
    snprintf(text, sizeof text, "%.9Lg", value);
    report->row = index / column->columns + column->base;
    report->number = column->columns > 1 ? (int32_t)(index % column->columns) : -1;
    return ch5_fail(report, CH5_BEYOND_SINGLE, role, text);
}

// `first` is the index of the first value within the column.
static int narrow(
    const ch5_found *column, ch5_role role, int64_t first, int64_t count, const double *exact, float *into,
    ch5_report *report) {
    int is_cost = role == COSTS || role >= CHANNEL;
    for (int64_t index = 0; index < count; index++) {
        double value = exact[index];
        into[index] = fabs(value) > (double)FLT_MAX && isfinite(value) ? INFINITY : (float)value;
        // A cost that vanished would hide a violation.
        int vanishes = is_cost && value != 0 && into[index] == 0;
        if (vanishes || (isinf(into[index]) && isfinite(value)))
            return beyond_single(column, role, first + index, value, report);
    }
    return CH5_OK;
}

static int read_extended(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, double *into, ch5_report *report) {
    int64_t count = rows * column->columns;
    long double *values = malloc((size_t)count * sizeof *values);
    if (!values) return ch5_fail(report, CH5_DAMAGED, role, "out of memory");
    int fault = read_slab(column, role, first, rows, H5T_NATIVE_LDOUBLE, values, report);
    for (int64_t index = 0; index < count && fault == CH5_OK; index++) {
        into[index] = (double)values[index];
        if (isinf(into[index]) && isfinite(values[index]))
            fault = beyond_single(column, role, first * column->columns + index, values[index], report);
    }
    free(values);
    return fault;
}

static int read_wide(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, double *exact, float *into,
    ch5_report *report) {
    int fault = column->kind == CH5_EXTENDED
        ? read_extended(column, role, first, rows, exact, report)
        : read_slab(column, role, first, rows, H5T_NATIVE_DOUBLE, exact, report);
    // Integers of 64 bits are rounded once, not by way of double precision.
    if (fault == CH5_OK)
        fault = column->kind == CH5_LONG
            ? read_slab(column, role, first, rows, H5T_NATIVE_FLOAT, into, report)
            : narrow(column, role, first * column->columns, rows * column->columns, exact, into, report);
    if (fault == CH5_OK) ch5_note_narrowing(role, column->columns, rows, exact, into);
    return fault;
}

static int read_bits(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, float *into, ch5_report *report) {
    // The bytes stand in the last quarter of their numbers, and are spread from the front.
    int64_t count = rows * column->columns;
    uint8_t *bytes = (uint8_t *)into + 3 * count;
    int fault = read_slab(column, role, first, rows, H5T_NATIVE_B8, bytes, report);
    for (int64_t index = 0; index < count && fault == CH5_OK; index++) {
        uint8_t byte = bytes[index];
        into[index] = byte;
    }
    return fault;
}

static int read_numbers(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, float *into, ch5_report *report) {
    int64_t step = slab_rows(column, rows);
    int is_wide = column->kind == CH5_WIDE || column->kind == CH5_LONG || column->kind == CH5_EXTENDED;
    double *exact = is_wide ? malloc((size_t)(step * column->columns) * sizeof *exact) : NULL;
    if (is_wide && !exact) return ch5_fail(report, CH5_DAMAGED, role, "out of memory");
    int fault = CH5_OK;
    for (int64_t done = 0; done < rows && fault == CH5_OK; done += step) {
        int64_t count = rows - done < step ? rows - done : step;
        float *slab = into + done * column->columns;
        fault = is_wide ? read_wide(column, role, first + done, count, exact, slab, report)
            : column->kind == CH5_BITS ? read_bits(column, role, first + done, count, slab, report)
            : read_slab(column, role, first + done, count, H5T_NATIVE_FLOAT, slab, report);
        ch5_rest_after(sizeof(float) * (size_t)(count * column->columns));
    }
    free(exact);
    return fault;
}

static int read_flags(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, uint8_t *into, ch5_report *report) {
    // As numbers first: converting straight to bytes would turn -1 and 0.5 into valid flags.
    int64_t step = rows < 1 << 18 ? rows : 1 << 18;
    float *numbers = malloc((size_t)step * sizeof(float));
    if (!numbers) return ch5_fail(report, CH5_DAMAGED, role, "out of memory");
    int fault = CH5_OK;
    for (int64_t done = 0; done < rows && fault == CH5_OK; done += step) {
        int64_t count = rows - done < step ? rows - done : step;
        fault = column->kind == CH5_BITS
            ? read_bits(column, role, first + done, count, numbers, report)
            : read_slab(column, role, first + done, count, H5T_NATIVE_FLOAT, numbers, report);
        for (int64_t row = 0; row < count && fault == CH5_OK; row++) {
            into[done + row] = numbers[row] == 1;
            if (numbers[row] == 0 || numbers[row] == 1) continue;
            report->row = first + done + row + column->base;
            report->value = numbers[row];
            fault = ch5_fail(report, CH5_BAD_FLAG, role, NULL);
        }
        ch5_rest_after((size_t)count);
    }
    free(numbers);
    return fault;
}

int ch5_read_rows(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, void *into, ch5_report *report) {
    if (rows == 0) return CH5_OK;
    return ch5_expected(role)->is_flag ? read_flags(column, role, first, rows, into, report)
                                       : read_numbers(column, role, first, rows, into, report);
}
