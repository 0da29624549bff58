import Foundation

/// How a multiplier follows the excess e = J − d of its cost, once an update.
public enum MultiplierRule: Codable, Equatable, Sendable {
    /// Projected gradient ascent: λ ← max(0, λ + rate·e).
    case plain(rate: Double)
    /// Gradient ascent on ln λ: λ ← max(floor, λ·exp(rate·e)); it starts at the floor, which is positive.
    case logarithmic(rate: Double, floor: Double)
    /// λ = max(0, Kp·e + Ki·I + Kd·(e − previous e)₊) with I ← max(0, I + e); damps the swings of the other two.
    ///
    /// - SeeAlso: Stooke et al. 2020, "Responsive safety in reinforcement learning by PID Lagrangian methods",
    ///   arXiv:2007.03964.
    case controller(proportional: Double, integral: Double, derivative: Double)

    var isValid: Bool {
        switch self {
        case .plain(let rate): rate > 0 && rate.isFinite
        case .logarithmic(let rate, let floor): rate > 0 && rate.isFinite && floor > 0 && floor.isFinite
        case .controller(let p, let i, let d):
            [p, i, d].allSatisfy { $0 >= 0 && $0.isFinite } && p + i > 0
        }
    }
}

/// One Lagrange multiplier for each cost, never negative and never above a limit.
public struct LagrangeMultipliers: Equatable, Sendable {
    /// λⱼ.
    public private(set) var values: [Double]
    /// The sum that a controller keeps.
    private var integrals: [Double]
    /// What a controller saw last; empty before the first update.
    private var previous: [Double] = []
    private let rule: MultiplierRule
    private let largest: Double

    /// Makes multipliers that start at 0, or at the floor of the logarithmic rule.
    ///
    /// - Parameters:
    ///   - count: number of costs.
    ///   - rule: how they follow the excess; rates and floor positive.
    ///   - largest: limit of each, positive.
    public init(_ count: Int, rule: MultiplierRule, largest: Double) {
        precondition(
            count >= 0 && rule.isValid && largest > 0 && largest.isFinite, "\(rule), at most \(largest)")
        var start = 0.0
        if case .logarithmic(_, let floor) = rule { start = min(floor, largest) }
        (values, integrals) = (
            [Double](repeating: start, count: count), [Double](repeating: 0, count: count)
        )
        (self.rule, self.largest) = (rule, largest)
    }

    /// Moves the multipliers.
    ///
    /// - Parameter excess: J − d of each cost, finite.
    public mutating func follow(_ excess: [Double]) {
        precondition(excess.count == values.count, "\(excess.count) excesses for \(values.count) multipliers")
        for (cost, e) in excess.enumerated() {
            let wanted: Double
            switch rule {
            case .plain(let rate): wanted = values[cost] + rate * e
            case .logarithmic(let rate, let floor): wanted = max(floor, values[cost] * exp(rate * e))
            case .controller(let proportional, let integral, let derivative):
                // The sum stops where it alone reaches the limit, so that it can come back.
                integrals[cost] = max(0, integrals[cost] + e)
                if integral > 0 { integrals[cost] = min(integrals[cost], largest / integral) }
                let rise = previous.isEmpty ? 0 : max(0, e - previous[cost])
                wanted = proportional * e + integral * integrals[cost] + derivative * rise
            }
            values[cost] = min(max(wanted, 0), largest)
        }
        previous = excess
    }

    /// (A − Σ λⱼ·Aⱼ) / (1 + Σ λⱼ), row by row.
    func combined(_ reward: [Double], _ costs: [[Double]]) -> [Double] {
        let total = 1 + values.reduce(0, +)
        return reward.indices.map { row in
            zip(values, costs).reduce(reward[row]) { $0 - $1.0 * $1.1[row] } / total
        }
    }

    func save(to state: inout LearnerState) {
        state.vectors["multipliers"] = values
        state.vectors["multipliers.integrals"] = integrals
        state.vectors["multipliers.previous"] = previous
    }

    func loaded(from state: LearnerState) throws(LearnerStateError) -> LagrangeMultipliers {
        var result = self
        result.values = try state.vector("multipliers", count: values.count)
        guard result.values.allSatisfy({ $0 >= 0 }) else {
            throw .outOfRange("multipliers", expected: "at least 0 everywhere")
        }
        result.integrals = try state.vector("multipliers.integrals", count: values.count)
        let isFirst = state.vectors["multipliers.previous"]?.isEmpty ?? false
        result.previous = try state.vector("multipliers.previous", count: isFirst ? 0 : values.count)
        return result
    }
}
