#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "ch5_internal.h"

static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

void ch5_lock(void) { pthread_mutex_lock(&library); }
void ch5_unlock(void) { pthread_mutex_unlock(&library); }

static size_t place(size_t *end, size_t bytes) {
    size_t start = *end;
    *end = (start + bytes + 63) / 64 * 64;
    return start;
}

ch5_layout ch5_make_layout(
    int64_t rows, int32_t observation_size, int32_t action_size, int32_t has_constraint, int32_t channels) {
    ch5_layout layout = {
        .rows = rows, .observation_size = observation_size, .action_size = action_size,
        .has_constraint = has_constraint, .channels = channels,
    };
    size_t n = (size_t)rows, column = n * sizeof(float), end = 0;
    layout.observations = place(&end, column * (size_t)observation_size);
    layout.next_observations = place(&end, column * (size_t)observation_size);
    layout.actions = place(&end, column * (size_t)action_size);
    layout.rewards = place(&end, column);
    layout.costs = place(&end, column);
    layout.constraint = place(&end, has_constraint ? column : 0);
    layout.terminals = place(&end, n);
    layout.timeouts = place(&end, n);
    // Last, so that a data set without channels has the bytes, and the hash, that it had before there were any.
    layout.channel_costs = end;
    for (int32_t channel = 0; channel < channels; channel++) place(&end, column);
    layout.channel_bytes = channels ? (end - layout.channel_costs) / (size_t)channels : 0;
    layout.bytes = end;
    return layout;
}

ch5_layout ch5_layout_of(const ch5_report *report) {
    ch5_layout layout = ch5_make_layout(
        report->rows, report->observation_size, report->action_size, report->has_constraint != 0, report->channels);
    layout.derived_next = report->derived_next != 0;
    layout.choices = report->choices;
    return layout;
}

int ch5_allocate(ch5_layout layout, ch5_image *image) {
    void *start = mmap(NULL, layout.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return errno;
    // A reader's child has no business with other data sets, and must not double their pages.
    madvise(start, layout.bytes, MADV_DONTFORK);
    *image = (ch5_image){.start = start, .layout = layout};
    return 0;
}

int ch5_map(int file, ch5_layout layout, ch5_image *image) {
    void *start = mmap(NULL, layout.bytes, PROT_READ, MAP_SHARED, file, 0);
    if (start == MAP_FAILED) return errno;
    madvise(start, layout.bytes, MADV_DONTFORK);
    *image = (ch5_image){.start = start, .layout = layout};
    return 0;
}

void ch5_rest(const ch5_image *image) { madvise(image->start, image->layout.bytes, MADV_DONTNEED); }

static struct {
    void *start;
    size_t bytes, touched;
} resting;

void ch5_let_rest(void *start, size_t bytes) {
    resting.start = start;
    resting.bytes = bytes;
    resting.touched = 0;
}

void ch5_rest_after(size_t bytes) {
    resting.touched += bytes;
    if (!resting.start || resting.touched < CH5_MOST_TOUCHED) return;
    madvise(resting.start, resting.bytes, MADV_DONTNEED);
    resting.touched = 0;
}

int ch5_make_writable(ch5_image *image) {
    return mprotect(image->start, image->layout.bytes, PROT_READ | PROT_WRITE) != 0 ? errno : 0;
}

void ch5_release(ch5_image *image) {
    if (image->start) munmap(image->start, image->layout.bytes);
    image->start = NULL;
}
