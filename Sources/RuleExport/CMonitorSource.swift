/// Functions in C that monitors of all rules share; a file has those that it calls.
enum CMonitorSource {
    /// In an order in which a function calls those before it alone.
    private static let all: [(name: String, text: String)] = [
        (
            "past_bit",
            """
            static inline int past_bit(const uint64_t *row, int64_t place) { return (int)(row[place / 64] >> (place % 64) & 1); }
            """
        ),
        (
            "past_true",
            """
            static inline int64_t past_true(const uint64_t *row, int64_t first, int64_t end)
            {
                int64_t total = 0;
                if (first >= end) return 0;
                for (int64_t word = first / 64; word <= (end - 1) / 64; ++word) {
                    uint64_t bits = row[word];
                    if (word == first / 64) bits &= ~(uint64_t)0 << (first % 64);
                    if (word == (end - 1) / 64 && end % 64 != 0) bits &= ~(~(uint64_t)0 << (end % 64));
                    for (; bits; bits &= bits - 1) ++total;
                }
                return total;
            }
            """
        ),
        (
            "past_any",
            """
            static inline int past_any(const uint64_t *row, int words, int64_t lower, int64_t upper, int now, int keeps)
            {
                if (now && lower == 0) return 1;
                if (!keeps) return 0;
                if (upper < 0) return row[words - 1] != 0 || (lower > 0 && past_bit(row, lower - 1));
                return past_true(row, lower > 0 ? lower - 1 : 0, upper) > 0;
            }
            """
        ),
        (
            "past_count",
            """
            static inline int64_t past_count(const uint64_t *row, int words, int64_t lower, int64_t upper, int now)
            {
                (void)words;
                return (now && lower == 0) + past_true(row, lower > 0 ? lower - 1 : 0, upper);
            }
            """
        ),
        (
            "past_enters",
            """
            static inline int past_enters(const uint64_t *row, int words, int64_t lower, int64_t upper, int now)
            {
                (void)words, (void)upper;
                return lower == 0 ? now : past_bit(row, lower - 1);
            }
            """
        ),
        (
            "past_advance",
            """
            static inline void past_advance(uint64_t *row, int words, int64_t lower, int64_t upper, int now, int keeps)
            {
                int64_t length = upper < 0 ? lower : upper;
                int delays = upper < 0 ? words - 1 : words;
                uint64_t carry = now ? 1 : 0;
                if (words == 0) return;
                if (upper < 0) {
                    int entered = lower == 0 ? now : keeps && past_bit(row, lower - 1);
                    row[words - 1] = entered || (keeps && row[words - 1] != 0) ? 1 : 0;
                }
                for (int word = 0; word < delays; ++word) {
                    uint64_t leaving = row[word] >> 63;
                    row[word] = (keeps ? row[word] << 1 : 0) | carry;
                    carry = keeps ? leaving : 0;
                }
                if (delays > 0 && length % 64 != 0) row[delays - 1] &= ~(~(uint64_t)0 << (length % 64));
            }
            """
        ),
        (
            "number",
            """
            static inline double number(rules_state *m, double value)
            {
                if (isnan(value)) m->has_fault = 1;
                return value;
            }
            """
        ),
        (
            "signal_value",
            """
            static inline double signal_value(rules_state *m, int place)
            {
                if (!isfinite(m->signals[place])) m->has_fault = 1;
                return m->signals[place];
            }
            """
        ),
        (
            "quotient",
            """
            static inline double quotient(rules_state *m, double a, double b)
            {
                if (b == 0) m->has_fault = 1;
                return number(m, a / b);
            }
            """
        ),
        (
            "root",
            """
            static inline double root(rules_state *m, double value)
            {
                if (!(value >= 0)) m->has_fault = 1;
                return sqrt(value);
            }
            """
        ),
    ]

    /// The functions that a text calls, and those that they call.
    ///
    /// Of the past, bit k of a row is what was true k steps before the latest one, as `PastBits` keeps it.
    static func needed(by text: String) -> String {
        var (calls, found) = (text, [String]())
        for own in all.reversed() where calls.contains("\(own.name)(") {
            found.insert(own.text, at: 0)
            calls += own.text
        }
        return found.map { $0 + "\n\n" }.joined()
    }
}
