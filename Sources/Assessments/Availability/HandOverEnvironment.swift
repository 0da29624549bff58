import SafeRL

/// What a safety layer did in an episode.
struct HandOverEpisode {
    /// What it did with the start, and whether it handed over in each step.
    var start = LayerRoute.act
    var isHandedOver: [Bool] = []
    /// The first observation, as it was seen.
    var first: [Float] = []

    /// The longest stretch of steps that were handed over.
    var longest: Int {
        var (run, most) = (0, 0)
        for step in isHandedOver {
            run = step ? run + 1 : 0
            most = max(most, run)
        }
        return most
    }
}

/// Puts a safety layer between a policy and its environment, and a trigger into what both see.
///
/// Where the layer hands over, the fallback acts by what is seen; without one the system stops, and so does the episode.
package final class HandOverEnvironment: ForwardingEnvironment {
    /// Episodes by the seeds of their starts.
    private(set) var episodes: [UInt64: HandOverEpisode] = [:]
    private let layer: SafetyLayer
    private var fallback: (any Policy)?
    private let trigger: SensorTrigger?
    private let seed: UInt64
    private var running: [Int: (start: UInt64, seen: [Float], stream: RandomStream)] = [:]

    /// Puts a layer in front of an environment.
    ///
    /// - Parameters:
    ///   - base: where the policy acts.
    ///   - layer: what decides.
    ///   - fallback: what acts instead, by an observation alone; nothing for none.
    ///   - trigger: written into every observation; nothing for none.
    ///   - seed: of the trigger's jitter.
    init(
        _ base: any VectorEnvironment, _ layer: SafetyLayer, fallback: (any Policy)?,
        trigger: SensorTrigger?, seed: UInt64
    ) {
        (self.layer, self.fallback, self.trigger, self.seed) = (layer, fallback, trigger, seed)
        super.init(base)
    }

    package override func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>)
        throws
    {
        try super.reset(slots, seeds: seeds, observations: &observations)
        for (row, slot) in slots.enumerated() {
            running[slot] = (seeds[row], [], RandomStream(seed: seed ^ seeds[row], for: .noise))
            episodes[seeds[row]] = HandOverEpisode()
            show(row, slot, &observations)
            episodes[seeds[row]]?.first = running[slot]?.seen ?? []
        }
    }

    package override func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let width = actionSpace.size
        var done = (0..<actions.count).map { actions[$0] }
        let routes = layer.routes(slots.map { running[$0]?.seen ?? [] })
        for (row, slot) in slots.enumerated() {
            guard let own = running[slot] else { continue }
            if episodes[own.start]?.isHandedOver.isEmpty == true { episodes[own.start]?.start = routes[row] }
            episodes[own.start]?.isHandedOver.append(routes[row].handsOver)
            guard routes[row].handsOver, let action = try fallbackAction(own.seen) else { continue }
            for column in 0..<width { done[row * width + column] = action[column] }
        }
        var outcomes = try super.step(slots, actions: done.span, observations: &observations)
        for (row, slot) in slots.enumerated() {
            show(row, slot, &observations)
            guard routes[row].handsOver && fallback == nil else { continue }
            outcomes[row] = StepOutcome(
                reward: 0, costs: outcomes[row].costs.map { _ in 0 }, end: .truncated)
        }
        return outcomes
    }

    private func fallbackAction(_ seen: [Float]) throws -> [Float]? {
        // Controllers draw nothing.
        var stream = RandomStream(seed: seed, for: .action)
        return try fallback?.action(on: seen, using: &stream)
    }

    private func show(_ row: Int, _ slot: Int, _ observations: inout MutableSpan<Float>) {
        guard var own = running[slot] else { return }
        let width = observationSpace.size
        own.seen = (0..<width).map { observations[row * width + $0] }
        if let trigger {
            trigger.write(into: &own.seen, using: &own.stream)
            for column in 0..<width { observations[row * width + column] = own.seen[column] }
        }
        running[slot] = own
    }
}
