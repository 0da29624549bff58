import Foundation

/// Which trials go on at a rung: asynchronous successive halving, and the brackets of Hyperband around it.
///
/// Li et al. 2020, arXiv:1810.05934; Li et al. 2018, arXiv:1603.06560.
public struct SuccessiveHalving: Sendable, Equatable {
    /// Updates at the first rung, at least 1.
    public let minimum: Int
    /// Of so many trials one goes on, at least 2.
    public let reduction: Int

    /// Makes a rule.
    public init(minimum: Int, reduction: Int) { (self.minimum, self.reduction) = (minimum, reduction) }

    /// A trial's standing at a rung; what is smaller is better.
    public struct Standing: Sendable, Equatable, Comparable {
        private let rank: Int
        private let amount: Double
        /// Whether there is a number.
        let exists: Bool

        /// Infeasible ones stand behind all feasible ones, by their violation.
        public init(_ value: Double, violation: Double = 0, _ direction: Direction) {
            exists = !value.isNaN && !violation.isNaN
            rank = violation > 0 ? 1 : 0
            amount = violation > 0 ? violation : direction.loss(value)
        }

        /// Whether one is better.
        public static func < (a: Self, b: Self) -> Bool { (a.rank, a.amount) < (b.rank, b.amount) }
    }

    /// Updates at a rung, counted from 0; nothing where that is beyond all numbers.
    public func steps(atRung rung: Int) -> Int? {
        (0..<rung).reduce(minimum as Int?) { steps, _ in
            steps.flatMap { $0.multipliedReportingOverflow(by: reduction).overflow ? nil : $0 * reduction }
        }
    }

    /// Whether a trial goes on.
    ///
    /// - Parameters:
    ///   - own: its standing at the rung.
    ///   - others: of all trials that came there before, whether or not they went on.
    /// - Returns: whether it is among the best ⌊n/η⌋ of them and itself; the best one so far where that is none.
    public func goesOn(_ own: Standing, among others: [Standing]) -> Bool {
        guard own.exists else { return false }
        let better = others.count { $0.exists && $0 < own }
        return better < max(1, (others.count { $0.exists } + 1) / reduction)
    }
}

/// Hyperband: several brackets of successive halving, which begin at different rungs.
public struct Hyperband: Sendable, Equatable {
    /// The rule of the first bracket.
    public let halving: SuccessiveHalving
    /// Updates of a whole run.
    public let maximum: Int

    /// Makes brackets.
    ///
    /// - Precondition: `maximum` is at least the minimum of the rule.
    public init(_ halving: SuccessiveHalving, maximum: Int) {
        precondition(maximum >= halving.minimum, "Hyperband: a maximum of \(maximum) is below the minimum")
        (self.halving, self.maximum) = (halving, maximum)
    }

    /// The number of brackets, s_max + 1.
    public var brackets: Int {
        var count = 1
        while let steps = halving.steps(atRung: count), steps <= maximum { count += 1 }
        return count
    }

    /// How many of the trials fall to each bracket, in proportion: ⌈(s_max + 1)·η^s/(s + 1)⌉, s counting down.
    public var budgets: [Int] {
        (0..<brackets).map { bracket in
            let s = brackets - 1 - bracket
            let size = brackets * (0..<s).reduce(1) { size, _ in size * halving.reduction }
            return (size + s) / (s + 1)
        }
    }

    /// The bracket of a trial, by the checksum of study and number.
    public func bracket(of number: Int, in study: String) -> Int {
        var rest = Int(crc32("\(study)_\(number)".utf8)) % budgets.reduce(0, +)
        for (bracket, budget) in budgets.enumerated() {
            if rest < budget { return bracket }
            rest -= budget
        }
        return brackets - 1
    }

    /// Trials and updates at each rung of a bracket, from the first to whole runs.
    public func rungs(ofBracket bracket: Int) -> [(trials: Int, steps: Int)] {
        var trials = budgets[bracket]
        return (bracket..<brackets).map { rung in
            defer { trials /= halving.reduction }
            return (trials, rung == brackets - 1 ? maximum : halving.steps(atRung: rung) ?? maximum)
        }
    }
}

/// CRC-32 of ISO 3309, as zlib has it.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
    }
}
