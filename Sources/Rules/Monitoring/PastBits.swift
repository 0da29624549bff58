/// What was true in the last steps, as a window needs it: bit k of the words is what was true k steps before the latest one.
///
/// A window with an end keeps as many bits as it reaches back. One without keeps those in front of it, and one word more that is
/// 1 where anything was true in the window.
struct PastBits: Sendable {
    /// The window.
    let window: Window
    /// Words of a row.
    let words: Int

    init(_ window: Window) {
        self.window = window
        words = window.upper.map { ($0 + 63) / 64 } ?? (window.lower + 63) / 64 + 1
    }

    /// Bits that are kept apart from the word for the rest.
    private var length: Int { window.upper ?? window.lower }

    private func bit(_ row: Span<UInt64>, _ index: Int) -> Bool {
        row[index / 64] >> UInt64(index % 64) & 1 != 0
    }

    /// Whether anything in the window is true, seen from the step behind those of a row.
    ///
    /// - Parameters:
    ///   - row: what was true before.
    ///   - now: what is true in the step.
    ///   - keeps: whether what was true before still counts.
    /// - Returns: whether there is such a step.
    func any(_ row: Span<UInt64>, now: Bool, keeps: Bool = true) -> Bool {
        if now && window.lower == 0 { return true }
        guard keeps else { return false }
        guard let upper = window.upper else {
            if row[words - 1] != 0 { return true }
            return window.lower > 0 && bit(row, window.lower - 1)
        }
        return count(row, from: max(window.lower - 1, 0), below: upper) > 0
    }

    /// How often something in the window is true, for a window with an end.
    func count(_ row: Span<UInt64>, now: Bool) -> Int {
        (now && window.lower == 0 ? 1 : 0)
            + count(row, from: max(window.lower - 1, 0), below: window.upper ?? 0)
    }

    private func count(_ row: Span<UInt64>, from first: Int, below end: Int) -> Int {
        guard first < end else { return 0 }
        var total = 0
        for word in first / 64...(end - 1) / 64 {
            var bits = row[word]
            if word == first / 64 { bits &= ~0 << UInt64(first % 64) }
            if word == (end - 1) / 64 && end % 64 != 0 { bits &= ~(~0 << UInt64(end % 64)) }
            total += bits.nonzeroBitCount
        }
        return total
    }

    /// Whether something enters the rest of a window without an end in this step.
    func enters(_ row: Span<UInt64>, now: Bool) -> Bool {
        window.lower == 0 ? now : bit(row, window.lower - 1)
    }

    /// Whether nothing would be remembered behind a step.
    func isEmpty(_ row: Span<UInt64>, now: Bool, keeps: Bool = true) -> Bool {
        if now && (length > 0 || window.upper == nil) { return false }
        guard keeps else { return true }
        for word in 0..<words {
            var bits = row[word]
            if window.upper != nil && word == (length - 1) / 64 && length % 64 != 0 {
                bits &= ~(~0 << UInt64(length % 64))
            }
            // The oldest bit leaves a window that has an end.
            if window.upper != nil && word == (length - 1) / 64 { bits &= ~(1 << UInt64((length - 1) % 64)) }
            if bits != 0 { return false }
        }
        return true
    }

    /// Goes on by a step, in the words from `first` on.
    func advance(_ bits: inout [UInt64], at first: Int, now: Bool, keeps: Bool = true) {
        guard words > 0 else { return }
        let delays = window.upper == nil ? words - 1 : words
        if window.upper == nil {
            let (word, place) = ((window.lower - 1) / 64, UInt64((window.lower - 1) & 63))
            let entered = window.lower == 0 ? now : keeps && bits[first + word] >> place & 1 != 0
            bits[first + words - 1] = entered || (keeps && bits[first + words - 1] != 0) ? 1 : 0
        }
        var carry: UInt64 = now ? 1 : 0
        for word in first..<first + delays {
            let leaving = bits[word] >> 63
            bits[word] = (keeps ? bits[word] << 1 : 0) | carry
            carry = keeps ? leaving : 0
        }
        if delays > 0, length % 64 != 0 { bits[first + delays - 1] &= ~(~0 << UInt64(length % 64)) }
    }
}
