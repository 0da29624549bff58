// Products with stored weights by the instructions of one level: ck_projection.c includes this once for each, with CK_AT(name)
// the name of a function at that level, CK_TARGET its attributes, and CK_HAS_HALF whether the level converts binary16 itself.
// Vectors go by address: their size is no part of the platform's calling convention.

#define CK_PART static inline CK_TARGET __attribute__((always_inline)) void

#if CK_HAS_HALF
CK_PART CK_AT(wide_half)(const void *x, lanes *result) { *result = __builtin_convertvector(*(const binary16s *)x, lanes); }
CK_PART CK_AT(unit)(const void *x, float *result) {
    _Float16 value;
    memcpy(&value, x, sizeof value);
    *result = (float)value;
}

// A unit in all lanes, and two neighbouring ones.
CK_PART CK_AT(spread)(const uint8_t *x, lanes *d) {
    uint16_t bits;
    memcpy(&bits, x, sizeof bits);
    const halves all = {bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits};
    *d = __builtin_convertvector((binary16s)all, lanes);
}
CK_PART CK_AT(spread_two)(const uint8_t *x, lanes *d, lanes *m) {
    uint32_t bits;
    memcpy(&bits, x, sizeof bits);
    const pairs all = {bits, bits, bits, bits, bits, bits, bits, bits};
    lanes both = __builtin_convertvector((binary16s)all, lanes);
    *d = __builtin_shufflevector(both, both, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14);
    *m = __builtin_shufflevector(both, both, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
}
#else
// The exponents of binary16 are 112 lower, subnormals included; those of infinity and NaN become the largest.
CK_PART CK_AT(wide_half)(const void *x, lanes *result) {
    words bits = __builtin_convertvector(*(const halves *)x, words), magnitude = (bits & 0x7fff) << 13;
    *result = (lanes)((words)((lanes)magnitude * 0x1p112f) | ((words)(magnitude >= (0x7c00u << 13)) & 0x7f800000u)
                      | (bits & 0x8000) << 16);
}
CK_PART CK_AT(unit)(const void *x, float *result) {
    uint16_t bits;
    memcpy(&bits, x, sizeof bits);
    uint32_t magnitude = (bits & 0x7fffu) << 13;
    uint32_t special = magnitude >= (0x7c00u << 13) ? 0x7f800000u : 0;
    *result = ck_from_bits(ck_to_bits(ck_from_bits(magnitude) * 0x1p112f) | special | (bits & 0x8000u) << 16);
}
CK_PART CK_AT(spread)(const uint8_t *x, lanes *d) {
    float unit;
    CK_AT(unit)(x, &unit);
    *d = unit - (lanes){0};
}
CK_PART CK_AT(spread_two)(const uint8_t *x, lanes *d, lanes *m) {
    CK_AT(spread)(x, d);
    CK_AT(spread)(x + 2, m);
}
#endif

// MARK: - Sixteen numbers, and a block of 32

CK_PART CK_AT(sixteen)(const void *w, ck_storage storage, lanes *result) {
    switch (storage) {
    case CK_SINGLE: *result = *(const stored_lanes *)w; break;
    case CK_HALF: CK_AT(wide_half)(w, result); break;
    default: *result = (lanes)(__builtin_convertvector(*(const halves *)w, words) << 16);
    }
}

// The last n of a row, then zeros.
CK_PART CK_AT(rest)(const void *w, size_t n, ck_storage storage, lanes *result) {
    uint32_t padded[LANES] = {0};
    memcpy(padded, w, n * block_bytes(storage));
    CK_AT(sixteen)(padded, storage, result);
}

CK_PART CK_AT(nibbles)(const uint8_t *q, integers *low, integers *high) {
    bytes packed = *(const bytes *)q;
    *low = __builtin_convertvector(packed & 15, integers);
    *high = __builtin_convertvector(packed >> 4, integers);
}

// d (q - offset), plus m where there is one, for 32 values of 4 bits.
CK_PART CK_AT(four_bits)(const uint8_t *q, const lanes *d, int offset, const lanes *m, lanes *low, lanes *high) {
#if CK_LOOKS_UP
    // All that a value can be fits into one vector, which an instruction picks from by the lowest four bits.
    const integers each = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    lanes steps = __builtin_convertvector(each - offset, lanes), table = m ? *d * steps + *m : *d * steps;
    integers packed = __builtin_convertvector(*(const bytes *)q, integers);
    *low = (lanes)_mm512_permutexvar_ps((__m512i)packed, (__m512)table);
    *high = (lanes)_mm512_permutexvar_ps((__m512i)(packed >> 4), (__m512)table);
#else
    integers first, second;
    CK_AT(nibbles)(q, &first, &second);
    lanes front = __builtin_convertvector(first - offset, lanes), back = __builtin_convertvector(second - offset, lanes);
    *low = m ? *d * front + *m : *d * front;
    *high = m ? *d * back + *m : *d * back;
#endif
}

// Bit j of four bytes is bit 4 of value j.
CK_PART CK_AT(fifth_bits)(const uint8_t *h, integers *low, integers *high) {
    uint32_t bits;
    memcpy(&bits, h, sizeof bits);
    const words masks = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    *low |= (integers)((masks & bits) != 0) & 16;
    *high |= (integers)((masks & bits >> 16) != 0) & 16;
}

// Products of a unit's 11 bits and 8 more are exact, so that it does not matter whether a least value's sum is fused.
CK_PART CK_AT(block)(const uint8_t *b, const ck_storage storage, lanes *low, lanes *high) {
    lanes d, m;
    integers first, second;
    if (storage == CK_Q4_1 || storage == CK_Q5_1) CK_AT(spread_two)(b, &d, &m);
    else CK_AT(spread)(b, &d);
    switch (storage) {
    case CK_Q4_0: CK_AT(four_bits)(b + 2, &d, 8, NULL, low, high); return;
    case CK_Q4_1: CK_AT(four_bits)(b + 4, &d, 0, &m, low, high); return;
    case CK_Q5_0:
        CK_AT(nibbles)(b + 6, &first, &second);
        CK_AT(fifth_bits)(b + 2, &first, &second);
        *low = d * __builtin_convertvector(first - 16, lanes);
        *high = d * __builtin_convertvector(second - 16, lanes);
        return;
    case CK_Q5_1:
        CK_AT(nibbles)(b + 8, &first, &second);
        CK_AT(fifth_bits)(b + 4, &first, &second);
        *low = d * __builtin_convertvector(first, lanes) + m;
        *high = d * __builtin_convertvector(second, lanes) + m;
        return;
    default:
        *low = d * __builtin_convertvector(__builtin_convertvector(*(const signed_bytes *)(b + 2), integers), lanes);
        *high = d * __builtin_convertvector(__builtin_convertvector(*(const signed_bytes *)(b + 18), integers), lanes);
    }
}

// MARK: - Blocks of 256

// y = scale·q − least for 16 numbers.
CK_PART CK_AT(group)(const uint8_t *q, int shift, int mask, int offset, float scale, float least, float *y) {
    for (int l = 0; l < LANES; l++) y[l] = scale * (float)((q[l] >> shift & mask) - offset) - least;
}

CK_PART CK_AT(wide_q2)(const uint8_t *b, float *y) {
    float d, e;
    CK_AT(unit)(b + 80, &d);
    CK_AT(unit)(b + 82, &e);
    for (int g = 0; g < 16; g++)
        CK_AT(group)(b + 16 + 32 * (g / 8) + 16 * (g % 2), 2 * (g % 8 / 2), 3, 0, d * (float)(b[g] & 15), e * (float)(b[g] >> 4),
                     y + 16 * g);
}

CK_PART CK_AT(wide_q3)(const uint8_t *b, float *y) {
    float d;
    CK_AT(unit)(b + 108, &d);
    for (int g = 0; g < 16; g++) {
        int low = g < 8 ? b[96 + g] & 15 : b[96 + g - 8] >> 4;
        float scale = d * (float)((low | (b[104 + g % 4] >> 2 * (g / 4) & 3) << 4) - 32);
        const uint8_t *q = b + 32 + 32 * (g / 8) + 16 * (g % 2), *h = b + 16 * (g % 2);
        for (int l = 0; l < LANES; l++)
            y[16 * g + l] = scale * (float)((q[l] >> 2 * (g % 8 / 2) & 3) - (h[l] >> g / 2 & 1 ? 0 : 4));
    }
}

CK_PART CK_AT(wide_q45)(const uint8_t *b, const int has_fifth, float *y) {
    float d, e;
    CK_AT(unit)(b, &d);
    CK_AT(unit)(b + 2, &e);
    for (int j = 0; j < 8; j++) {
        int a = j < 4 ? b[4 + j] & 63 : (b[8 + j] & 15) | b[j] >> 6 << 4;
        int c = j < 4 ? b[8 + j] & 63 : b[8 + j] >> 4 | b[4 + j] >> 6 << 4;
        float scale = d * (float)a, least = e * (float)c;
        const uint8_t *q = b + (has_fifth ? 48 : 16) + 32 * (j / 2);
        for (int l = 0; l < 32; l++) {
            int value = q[l] >> 4 * (j % 2) & 15;
            if (has_fifth) value |= (b[16 + l] >> j & 1) << 4;
            y[32 * j + l] = scale * (float)value - least;
        }
    }
}

CK_PART CK_AT(wide_q6)(const uint8_t *b, float *y) {
    float d;
    CK_AT(unit)(b + 208, &d);
    for (int g = 0; g < 16; g++) {
        int half = g / 8, quarter = g % 8 / 2, side = 16 * (g % 2);
        const uint8_t *q = b + 64 * half + 32 * (quarter % 2) + side, *h = b + 128 + 32 * half + side;
        float scale = d * (float)(int8_t)b[192 + g];
        for (int l = 0; l < LANES; l++)
            y[16 * g + l] = scale * (float)(((q[l] >> 4 * (quarter / 2) & 15) | (h[l] >> 2 * quarter & 3) << 4) - 32);
    }
}

CK_PART CK_AT(wide_large)(const uint8_t *b, const ck_storage storage, float *y) {
    switch (storage) {
    case CK_Q2_K: CK_AT(wide_q2)(b, y); break;
    case CK_Q3_K: CK_AT(wide_q3)(b, y); break;
    case CK_Q4_K: CK_AT(wide_q45)(b, 0, y); break;
    case CK_Q5_K: CK_AT(wide_q45)(b, 1, y); break;
    default: CK_AT(wide_q6)(b, y);
    }
}

// MARK: - Products

// A prefetched line belongs to the rows that come next: rows are short, so that the processor does not foresee them.
#define CK_COMING(place) __builtin_prefetch((const uint8_t *)(place) + (size_t)outputs * row_bytes)

CK_PART CK_AT(sums_of_numbers)(const int rows, const int outputs, const ck_storage storage, const float *x, const uint8_t *w,
                               size_t row_bytes, size_t inputs, lanes sums[ROWS][OUTPUTS]) {
    size_t size = block_bytes(storage), i = 0;
    for (; i + LANES <= inputs; i += LANES) {
        lanes weights[OUTPUTS];
        UNROLL for (int o = 0; o < outputs; o++) {
            const uint8_t *place = w + (size_t)o * row_bytes + i * size;
            CK_COMING(place);
            CK_AT(sixteen)(place, storage, &weights[o]);
        }
        UNROLL for (int r = 0; r < rows; r++) {
            lanes values = *(const lanes *)(x + (size_t)r * inputs + i);
            UNROLL for (int o = 0; o < outputs; o++) sums[r][o] += values * weights[o];
        }
    }
    if (i == inputs) return;
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < outputs; o++) {
            lanes value, weight;
            CK_AT(rest)(x + (size_t)r * inputs + i, inputs - i, CK_SINGLE, &value);
            CK_AT(rest)(w + (size_t)o * row_bytes + i * size, inputs - i, storage, &weight);
            sums[r][o] += value * weight;
        }
}

CK_PART CK_AT(sums_of_blocks)(const int rows, const int outputs, const ck_storage storage, const float *x, const uint8_t *w,
                              size_t row_bytes, size_t inputs, lanes sums[ROWS][OUTPUTS]) {
    const uint8_t *place = w;
    size_t size = block_bytes(storage);
    for (size_t i = 0; i < inputs; i += 32, place += size)
        UNROLL for (int o = 0; o < outputs; o++) {
            lanes low, high;
            CK_COMING(place + (size_t)o * row_bytes);
            CK_AT(block)(place + (size_t)o * row_bytes, storage, &low, &high);
            UNROLL for (int r = 0; r < rows; r++) {
                const float *values = x + (size_t)r * inputs + i;
                sums[r][o] += *(const lanes *)values * low;
                sums[r][o] += *(const lanes *)(values + LANES) * high;
            }
        }
}

CK_PART CK_AT(sums_of_large_blocks)(const int rows, const int outputs, const ck_storage storage, const float *x, const uint8_t *w,
                                    size_t row_bytes, size_t inputs, lanes sums[ROWS][OUTPUTS]) {
    size_t size = block_bytes(storage);
    for (size_t i = 0; i < inputs; i += LARGE)
        for (int o = 0; o < outputs; o++) {
            float wide[LARGE];
            CK_AT(wide_large)(w + (size_t)o * row_bytes + i / LARGE * size, storage, wide);
            for (int r = 0; r < rows; r++) {
                const float *values = x + (size_t)r * inputs + i;
                lanes sum = sums[r][o];
                for (int j = 0; j < LARGE; j += LANES) sum += *(const lanes *)(values + j) * *(const lanes *)(wide + j);
                sums[r][o] = sum;
            }
        }
}

CK_PART CK_AT(tile)(const int rows, const int outputs, const ck_storage storage, const float *x, const uint8_t *w,
                    size_t row_bytes, float *y, size_t y_row, size_t inputs) {
    lanes sums[ROWS][OUTPUTS];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int o = 0; o < outputs; o++) sums[r][o] = (lanes){0};
    switch (block_values(storage)) {
    case 1: CK_AT(sums_of_numbers)(rows, outputs, storage, x, w, row_bytes, inputs, sums); break;
    case 32: CK_AT(sums_of_blocks)(rows, outputs, storage, x, w, row_bytes, inputs, sums); break;
    default: CK_AT(sums_of_large_blocks)(rows, outputs, storage, x, w, row_bytes, inputs, sums);
    }
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int o = 0; o < outputs; o++) {
        float part[LANES];
        *(lanes *)part = sums[r][o];
        UNROLL for (int width = LANES / 2; width > 0; width /= 2)
            UNROLL for (int j = 0; j < width; j++) part[j] += part[j + width];
        y[(size_t)r * y_row + (size_t)o] = part[0];
    }
}

// All rows for `outputs` neighbouring outputs, whose weights stay near meanwhile.
CK_PART CK_AT(all_rows)(const int outputs, const ck_storage storage, const float *x, size_t rows, const uint8_t *w,
                        size_t row_bytes, float *y, size_t y_row, size_t inputs) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4)
        CK_AT(tile)(4, outputs, storage, x + r * inputs, w, row_bytes, y + r * y_row, y_row, inputs);
    for (; r < rows; r++) CK_AT(tile)(1, outputs, storage, x + r * inputs, w, row_bytes, y + r * y_row, y_row, inputs);
}

CK_PART CK_AT(project)(const ck_storage storage, const float *x, size_t rows, const uint8_t *w, float *y, size_t y_row,
                       size_t inputs, size_t outputs) {
    size_t row_bytes = inputs / block_values(storage) * block_bytes(storage), o = 0;
    for (; o + OUTPUTS <= outputs; o += OUTPUTS)
        CK_AT(all_rows)(OUTPUTS, storage, x, rows, w + o * row_bytes, row_bytes, y + o, y_row, inputs);
    for (; o < outputs; o++) CK_AT(all_rows)(1, storage, x, rows, w + o * row_bytes, row_bytes, y + o, y_row, inputs);
}

CK_PART CK_AT(widen)(const ck_storage storage, const uint8_t *x, float *y, size_t n) {
    size_t values = block_values(storage), size = block_bytes(storage), i = 0;
    switch (values) {
    case 1:
        for (; i + LANES <= n; i += LANES) CK_AT(sixteen)(x + i * size, storage, (lanes *)(y + i));
        if (i < n) {
            lanes last;
            CK_AT(rest)(x + i * size, n - i, storage, &last);
            memcpy(y + i, &last, (n - i) * sizeof *y);
        }
        break;
    case 32:
        for (; i < n; i += 32, x += size) CK_AT(block)(x, storage, (lanes *)(y + i), (lanes *)(y + i + LANES));
        break;
    default:
        for (; i < n; i += LARGE, x += size) CK_AT(wide_large)(x, storage, y + i);
    }
}

// MARK: - One function for each storage

#define CK_STORED(NAME, STORAGE)                                                                                    \
    static CK_TARGET void CK_AT(project_##NAME)(const float *x, size_t rows, const uint8_t *w, float *y, size_t y_row,  \
                                                size_t inputs, size_t outputs) {                                    \
        CK_AT(project)(STORAGE, x, rows, w, y, y_row, inputs, outputs);                                             \
    }                                                                                                               \
    static CK_TARGET void CK_AT(widen_##NAME)(const uint8_t *x, float *y, size_t n) { CK_AT(widen)(STORAGE, x, y, n); }
CK_EACH_STORAGE(CK_STORED)
#undef CK_STORED

static void CK_AT(project_any)(const float *x, size_t rows, const uint8_t *w, ck_storage storage, float *y, size_t y_row,
                               size_t inputs, size_t outputs) {
    switch (storage) {
#define CK_CASE(NAME, STORAGE) case STORAGE: CK_AT(project_##NAME)(x, rows, w, y, y_row, inputs, outputs); break;
        CK_EACH_STORAGE(CK_CASE)
#undef CK_CASE
    }
}

static void CK_AT(widen_any)(const uint8_t *x, ck_storage storage, float *y, size_t n) {
    switch (storage) {
#define CK_CASE(NAME, STORAGE) case STORAGE: CK_AT(widen_##NAME)(x, y, n); break;
        CK_EACH_STORAGE(CK_CASE)
#undef CK_CASE
    }
}

#undef CK_PART
#undef CK_COMING
