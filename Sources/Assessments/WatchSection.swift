import Reliability
import SafeRL

/// Whether values and actions are better on what training saw than on what it did not.
struct WatchSection {
    let assessed: AssessedPolicy
    let seeds: AssessmentSeeds
    /// The judged episodes.
    let episodes: [RecordedEpisode]
    /// V_h of their states; nothing of a policy that judges none.
    let values: [[Double]]?

    /// Rows of each side at most.
    private static let most = 1000

    func result() throws -> SectionResult {
        var result = SectionResult()
        func part(_ name: String, _ title: String, _ body: () throws -> (JSONValue, String, Bool)) throws {
            do {
                let (value, text, isWarning) = try body()
                result.members.append((name, value))
                result.lines.append((title, text, isWarning ? .bad : .good))
                if isWarning { result.warnings.append("\(title): \(text).") }
            } catch let error as Unavailable {
                result.members.append((name, .object([("fault", .text(error.description))])))
                result.unavailable.append("\(name.replacing("_", with: " ")): \(error.description)")
            } catch let error as ReliabilityError {
                result.members.append((name, .object([("fault", .text(error.description))])))
                result.unavailable.append("\(name.replacing("_", with: " ")): \(error.description)")
            }
        }
        try part("overestimation", "Over-estimation", overestimation)
        try part("worst_violation", "Worst violation", worstViolation)
        try part("td_gap", "TD gap", errorGap)
        try part("memorisation", "Memorisation", memorisation)
        return result
    }

    /// V of rewards against discounted returns, both in the units that training saw.
    private func overestimation() throws -> (JSONValue, String, Bool) {
        guard assessed.place != nil else { throw AssessedPolicy.actsNowhere }
        let (network, discount, transforms) = try valueNetwork()
        let predicted = episodes.map { episode in
            episode.observations.prefix(episode.steps).map { network.outputs(at: $0.map(Double.init))[0] }
        }
        let outcomes = episodes.map { episode in
            let last = episode.observations[episode.steps].map(Double.init)
            return ReturnsToGo.discounted(
                episode.rewards.map { Double(transforms.rewardScale) * $0 + Double(transforms.rewardShift) },
                discount: discount, after: episode.end == .terminated ? 0 : network.outputs(at: last)[0])
        }
        let found = try ValueOverestimation(predicted: predicted, outcomes: outcomes)
        return (
            Self.json(found),
            "mean \(short(found.mean))\(interval(found.interval)), relative \(short(found.relative))",
            found.isWarning
        )
    }

    /// V_h against the worst violation that lay ahead in the policy's own episodes: a V_h below it promised too much.
    private func worstViolation() throws -> (JSONValue, String, Bool) {
        guard assessed.place != nil else { throw AssessedPolicy.actsNowhere }
        guard assessed.algorithm == "fisor", let values, let discount = assessed.option("discount") else {
            throw Unavailable("V_h of FISOR alone is a worst violation ahead")
        }
        guard assessed.options?["objective"]?["costValue"] == nil else {
            throw Unavailable("the run's V_h is a sum of costs")
        }
        let threshold = assessed.option("threshold") ?? 0
        let outcomes = try episodes.map { episode in
            ReturnsToGo.worstAhead(try constraint(of: episode), discount: discount).map { $0 - threshold }
        }
        let found = try ValueOverestimation(predicted: values, outcomes: outcomes)
        // Under-estimation is what costs safety here.
        let isWarning = found.interval.map { $0.upperBound < -0.1 * abs(mean(outcomes.map { abs($0[0]) })) }
        return (
            Self.json(found),
            "V_h less the worst ahead: \(short(found.mean))\(interval(found.interval)), "
                + "rank correlation \(short(found.spearman))", isWarning ?? false
        )
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    /// h of the states before each step.
    private func constraint(of episode: RecordedEpisode) throws -> [Double] {
        if assessed.options?["constraint"]?.string == "stored" {
            guard let type = assessed.judgement?.environment.type,
                let values = try Self.replayed(episode, in: type)
            else { throw Unavailable("the environment does not say its constraint h") }
            return values
        }
        guard let violation = assessed.option("violation"), let satisfaction = assessed.option("satisfaction")
        else { throw Unavailable("the run does not say h of a violation") }
        return episode.costs.map { $0 > 0 ? violation : satisfaction }
    }

    /// h before each step, of the same episode again.
    private static func replayed<Task: Environment>(_ episode: RecordedEpisode, in type: Task.Type) throws
        -> [Double]?
    {
        var task = Task()
        var observation = [Float](repeating: .nan, count: task.observationSpace.size)
        var span = observation.mutableSpan
        try task.reset(seed: episode.seed, observation: &span)
        var values: [Double] = []
        for action in episode.actions {
            guard let value = task.constraintValue else { return nil }
            values.append(Double(value))
            _ = try task.step(action.span, observation: &span)
        }
        return values
    }

    /// Squared TD errors of V over recorded transitions, learned from and not.
    private func errorGap() throws -> (JSONValue, String, Bool) {
        let (network, discount, transforms) = try valueNetwork()
        func errors(_ data: TransitionDataset) -> [Double] {
            spaced(Array(0..<data.count), Self.most).map { row in
                let width = data.observationSize
                func value(_ states: UnsafeBufferPointer<Float>) -> Double {
                    network.outputs(at: states[row * width..<(row + 1) * width].map(Double.init))[0]
                }
                let reward =
                    Double(transforms.rewardScale) * Double(data.rewards[row])
                    + Double(transforms.rewardShift)
                let next = data.terminals[row] == 0 ? discount * value(data.nextObservations) : 0
                let error = reward + next - value(data.observations)
                return error * error
            }
        }
        let found = try ErrorGap(
            training: errors(try assessed.data.get()), heldOut: errors(try assessed.heldOut.get()))
        return (
            .object([
                ("ratio", .figure(found.ratio)), ("t", .figure(found.t)), ("p", .figure(found.pValue)),
                ("training", .figure(found.trainingMean)), ("held_out", .figure(found.heldOutMean)),
            ]),
            "held out over training \(short(found.ratio)), p \(short(found.pValue))", found.isWarning
        )
    }

    /// Distances of the policy's actions to recorded ones.
    private func memorisation() throws -> (JSONValue, String, Bool) {
        guard assessed.policy.needsNoPast else {
            throw Unavailable("the policy acts by more than an observation")
        }
        guard assessed.policy.actionChoices == nil else {
            throw Unavailable("actions are choices, which have no distance")
        }
        let found = try Memorisation(
            training: try distances(try assessed.data.get(), "training"),
            heldOut: try distances(try assessed.heldOut.get(), "held out"))
        return (
            .object([
                ("ratio", .figure(found.ratioOfMedians)), ("ks", .figure(found.kolmogorovSmirnov)),
                ("p", .figure(found.pValue)),
            ]),
            "ratio of medians \(short(found.ratioOfMedians)), "
                + "Kolmogorov-Smirnov \(short(found.kolmogorovSmirnov))", found.isWarning
        )
    }

    private func distances(_ data: TransitionDataset, _ name: String) throws -> [Double] {
        var policy = assessed.policy
        let (width, size) = (data.observationSize, data.actionSize)
        let rows = spaced(Array(0..<data.count), Self.most)
        let states = rows.flatMap { data.observations[$0 * width..<($0 + 1) * width] }
        var streams = rows.map {
            RandomStream(
                seed: seeds("memorisation, \(name)"), for: .action, index: UInt32(truncatingIfNeeded: $0))
        }
        var actions = [Float](repeating: .nan, count: rows.count * size)
        do {
            var actionSpan = actions.mutableSpan, streamSpan = streams.mutableSpan
            try policy.act(on: states.span, actions: &actionSpan, using: &streamSpan)
        }
        return rows.enumerated().map { place, row in
            (0..<size).reduce(0) {
                let miss = Double(actions[place * size + $1]) - Double(data.actions[row * size + $1])
                return $0 + miss * miss
            }.squareRoot()
        }
    }

    private func valueNetwork() throws -> (VerifiableNetwork, Double, Transforms) {
        guard let network = assessed.value, let discount = assessed.option("discount") else {
            throw Unavailable("the algorithm offers no value network")
        }
        return (network, discount, try assessed.data.get().transforms)
    }

    private static func json(_ found: ValueOverestimation) -> JSONValue {
        .object([
            ("mean", .figure(found.mean)), ("interval", .range(found.interval)),
            ("relative", .figure(found.relative)), ("rmse", .figure(found.rootMeanSquare)),
            ("share_above", .figure(found.shareAbove)), ("spearman", .figure(found.spearman)),
            ("slope", .figure(found.slope)), ("intercept", .figure(found.intercept)),
        ])
    }
}
