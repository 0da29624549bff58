/// A way in which observations reach a policy worse than they are.
///
/// Spreads are standard deviations of the columns of the training data, so that levels mean the same for every column.
public enum SensorFault: Sendable, Hashable {
    /// x + level·spread·N(0, 1).
    case noise(level: Double)
    /// x ± level·spread, with signs that stay for the episode.
    case bias(level: Double)
    /// (1 + level)·x.
    case scale(level: Double)
    /// The observation of so many steps before; the first one until there is one.
    case delay(steps: Int)
    /// Entries lost with this probability each step, which then keep the last value that was delivered. The first step's are not lost.
    case heldDropout(probability: Double)
    /// Entries lost with this probability each step, which then are 0.
    case zeroDropout(probability: Double)
    /// The nearest multiple of a step, halves to the even one.
    case quantised(step: Double)
    /// Kept within a range.
    case saturated(low: Double, high: Double)
    /// One entry that keeps the value of a step from then on.
    case stuck(entry: Int, from: Int)
}

/// What delivers the observations of one episode through a fault.
public struct SensorChannel: Sendable {
    /// The fault.
    public let fault: SensorFault
    private let spread, signs: [Double]
    private var (step, past): (Int, [[Double]]) = (0, [])

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - fault: what goes wrong.
    ///   - spread: one number an entry, at least 0; used by noise and bias.
    ///   - signs: 1 or −1 an entry; used by bias.
    public init(_ fault: SensorFault, spread: [Double], signs: [Double]) {
        precondition(spread.count == signs.count, "\(spread.count) spreads, \(signs.count) signs")
        (self.fault, self.spread, self.signs) = (fault, spread, signs)
    }

    /// Delivers the next observation.
    ///
    /// - Parameters:
    ///   - observation: as it is.
    ///   - numbers: one an entry, fresh for the step: N(0, 1) for noise, uniform in [0, 1) for dropouts, else not used.
    /// - Returns: as the policy sees it.
    public mutating func deliver(_ observation: [Double], numbers: [Double]) -> [Double] {
        precondition(
            observation.count == spread.count && numbers.count == spread.count,
            "\(observation.count) entries, \(numbers.count) numbers, \(spread.count) spreads")
        defer { step += 1 }
        switch fault {
        case .noise(let level):
            return observation.indices.map { observation[$0] + level * spread[$0] * numbers[$0] }
        case .bias(let level):
            return observation.indices.map { observation[$0] + level * spread[$0] * signs[$0] }
        case .scale(let level): return observation.map { (1 + level) * $0 }
        case .delay(let steps):
            past.append(observation)
            if past.count > steps + 1 { past.removeFirst() }
            return past[0]
        case .heldDropout(let probability):
            let last = past.last ?? observation
            past = [observation.indices.map { numbers[$0] < probability ? last[$0] : observation[$0] }]
            return past[0]
        case .zeroDropout(let probability):
            return observation.indices.map { numbers[$0] < probability ? 0 : observation[$0] }
        case .quantised(let width):
            return observation.map { width * ($0 / width).rounded(.toNearestOrEven) }
        case .saturated(let low, let high): return observation.map { min(max($0, low), high) }
        case .stuck(let entry, let from):
            var seen = observation
            if step == from { past = [observation] }
            if let held = past.first { seen[entry] = held[entry] }
            return seen
        }
    }
}
