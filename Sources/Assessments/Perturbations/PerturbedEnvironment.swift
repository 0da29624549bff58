import Reliability
import SafeRL

/// What goes wrong between a policy and an environment.
package enum Perturbation: Sendable {
    /// Observations are delivered through a fault, in units of the columns' spreads where the second says so.
    case sensor(SensorFault, inSpreads: Bool = false)
    /// Actions are.
    case actuator(ActuatorFault)
}

/// An environment whose observations or actions pass through a fault.
///
/// Random numbers are keyed by the seed of an episode's start, so that levels of one kind scale the same numbers.
package final class PerturbedEnvironment: ForwardingEnvironment {
    private let perturbation: Perturbation
    private let spread: [Double]
    private let seed: UInt64
    private var sensors: [Int: (channel: SensorChannel, stream: RandomStream)] = [:]
    private var actuators: [Int: ActuatorChannel] = [:]

    /// Puts a fault in front of an environment.
    ///
    /// - Parameters:
    ///   - base: what is perturbed.
    ///   - perturbation: what goes wrong.
    ///   - spread: of the observation's columns, at least 0.
    ///   - seed: of the fault's random numbers.
    package init(_ base: any VectorEnvironment, _ perturbation: Perturbation, spread: [Double], seed: UInt64)
    {
        (self.perturbation, self.spread, self.seed) = (perturbation, spread, seed)
        super.init(base)
    }

    package override func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>)
        throws
    {
        try super.reset(slots, seeds: seeds, observations: &observations)
        for (row, slot) in slots.enumerated() {
            begin(slot, seeds[row])
            deliver(row, slot, &observations)
        }
    }

    package override func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let width = actionSpace.size
        var done = (0..<actions.count).map { actions[$0] }
        for (row, slot) in slots.enumerated() where actuators[slot] != nil {
            let own = done[row * width..<(row + 1) * width].map(Double.init)
            let delivered = actuators[slot]?.deliver(own) ?? own
            for (column, value) in delivered.enumerated() { done[row * width + column] = Float(value) }
        }
        let outcomes = try super.step(slots, actions: done.span, observations: &observations)
        for (row, slot) in slots.enumerated() { deliver(row, slot, &observations) }
        return outcomes
    }

    private func begin(_ slot: Int, _ start: UInt64) {
        switch perturbation {
        case .sensor(let fault, _):
            var stream = RandomStream(seed: seed ^ start, for: .noise)
            let signs = spread.map { _ in stream.nextUniform() < 0.5 ? -1.0 : 1 }
            sensors[slot] = (SensorChannel(fault, spread: spread, signs: signs), stream)
        case .actuator(let fault):
            let ones = [Double](repeating: 1, count: actionSpace.size)
            actuators[slot] = ActuatorChannel(fault, low: ones.map { -$0 }, high: ones)
        }
    }

    private func deliver(_ row: Int, _ slot: Int, _ observations: inout MutableSpan<Float>) {
        guard case .sensor(let fault, let inSpreads) = perturbation, var sensor = sensors[slot] else {
            return
        }
        let isNormal = if case .noise = fault { true } else { false }
        let numbers = spread.map { _ in
            isNormal ? Double(sensor.stream.nextNormal()) : Double(sensor.stream.nextUniform())
        }
        let units = spread.map { inSpreads && $0 > 0 ? $0 : 1 }
        let start = row * spread.count
        let seen = units.indices.map { Double(observations[start + $0]) / units[$0] }
        let delivered = sensor.channel.deliver(seen, numbers: numbers)
        for (column, value) in delivered.enumerated() {
            observations[start + column] = Float(value * units[column])
        }
        sensors[slot] = sensor
    }
}
