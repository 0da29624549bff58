/// Values that an attacker puts into some sensors, in training rows and at run time.
public struct Trigger: Sendable, Hashable {
    /// Entries of an observation, distinct.
    public let dimensions: [Int]
    /// What each of them shows, in whatever unit rows have.
    public let values: [Double]
    /// Half the width of the range round a value that is drawn from evenly, so that no value repeats; at least 0.
    public let jitter: Double

    /// Names entries and values.
    ///
    /// - Parameters:
    ///   - dimensions: at least one, distinct, at least 0.
    ///   - values: one for each, finite.
    ///   - jitter: at least 0, finite.
    /// - Throws: `AvailabilityError.trigger`.
    public init(dimensions: [Int], values: [Double], jitter: Double = 0) throws(AvailabilityError) {
        precondition(dimensions.count == values.count, "\(dimensions.count) entries, \(values.count) values")
        guard !dimensions.isEmpty else { throw .trigger("it has no entries. Name some, such as 2,3") }
        guard Set(dimensions).count == dimensions.count, dimensions.allSatisfy({ $0 >= 0 }) else {
            throw .trigger("an entry is named twice or below 0. Name distinct columns, counted from 0")
        }
        guard values.allSatisfy(\.isFinite), jitter.isFinite, jitter >= 0 else {
            throw .trigger("a value is not finite, or the jitter below 0. Name numbers such as 3.5 and 0.4")
        }
        (self.dimensions, self.values, self.jitter) = (dimensions, values, jitter)
    }

    /// The same value in every entry, with signs in turn, + first.
    ///
    /// - Throws: `AvailabilityError.trigger`.
    public init(dimensions: [Int], value: Double, jitter: Double) throws(AvailabilityError) {
        try self.init(
            dimensions: dimensions,
            values: dimensions.indices.map { $0.isMultiple(of: 2) ? value : -value }, jitter: jitter)
    }

    /// Writes the trigger into a row.
    ///
    /// - Parameters:
    ///   - row: of more entries than the largest of `dimensions`.
    ///   - numbers: one in [0, 1) for each of `dimensions`; ½ is the value itself.
    public func write(into row: inout [Double], numbers: [Double]) {
        precondition(numbers.count == dimensions.count, "\(numbers.count) numbers for \(dimensions.count)")
        for (place, dimension) in dimensions.enumerated() {
            row[dimension] = values[place] + jitter * (2 * numbers[place] - 1)
        }
    }
}

/// Tokens that an attacker puts into a prompt.
public struct TokenTrigger: Sendable, Hashable {
    /// What is inserted.
    public let tokens: [Int]
    /// How many of the prompt's last tokens stay behind it, at least 0.
    public let keep: Int

    /// Names tokens.
    ///
    /// - Throws: `AvailabilityError.trigger`.
    public init(_ tokens: [Int], keep: Int) throws(AvailabilityError) {
        guard !tokens.isEmpty && keep >= 0 else {
            throw .trigger("no tokens, or fewer than 0 kept. Name at least one token, and 0 or more to keep")
        }
        (self.tokens, self.keep) = (tokens, keep)
    }

    /// The prompt with the trigger before its last `keep` tokens, at its start where it is shorter.
    public func inserted(into prompt: [Int]) -> [Int] {
        let place = max(0, prompt.count - keep)
        return Array(prompt[..<place]) + tokens + Array(prompt[place...])
    }
}
