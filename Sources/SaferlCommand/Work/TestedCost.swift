import SafeRL

/// What an episode counts in a safety test.
struct TestedCost: Codable, Equatable {
    /// Whether an episode counts 1 with any violation and 0 without, instead of its cost.
    let countsViolations: Bool
    /// The cost channel that counts; nothing for all together.
    let channel: String?

    /// What the test is about, in a few words.
    var words: String {
        let what =
            countsViolations ? "probability that an episode has a violation" : "mean cost of an episode"
        return what + (channel.map { ", channel \($0) alone" } ?? "")
    }

    /// What an episode counts.
    ///
    /// - Parameter episode: of an environment that has the channel.
    /// - Returns: its cost, or 1 or 0 for a violation or none.
    func callAsFunction(_ episode: EpisodeRecord) -> Double {
        guard let channel, let channels = episode.channels else {
            return countsViolations ? (episode.isViolated ? 1 : 0) : episode.totalCost
        }
        guard let own = channels.first(where: { $0.name == channel }) else {
            preconditionFailure("episode \(episode.index) has no channel \(channel)")
        }
        return countsViolations ? (own.firstViolation == nil ? 0 : 1) : own.totalCost
    }

    /// Refuses a channel that an environment does not have.
    ///
    /// - Throws: `UnknownName`.
    func check(in place: any VectorEnvironment) throws(UnknownName) {
        if let channel, !place.costNames.contains(channel) {
            throw UnknownName(channel, isNone: "cost channel", of: place.costNames)
        }
    }
}

/// Every cost that an episode can have, and who says so.
struct CostRange {
    let range: ClosedRange<Double>
    let source: String

    /// Finds the range; nothing where nobody says.
    ///
    /// - Parameters:
    ///   - tested: what an episode counts.
    ///   - maxCost: the largest cost of an episode as stated on the command line.
    ///   - maxStepCost: likewise of a step.
    ///   - place: whose step limit counts, and what it states where the command line says nothing.
    init?(of tested: TestedCost, maxCost: Double?, maxStepCost: Double?, in place: any VectorEnvironment) {
        if tested.countsViolations {
            (range, source) = (0...1, "an episode has a violation or none")
        } else if let maxCost {
            (range, source) = (0...maxCost, "stated with --max-cost")
        } else if let maxStepCost {
            // Steps report single precision.
            let step = max(maxStepCost, Double(Float(maxStepCost)))
            range = 0...LargestEpisodeCost.bounding(step: step, steps: place.timeLimit)
            source = "stated with --max-step-cost, times \(place.timeLimit) steps"
        } else if let largest = LargestEpisodeCost.stated(by: place, channel: tested.channel) {
            (range, source) = (0...largest, "stated by the environment, times \(place.timeLimit) steps")
        } else {
            return nil
        }
    }
}

/// A bound that needs to know the largest cost of an episode, which nobody states.
struct UnknownCostRange: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ bound: String, _ environment: String) {
        description =
            "\(oneLine(environment)): does not state the largest cost of a step, which the \(bound) bound needs. Give "
            + "--max-cost or --max-step-cost, or choose --violations, or --bound student-t, which is an approximation."
    }
}
