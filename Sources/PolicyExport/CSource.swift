/// The parts of an exported file of C that are the same for every policy.
enum CSource {
    /// What networks are made of.
    static let kernels = """

        #if defined(__AVX512F__)
        #define TILE 32
        #else
        #define TILE 16
        #endif
        #define BLOCK 4
        #define UNUSED __attribute__((unused))

        /* y = x W + b of ROWS rows, W as [in][out]: BLOCK rows of TILE columns at a time stay in registers. */
        UNUSED static void affine(int in, int out, const float *restrict w, const float *restrict b, const float *restrict x,
                                  float *restrict y)
        {
            int row = 0;
        #if ROWS >= BLOCK
            for (; row + BLOCK <= ROWS; row += BLOCK) {
                const float *x0 = x + row * in, *x1 = x0 + in, *x2 = x1 + in, *x3 = x2 + in;
                float *y0 = y + row * out, *y1 = y0 + out, *y2 = y1 + out, *y3 = y2 + out;
                int column = 0;
                for (; column + TILE <= out; column += TILE) {
                    float s0[TILE], s1[TILE], s2[TILE], s3[TILE];
                    for (int k = 0; k < TILE; ++k) s0[k] = s1[k] = s2[k] = s3[k] = b[column + k];
                    for (int i = 0; i < in; ++i) {
                        const float *from = w + (long)i * out + column;
                        const float a0 = x0[i], a1 = x1[i], a2 = x2[i], a3 = x3[i];
                        for (int k = 0; k < TILE; ++k) {
                            s0[k] += a0 * from[k];
                            s1[k] += a1 * from[k];
                            s2[k] += a2 * from[k];
                            s3[k] += a3 * from[k];
                        }
                    }
                    for (int k = 0; k < TILE; ++k) {
                        y0[column + k] = s0[k];
                        y1[column + k] = s1[k];
                        y2[column + k] = s2[k];
                        y3[column + k] = s3[k];
                    }
                }
                for (; column < out; ++column) {
                    float s0 = b[column], s1 = s0, s2 = s0, s3 = s0;
                    for (int i = 0; i < in; ++i) {
                        const float a = w[(long)i * out + column];
                        s0 += x0[i] * a;
                        s1 += x1[i] * a;
                        s2 += x2[i] * a;
                        s3 += x3[i] * a;
                    }
                    y0[column] = s0;
                    y1[column] = s1;
                    y2[column] = s2;
                    y3[column] = s3;
                }
            }
        #endif
        #if ROWS % BLOCK
            for (; row < ROWS; ++row) {
                const float *x0 = x + row * in;
                float *y0 = y + row * out;
                int column = 0;
                for (; column + 4 * TILE <= out; column += 4 * TILE) {
                    float s[4 * TILE];
                    for (int k = 0; k < 4 * TILE; ++k) s[k] = b[column + k];
                    for (int i = 0; i < in; ++i) {
                        const float *from = w + (long)i * out + column;
                        for (int k = 0; k < 4 * TILE; ++k) s[k] += x0[i] * from[k];
                    }
                    for (int k = 0; k < 4 * TILE; ++k) y0[column + k] = s[k];
                }
                for (; column < out; ++column) {
                    float s = b[column];
                    for (int i = 0; i < in; ++i) s += x0[i] * w[(long)i * out + column];
                    y0[column] = s;
                }
            }
        #endif
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
