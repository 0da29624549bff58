import Replay

extension CostChannels {
    /// Looks for a cost above the largest that an environment states.
    ///
    /// - Returns: the fault, such as `cost is 2.0, above 1.0, the largest that the environment states`, or nothing.
    static func excess(of costs: [Float], over largest: [Float]?, named names: [String]) -> String? {
        guard let largest else { return nil }
        for (name, (cost, most)) in zip(names, zip(costs, largest)) where !(cost <= most) {
            return "\(name) is \(cost), above \(most), the largest that the environment states"
        }
        return nil
    }
}

/// The largest sum of costs that an episode can have.
public enum LargestEpisodeCost {
    /// Multiplies the largest cost of a step with the number of steps, and foresees how the sum is rounded.
    ///
    /// - Parameters:
    ///   - step: the largest cost of a step, above 0.
    ///   - steps: of the longest episode, at least 1.
    /// - Returns: at least every sum of so many such costs, as an `EpisodeRecord` has it.
    public static func bounding(step: Double, steps: Int) -> Double {
        // Whole numbers are summed up exactly; of others each addition can round up once.
        let slack = step == step.rounded() ? 1 : 1 + Double(steps) * 0x1p-52
        return step * Double(steps) * slack
    }

    /// Takes the largest costs of a step from an environment.
    ///
    /// - Parameters:
    ///   - environment: what states them, or does not.
    ///   - channel: one of its channels; nothing for all of them together.
    ///   - steps: of the longest episode; nothing for the environment's own limit.
    /// - Returns: nothing where the environment states none that are of use.
    public static func stated(
        by environment: any VectorEnvironment, channel: String? = nil, steps: Int? = nil
    ) -> Double? {
        let names = environment.costNames
        guard let largest = environment.largestCosts, largest.count == names.count,
            largest.allSatisfy({ $0 > 0 && $0.isFinite })
        else { return nil }
        var step = largest.reduce(0, +)
        if let channel {
            guard let index = names.firstIndex(of: channel) else { return nil }
            step = largest[index]
        }
        return step.isFinite ? bounding(step: Double(step), steps: steps ?? environment.timeLimit) : nil
    }
}
