/// A value of a checkpoint that says what of it is sound.
///
/// The hashes of a checkpoint need no key, so they tell damage and not intent: every value is checked like a stranger's
/// when it is read. A value that cannot be unsound, such as a random stream, need not conform.
public protocol StoredValue: Codable {
    /// Checks the value.
    ///
    /// - Throws: `UnsoundValue` naming the first number or text that no sound checkpoint holds.
    func check() throws(UnsoundValue)
}

extension Optional: StoredValue where Wrapped: StoredValue {
    /// Checks the value, if there is one.
    public func check() throws(UnsoundValue) { try self?.check() }
}

/// What is wrong with a stored value: `action is -1, not from 1 to 1048576`.
public struct UnsoundValue: Fault, Equatable {
    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// Half a sentence.
    public let description: String

    /// Says what is wrong.
    public init(_ description: String) { self.description = description }
}

/// Ranges of what checkpoints hold.
public enum Sound {
    /// Sizes of observations, actions and layers: 2²⁰ is the widest that any file of data may have.
    public static let size = 1...(1 << 20)
    /// Counters: whole numbers that `Double` holds exactly, and that the next updates cannot carry beyond `Int`.
    public static let count = 0...(1 << 53)

    /// Checks that a whole number lies in a range.
    ///
    /// - Throws: `UnsoundValue`.
    public static func check(_ value: Int, _ name: String, in range: ClosedRange<Int>) throws(UnsoundValue) {
        guard range ~= value else {
            throw UnsoundValue("\(name) is \(value), not from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// Checks the widths of hidden layers, each a size and at most 64 of them.
    ///
    /// - Throws: `UnsoundValue`.
    public static func check(widths: [Int]) throws(UnsoundValue) {
        try check(widths.count, "the number of layers", in: 0...64)
        for width in widths { try check(width, "a layer's width", in: size) }
    }

    /// Checks that numbers are finite.
    ///
    /// - Throws: `UnsoundValue`.
    public static func check(finite numbers: [Double], _ name: String) throws(UnsoundValue) {
        guard let number = numbers.first(where: { !$0.isFinite }) else { return }
        throw UnsoundValue("\(name) holds \(number), not a finite number")
    }

    /// Checks the sizes of observations and actions, and that transforms fit the former.
    ///
    /// - Throws: `UnsoundValue`.
    public static func check(observation: Int, action: Int, _ transforms: Transforms) throws(UnsoundValue) {
        try check(observation, "observation", in: size)
        try check(action, "action", in: size)
        try check(transforms, observation: observation)
    }

    /// Checks that transforms fit observations of a size.
    ///
    /// - Throws: `UnsoundValue`.
    public static func check(_ transforms: Transforms, observation: Int) throws(UnsoundValue) {
        guard let count = transforms.observationMean?.count, count != observation else { return }
        throw UnsoundValue("the transform has \(count) means for observations of \(observation) numbers")
    }
}
