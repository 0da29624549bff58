import ArgumentParser
import SafeRL

/// Which whole numbers the arguments of commands take.
enum CountRange {
    /// Episodes of an evaluation or a test, as in a configuration.
    static let episodes = 1...10_000_000
    /// Transitions to collect, as in a configuration.
    static let transitions = 2...100_000_000
    /// Processes that share work, as in a configuration.
    static let workers = 1...1024
    /// How often something is tried again, as in a configuration.
    static let retries = 0...1_000_000
    /// Environments that are stepped together.
    static let slots = 1...65_536
    /// Updates or steps that are timed; with slots and repeats still an `Int`.
    static let steps = 1...100_000_000
    /// How often something is timed.
    static let repeats = 1...1_000_000
    /// Numbers in an observation or an action.
    static let numbers = 1...1_000_000
    /// Counts in formulas, which are computed in `Double`.
    static let counts = 1...1_000_000_000_000_000

    /// A whole number as configurations write it: `1000` or `1e3`.
    ///
    /// - Throws: `ValidationError`.
    static func whole(_ text: String) throws -> Int {
        if let number = Int(text) { return number }
        guard let number = Double(text), let whole = Int(exactly: number) else {
            throw ValidationError("\(quoted(text)) is no whole number.")
        }
        return whole
    }

    /// Refuses a number outside a range, before anything is computed of it.
    ///
    /// - Throws: `ValidationError` with the argument and the range.
    static func check(_ name: String, _ value: Int?, in range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "--\(name) \(value): must be "
                + (value < range.lowerBound
                    ? "at least \(range.lowerBound)." : "at most \(range.upperBound)."))
    }
}
