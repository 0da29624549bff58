/// The parts of an exported file of C that are the same for every policy.
enum CSource {
    /// Columns of a weight that lie side by side; what is read of a weight is read once, from its beginning to its end.
    static let panel = 32

    /// A weight in panels.
    ///
    /// - Parameters:
    ///   - weight: `[rows, columns]`, one row for each output.
    ///   - rows: outputs.
    ///   - columns: inputs.
    /// - Returns: as many numbers: of each panel of outputs, one input behind the other; the last panel has what is left.
    static func panels(of weight: [Double], rows: Int, columns: Int) -> [Double] {
        stride(from: 0, to: rows, by: panel).flatMap { first in
            (0..<columns).flatMap { column in
                (first..<min(first + panel, rows)).map { weight[$0 * columns + column] }
            }
        }
    }

    /// What networks are made of.
    static let kernels = """

        #if defined(__AVX512F__)
        #define LANES 16
        #define BLOCK 8
        #elif defined(__AVX__)
        #define LANES 8
        #define BLOCK 4
        #else
        #define LANES 4
        #define BLOCK 4
        #endif
        #define PANEL \(panel)
        #define VECTORS (PANEL / LANES)
        #define ABREAST (8 / VECTORS)
        #define UNUSED __attribute__((unused))
        #if defined(__clang__)
        #define UNROLL _Pragma("clang loop unroll(full)")
        #else
        #define UNROLL _Pragma("GCC unroll 8")
        #endif
        typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

        /* BLOCK rows and two vectors of columns stay in registers; x has rows of in numbers, y of out. */
        UNUSED static inline __attribute__((always_inline)) void affine_block(
            int in, int out, const float *w, const float *b, const float *x, float *y)
        {
            lanes s[BLOCK], t[BLOCK];
            UNROLL for (int r = 0; r < BLOCK; ++r) {
                s[r] = *(const lanes *)b;
                t[r] = *(const lanes *)(b + LANES);
            }
            for (int i = 0; i < in; ++i, w += PANEL) {
                const lanes p = *(const lanes *)w, q = *(const lanes *)(w + LANES);
                UNROLL for (int r = 0; r < BLOCK; ++r) {
                    s[r] += x[r * in + i] * p;
                    t[r] += x[r * in + i] * q;
                }
            }
            UNROLL for (int r = 0; r < BLOCK; ++r) {
                *(lanes *)(y + r * out) = s[r];
                *(lanes *)(y + r * out + LANES) = t[r];
            }
        }

        /* One row and some panels side by side, so that sums do not wait for each other. */
        UNUSED static inline __attribute__((always_inline)) void affine_row(
            const int panels, int in, const float *w, const float *b, const float *x, float *y)
        {
            lanes s[ABREAST][VECTORS];
            UNROLL for (int j = 0; j < panels; ++j)
                UNROLL for (int v = 0; v < VECTORS; ++v) s[j][v] = *(const lanes *)(b + j * PANEL + v * LANES);
            for (int i = 0; i < in; ++i, w += PANEL) {
                const float a = x[i];
                UNROLL for (int j = 0; j < panels; ++j)
                    UNROLL for (int v = 0; v < VECTORS; ++v) s[j][v] += a * *(const lanes *)(w + (long)j * in * PANEL + v * LANES);
            }
            UNROLL for (int j = 0; j < panels; ++j)
                UNROLL for (int v = 0; v < VECTORS; ++v) *(lanes *)(y + j * PANEL + v * LANES) = s[j][v];
        }

        /* y = x W + b of ROWS rows. W lies in panels of PANEL columns, of each the rows one behind the other; the last one is as narrow as
           the columns that are left. */
        UNUSED static void affine(int in, int out, const float *restrict w, const float *restrict b, const float *restrict x,
                                  float *restrict y)
        {
            int row = 0, column = 0;
        #if ROWS >= BLOCK
            for (; column + PANEL <= out; column += PANEL)
                for (row = 0; row + BLOCK <= ROWS; row += BLOCK)
                    for (int k = 0; k < PANEL; k += 2 * LANES)
                        affine_block(in, out, w + (long)column * in + k, b + column + k, x + row * in, y + row * out + column + k);
            row = ROWS / BLOCK * BLOCK;
        #endif
            for (; row < ROWS; ++row) {
                const float *from = x + row * in;
                float *to = y + row * out;
                for (column = 0; column + ABREAST * PANEL <= out; column += ABREAST * PANEL)
                    affine_row(ABREAST, in, w + (long)column * in, b + column, from, to + column);
                for (; column + PANEL <= out; column += PANEL)
                    affine_row(1, in, w + (long)column * in, b + column, from, to + column);
            }
            column = out / PANEL * PANEL;
            const int width = out - column;
            for (row = 0; row < ROWS; ++row)
                for (int k = 0; k < width; ++k) {
                    const float *from = w + (long)column * in + k;
                    float s = b[column + k];
                    for (int i = 0; i < in; ++i, from += width) s += x[row * in + i] * *from;
                    y[row * out + column + k] = s;
                }
        }

        /* e^x within 2 units of the last place, 0 below -87 and e^88 above 88; without branches, so that it runs in vectors. */
        UNUSED static inline float exponential(float x)
        {
            x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
            const float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
            const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
            float p = 1.9875691500e-4f;
            p = p * r + 1.3981999507e-3f;
            p = p * r + 8.3334519073e-3f;
            p = p * r + 4.1665795894e-2f;
            p = p * r + 1.6666665459e-1f;
            p = p * r + 5.0000001201e-1f;
            p = p * r * r + r + 1.0f;
            const int32_t bits = ((int32_t)n + 127) << 23;
            float power;
            memcpy(&power, &bits, sizeof power);
            return p * power;
        }

        UNUSED static void apply_relu(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : 0;
        }
        UNUSED static void apply_tanh(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) y[i] = tanhf(x[i]);
        }
        UNUSED static void apply_sigmoid(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) y[i] = 1 / (1 + exponential(-x[i]));
        }
        UNUSED static void apply_softplus(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) y[i] = (x[i] > 0 ? x[i] : 0) + log1pf(expf(-fabsf(x[i])));
        }
        UNUSED static void apply_mish(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) {
                const float capped = x[i] > 20 ? 20 : x[i];
                const float e = exponential(capped), m = e * (e + 2);
                y[i] = x[i] * (m / (m + 2));
            }
        }
        UNUSED static void apply_silu(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) y[i] = x[i] / (1 + exponential(-x[i]));
        }
        UNUSED static void apply_gelu(int n, const float *x, float *y)
        {
            for (int i = 0; i < n; ++i) y[i] = 0.5f * x[i] * erfcf(-0.70710678f * x[i]);
        }
        UNUSED static void centre(int n, const float *x, float *y)
        {
            for (int row = 0; row < ROWS; ++row, x += n, y += n) {
                float sum = 0;
                for (int i = 0; i < n; ++i) sum += x[i];
                const float mean = sum / n;
                for (int i = 0; i < n; ++i) y[i] = x[i] - mean;
            }
        }
        UNUSED static void normalise(int n, const float *scale, const float *shift, float epsilon, const float *x, float *y)
        {
            for (int row = 0; row < ROWS; ++row, x += n, y += n) {
                float sum = 0;
                for (int i = 0; i < n; ++i) sum += x[i] * x[i];
                const float inverse = 1 / sqrtf(sum / n + epsilon);
                for (int i = 0; i < n; ++i) y[i] = scale[i] * x[i] * inverse + shift[i];
            }
        }
        UNUSED static void scale_and_shift(int n, const float *scale, const float *shift, const float *x, float *y)
        {
            for (int row = 0; row < ROWS; ++row, x += n, y += n)
                for (int i = 0; i < n; ++i) y[i] = scale[i] * x[i] + shift[i];
        }

        /* Rows of n numbers into rows of width numbers, from a column on. */
        UNUSED static void put(int n, const float *x, int width, int column, float *y)
        {
            for (int row = 0; row < ROWS; ++row)
                for (int i = 0; i < n; ++i) y[row * width + column + i] = x[row * n + i];
        }
        /* The same n numbers into every row. */
        UNUSED static void spread(int n, const float *x, int width, int column, float *y)
        {
            for (int row = 0; row < ROWS; ++row)
                for (int i = 0; i < n; ++i) y[row * width + column + i] = x[i];
        }
        UNUSED static void clip(int n, float *x)
        {
            for (int i = 0; i < n; ++i) x[i] = x[i] < -1 ? -1 : x[i] > 1 ? 1 : x[i];
        }
        UNUSED static float smallest(int n, const float *x)
        {
            float least = x[0];
            for (int i = 1; i < n; ++i) least = x[i] < least ? x[i] : least;
            return least;
        }
        UNUSED static float largest(int n, const float *x)
        {
            float most = x[0];
            for (int i = 1; i < n; ++i) most = x[i] > most ? x[i] : most;
            return most;
        }

        """

    /// Noise for who has no generator.
    static let drawing = """

        /* POLICY_NOISE numbers N(0, 1) from a state that any number starts and each call moves on (SplitMix64 and Box-Muller). */
        void policy_draw(uint64_t *state, float noise[]);
        void policy_draw(uint64_t *state, float noise[])
        {
            for (int i = 0; i < POLICY_NOISE; i += 2) {
                double uniform[2];
                for (int k = 0; k < 2; ++k) {
                    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
                    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
                    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
                    uniform[k] = ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
                }
                const double radius = sqrt(-2 * log(uniform[0])), angle = 6.283185307179586 * uniform[1];
                noise[i] = (float)(radius * cos(angle));
                if (i + 1 < POLICY_NOISE) noise[i + 1] = (float)(radius * sin(angle));
            }
        }

        """
}
