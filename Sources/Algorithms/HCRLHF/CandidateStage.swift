import Assurance
import LanguageModels
import Networks
import SafeRL
import Tensors

/// Candidate selection: responses, their scores, and steps of the policy under the constraint.
struct CandidateStage {
    /// What both methods need.
    struct Setting {
        let prompts: [[Int32]]
        let demonstrations: [Response]
        let scores: ResponseScores
        let reference: LanguageLearner
        let options: HCRLHF.CandidateOptions
        let sampling: SamplingOptions
        let constraint: CandidateConstraint
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
    private let setting: Setting
    private var state: State
    private var promptOrder: Shuffled
    private var demonstrationOrder: Shuffled?
    private var critics: Critics?

    init(_ setting: Setting, critics: (() throws -> Critics)?) throws {
        let options = setting.options
        self.setting = setting
        let steps = setting.updates * (options.batch / options.microBatch)
        policy = try LanguageLearner(
            "policy", setting.reference.backbone, scoring: false,
            optimizer: .decoder(
                .warmedCosine(options.rate, warmUp: max(steps * 3 / 100, 1), updates: steps),
                decay: options.decay, largestNorm: 5),
            seed: setting.seed, number: 3)
        policy.copyWeights(from: setting.reference)
        state = State(
            statistics: CostStatistics(capacity: options.buffer),
            multiplier: LogMultiplier(
                initial: options.multiplier, rate: options.multiplierRate,
                largest: options.largestMultiplier))
        promptOrder = Shuffled(setting.prompts.count, seed: setting.seed, lane: 3)
        demonstrationOrder =
            options.languageLoss > 0 && !setting.demonstrations.isEmpty
            ? Shuffled(setting.demonstrations.count, seed: setting.seed, lane: 4) : nil
        self.critics = try critics?()
    }

    /// Responses to a batch of prompts, then a step of multiplier and policy for each micro-batch.
    ///
    /// - Throws: `NonFiniteError`; what `goOn` throws, with everything as it was before.
    mutating func update(on tape: Tape, asking goOn: () throws -> Void) throws -> HCRLHF.Metrics {
        let before = self
        // Of one micro-batch nothing has been learned before the last time it is asked.
        let isOne = setting.options.microBatch == setting.options.batch
        let memories = isOne ? [] : learners.map { $0.learner.remembered() }
        do { return try learn(on: tape, asking: goOn) } catch let error as GivenUp {
            self = before
            for (model, memory) in zip(learners, memories) { model.learner.restore(memory) }
            throw error
        }
    }

    /// The networks that an update changes.
    private var learners: [LanguageLearner] { [policy] + (critics?.models ?? []) }

    private mutating func learn(on tape: Tape, asking goOn: () throws -> Void) throws -> HCRLHF.Metrics {
        let rollouts = try rollOut(on: tape, asking: goOn)
        var losses = 0.0
        let size = setting.options.microBatch * setting.options.samples
        let parts = stride(from: 0, to: rollouts.responses.count, by: size).map {
            rollouts[$0..<$0 + size]
        }
        for part in parts {
            try goOn()
            losses += try step(part, on: tape) / Double(parts.count)
        }
        state.iterations += 1
        let sample = state.statistics.sample
        return HCRLHF.Metrics([
            ("reward", SampleMean(rollouts.rewards).mean), ("cost", SampleMean(rollouts.costs).mean),
            ("divergence", SampleMean(rollouts.divergences).mean),
            ("violation", sample.map(setting.constraint.violation) ?? 0),
            ("multiplier", state.multiplier.value), ("loss", losses),
            ("tokens", SampleMean(rollouts.responses.map { Double($0.tokens.count) }).mean),
        ])
    }

    private mutating func rollOut(on tape: Tape, asking goOn: () throws -> Void) throws -> Rollouts {
        let options = setting.options
        let prompts = promptOrder.next(options.batch).flatMap {
            Array(repeating: setting.prompts[$0], count: options.samples)
        }
        let written = try policy.generate(
            prompts, setting.sampling, seed: setting.seed,
            firstStream: UInt32(truncatingIfNeeded: state.iterations * prompts.count), on: tape, asking: goOn)
        let responses = zip(prompts, written).map { Response(prompt: $0, tokens: $1.tokens) }
        try goOn()
        let (rewards, costs) = try setting.scores(responses, on: tape)
        return Rollouts(
            responses: responses, rewards: rewards, costs: costs,
            old: policy.responseLogProbabilities(responses, on: tape),
            reference: setting.reference.responseLogProbabilities(responses, on: tape),
            values: critics?.values(of: responses, on: tape))
    }

    /// One step for a micro-batch.
    private mutating func step(_ part: Rollouts, on tape: Tape) throws -> Double {
        state.statistics.add(part.costs)
        guard let sample = state.statistics.sample else { return 0 }
        state.multiplier.ascend(setting.constraint.violation(sample))
        if critics != nil { return try proximalStep(part, on: tape) }
        let options = setting.options
        let worth = ResponseReturn(
            divergencePenalty: options.divergencePenalty, rewardLimit: options.rewardLimit)
        let returns = worth(
            rewards: part.rewards, costs: part.costs, divergences: part.divergences,
            augmented: setting.constraint.augmentedCost(sample, responses: part.costs.count),
            multiplier: state.multiplier.value)
        if options.samples == 1 { state.baseline.include(returns) }
        let mean = state.baseline.mean
        return try descend(part, on: tape) { tokens in
            tokens.sums(of: part.responses.map(\.tokens.count)).inDouble {
                options.samples == 1
                    ? ReinforceLoss.withBaseline(mean, returns: returns, logProbabilities: $0)
                    : ReinforceLoss.leaveOneOut(
                        returns: returns, logProbabilities: $0, samples: options.samples)
            }
        }
    }

    /// The step of Safe-RLHF: both critics, then the policy on their combined advantages.
    private mutating func proximalStep(_ part: Rollouts, on tape: Tape) throws -> Double {
        let options = setting.options
        guard let critics, let values = part.values, let own = options.method.proximal else { return 0 }
        let rows = part.responses.map {
            TokenRow(start: 0, isToken: Array(repeating: true, count: $0.tokens.count))
        }
        let shaping = TokenShaping(
            divergencePenalty: options.divergencePenalty, limit: options.rewardLimit)
        let (rewards, costs) = critics.advantages(part, values, rows, shaping, trace: own.trace)
        try critics.learn(part, values, rows, rewards, costs, range: own.valueClip, on: tape)
        let advantages = zip(rewards, costs).map {
            TokenAdvantages.combined(
                rewards: $0.advantages, costs: $1.advantages, multiplier: state.multiplier.value)
        }
        return try descend(part, on: tape) { tokens in
            tokens.inDouble {
                TokenPPOLoss.actor(
                    rows, new: $0, old: part.old, advantages: advantages, range: own.clip)
            }
        }
    }

    /// Moves the policy down a loss of its responses' log-probabilities, half and half with that of demonstrations.
    private mutating func descend(
        _ part: Rollouts, on tape: Tape, _ loss: (Variable) -> Variable
    ) throws -> Double {
        let shown =
            demonstrationOrder?.next(setting.options.microBatch).map { setting.demonstrations[$0] } ?? []
        let (policy, weight) = (policy, setting.options.languageLoss)
        return Double(
            try policy.learner.descend(on: tape) {
                tape.reset()
                let tokens = policy.logProbabilities(
                    PackedTokens(part.responses.map(\.all)), from: part.responses.map(\.prompt.count),
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
    let old: [[Double]]
    /// The same under the reference.
    let reference: [[Double]]
    /// Values of both critics before every response token; nil where there are no critics.
    let values: (reward: [[Double]], cost: [[Double]])?

    /// Σ (log π_old − log π_ref) over the tokens of each response.
    var divergences: [Double] {
        zip(old, reference).map { zip($0, $1).reduce(0) { $0 + $1.0 - $1.1 } }
    }

    subscript(_ range: Range<Int>) -> Rollouts {
        Rollouts(
            responses: Array(responses[range]), rewards: Array(rewards[range]), costs: Array(costs[range]),
            old: Array(old[range]), reference: Array(reference[range]),
            values: values.map { (Array($0.reward[range]), Array($0.cost[range])) })
    }
}
