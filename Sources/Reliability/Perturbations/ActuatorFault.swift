/// A way in which actions reach a plant otherwise than they were chosen.
public enum ActuatorFault: Sendable, Hashable {
    /// factor·u.
    case gain(factor: Double)
    /// u + level in every entry.
    case bias(level: Double)
    /// The action of so many steps before; before that the action nearest to 0 in the box.
    case delay(steps: Int)
    /// Entries below a width in magnitude are 0.
    case deadZone(width: Double)
    /// First-order lag y += rate·(u − y) from y = 0, rate in (0, 1].
    case lag(rate: Double)
}

/// What hands on the actions of one episode through a fault, and keeps them in their box.
public struct ActuatorChannel: Sendable {
    /// The fault.
    public let fault: ActuatorFault
    private let low, high: [Double]
    private var past: [[Double]] = []

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - fault: what goes wrong.
    ///   - low: least action, one number an entry.
    ///   - high: largest action, likewise.
    public init(_ fault: ActuatorFault, low: [Double], high: [Double]) {
        precondition(low.count == high.count && zip(low, high).allSatisfy { $0 <= $1 }, "an empty box")
        (self.fault, self.low, self.high) = (fault, low, high)
    }

    /// Hands on the next action.
    ///
    /// - Parameter action: as chosen.
    /// - Returns: as the plant gets it, within the box.
    public mutating func deliver(_ action: [Double]) -> [Double] {
        precondition(action.count == low.count, "\(action.count) entries of a box of \(low.count)")
        switch fault {
        case .gain(let factor): return clipped(action.map { factor * $0 })
        case .bias(let level): return clipped(action.map { $0 + level })
        case .delay(let steps):
            past.append(action)
            guard past.count > steps else { return clipped(action.map { _ in 0 }) }
            return clipped(past.removeFirst())
        case .deadZone(let width): return clipped(action.map { abs($0) < width ? 0 : $0 })
        case .lag(let rate):
            let before = past.first ?? action.map { _ in 0 }
            past = [zip(before, action).map { $0 + rate * ($1 - $0) }]
            return clipped(past[0])
        }
    }

    private func clipped(_ action: [Double]) -> [Double] {
        action.indices.map { min(max(action[$0], low[$0]), high[$0]) }
    }
}
