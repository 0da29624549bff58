import Storage

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
public struct UnknownCostRange: Fault {
    /// What kind of fault it is.
    public var kind: FaultKind { .usage }

    /// One line, with the ways out.
    public let description: String

    init(_ bound: String, _ environment: String) {
        description =
            "\(oneLine(environment)): does not state the largest cost of a step, which the \(bound) bound needs. Give "
            + "--max-cost or --max-step-cost, or choose --violations, or --bound student-t, which is an approximation."
    }
}
