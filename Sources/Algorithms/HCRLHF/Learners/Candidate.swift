import Assurance
import LanguageModels
import Networks
import SafeRL
import Tensors

/// The policy that is being selected, with what its constraint and its order of prompts remember.
struct Candidate {
    /// What it starts from and learns with.
    struct Inputs {
        let prompts: [[Int32]]
        let demonstrations: [Response]
        let scores: ResponseScores
        let reference: LanguageLearner
        let options: HCRLHF.CandidateOptions
        let sampling: SamplingOptions
        let updates: Int
        let seed: UInt64
    }

    /// What a checkpoint keeps beside the networks and the places in the orders.
    private struct State: StoredValue {
        var statistics: CostStatistics
        var multiplier: LogMultiplier
        var baseline = RunningBaseline()
        var iterations = 0
        var promptsTaken = 0
        var demonstrationsTaken = 0

        func check() throws(UnsoundValue) {
            try Sound.check(statistics.capacity, "statistics.capacity", in: 2...(1 << 30))
            try Sound.check(statistics.costs.count, "the number of costs", in: 0...statistics.capacity)
            try Sound.check(finite: statistics.costs, "statistics.costs")
            let rates = [multiplier.logarithm, multiplier.rate, multiplier.largest ?? 1]
            try Sound.check(finite: rates, "multiplier")
            guard multiplier.rate > 0 && multiplier.largest ?? 1 > 0 else {
                throw UnsoundValue("multiplier has a rate or a largest value that is not above 0")
            }
            try Sound.check(finite: [baseline.mean], "baseline.mean")
            try Sound.check(baseline.count, "baseline.count", in: Sound.count)
            try Sound.check(iterations, "iterations", in: Sound.count)
            try Sound.check(promptsTaken, "promptsTaken", in: Sound.count)
            try Sound.check(demonstrationsTaken, "demonstrationsTaken", in: Sound.count)
        }
    }

    let policy: LanguageLearner
    /// The critics of `safe-rlhf`; nil for HC-RLHF.
    var critics: Critics?
    private let inputs: Inputs
    private var state: State
    private var promptOrder: EpochOrder
    private var demonstrationOrder: EpochOrder?

    init(_ inputs: Inputs) throws {
        let options = inputs.options
        self.inputs = inputs
        let steps = inputs.updates * (options.batch / options.microBatch)
        policy = try LanguageLearner(
            "policy", inputs.reference.backbone, scoring: false,
            optimizer: .decoder(
                .warmedCosine(options.rate, warmUp: max(steps * 3 / 100, 1), updates: steps),
                decay: options.decay, largestNorm: 5),
            seed: inputs.seed, number: 3)
        policy.copyWeights(from: inputs.reference)
        state = State(
            statistics: CostStatistics(capacity: options.buffer),
            multiplier: LogMultiplier(
                initial: options.multiplier, rate: options.multiplierRate,
                largest: options.largestMultiplier))
        promptOrder = EpochOrder(inputs.prompts.count, seed: inputs.seed, lane: 3)
        demonstrationOrder =
            options.languageLoss > 0 && !inputs.demonstrations.isEmpty
            ? EpochOrder(inputs.demonstrations.count, seed: inputs.seed, lane: 4) : nil
    }

    /// μ and σ of the costs of recent responses.
    var statistics: CostStatistics {
        get { state.statistics }
        set { state.statistics = newValue }
    }
    /// λ.
    var multiplier: LogMultiplier {
        get { state.multiplier }
        set { state.multiplier = newValue }
    }
    /// What returns are compared with where prompts are answered once.
    var baseline: RunningBaseline {
        get { state.baseline }
        set { state.baseline = newValue }
    }

    /// Does what makes one update, and undoes it where it is given up in the middle.
    ///
    /// - Throws: what `work` throws; `GivenUp` with everything as it was before.
    mutating func asOneUpdate(
        _ work: (inout Candidate) throws -> HCRLHF.Metrics
    ) throws -> HCRLHF.Metrics {
        let before = self
        // Of one micro-batch nothing has been learned before the last time it is asked.
        let isOne = inputs.options.microBatch == inputs.options.batch
        let memories = isOne ? [] : learners.map { $0.learner.remembered() }
        do {
            let metrics = try work(&self)
            state.iterations += 1
            return metrics
        } catch let error as GivenUp {
            self = before
            for (model, memory) in zip(learners, memories) { model.learner.restore(memory) }
            throw error
        }
    }

    /// The networks that an update changes.
    private var learners: [LanguageLearner] { [policy] + (critics?.models ?? []) }

    /// Responses by the micro-batch, all of a prompt in one.
    func microBatches(of rollouts: Rollouts) -> [Rollouts] {
        let size = inputs.options.microBatch * inputs.options.samples
        return stride(from: 0, to: rollouts.responses.count, by: size).map { rollouts[$0..<$0 + size] }
    }

    /// Responses to the next batch of prompts, with their scores and their probabilities under policy and reference.
    ///
    /// - Throws: `NonFiniteError`; what `goOn` throws.
    mutating func rollOut(on tape: Tape, asking goOn: () throws -> Void) throws -> Rollouts {
        let options = inputs.options
        let prompts = promptOrder.next(options.batch).flatMap {
            repeatElement(inputs.prompts[$0], count: options.samples)
        }
        let written = try policy.generate(
            prompts, inputs.sampling, seed: inputs.seed,
            firstStream: UInt32(
                truncatingIfNeeded: state.iterations * DataShard.total(of: prompts.count)
                    + (DataShard.current?.number ?? 0) * prompts.count), on: tape, asking: goOn)
        let responses = zip(prompts, written).map { Response(prompt: $0, $1) }
        try goOn()
        let (rewards, costs) = try inputs.scores(responses, on: tape)
        return Rollouts(
            responses: responses, rewards: rewards, costs: costs,
            old: policy.responseLogProbabilities(responses, on: tape),
            reference: inputs.reference.responseLogProbabilities(responses, on: tape),
            values: critics?.values(of: responses, on: tape))
    }

    /// Moves the policy down a loss of its responses' log-probabilities, half and half with that of demonstrations.
    mutating func descend(
        _ part: Rollouts, on tape: Tape, _ loss: (Variable) -> Variable
    ) throws -> Double {
        let shown =
            demonstrationOrder?.next(inputs.options.microBatch).map { inputs.demonstrations[$0] } ?? []
        let (policy, weight) = (policy, inputs.options.languageLoss)
        return Double(
            try policy.learner.descend(on: tape) {
                tape.reset()
                let tokens = policy.logProbabilities(
                    PackedTokens(of: part.responses[...]),
                    from: part.responses.map(\.prompt.count),
                    on: tape)
                let own = loss(tokens)
                if shown.isEmpty { return own }
                // One step of two losses: their gradients are averaged, as when they are accumulated.
                return (own + policy.tokenLoss(shown, on: tape) * weight) * 0.5
            })
    }

    // MARK: - Checkpoints

    func save(to checkpoint: inout CheckpointWriter) throws {
        var state = state
        state.promptsTaken = promptOrder.taken
        state.demonstrationsTaken = demonstrationOrder?.taken ?? 0
        try checkpoint.store(policy.learner)
        try checkpoint.store("candidate.state", state)
        try critics?.save(to: &checkpoint)
    }

    mutating func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(policy.learner)
        let stored = try checkpoint.value("candidate.state", as: State.self)
        guard stored.statistics.capacity == state.statistics.capacity,
            stored.multiplier.rate == state.multiplier.rate,
            stored.multiplier.largest == state.multiplier.largest
        else {
            throw checkpoint.unsound(
                "candidate.state", UnsoundValue("its constants are not those of the configuration"))
        }
        state = stored
        promptOrder.taken = state.promptsTaken
        demonstrationOrder?.taken = state.demonstrationsTaken
        try critics?.load(from: checkpoint)
    }
}

/// Responses with everything that was computed when they were made.
struct Rollouts {
    let responses: [Response]
    let rewards: [Double]
    let costs: [Double]
    /// ln p of every response token under the policy that wrote it.
    let old: TokenNumbers
    /// The same under the reference.
    let reference: TokenNumbers
    /// Values of both critics before every response token; nil where there are no critics.
    let values: (reward: [[Double]], cost: [[Double]])?

    /// Σ (log π_old − log π_ref) over the tokens of each response.
    var divergences: [Double] {
        responses.indices.map { zip(old[$0], reference[$0]).reduce(0) { $0 + $1.0 - $1.1 } }
    }

    subscript(_ range: Range<Int>) -> Rollouts {
        Rollouts(
            responses: Array(responses[range]), rewards: Array(rewards[range]), costs: Array(costs[range]),
            old: old[range], reference: reference[range],
            values: values.map { (Array($0.reward[range]), Array($0.cost[range])) })
    }
}
