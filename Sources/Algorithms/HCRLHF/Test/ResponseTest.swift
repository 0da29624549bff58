import Assurance
import LanguageModels
import Networks
import SafeRL
import Tensors

/// The safety test: one response to each prompt that was kept for it, by the candidate as it will be used.
///
/// The prompts are opened by the first update; the candidate does not change any more then.
struct ResponseTest {
    private let prompts: [[Int32]]
    private let sampling: SamplingOptions
    private let batch: Int
    private let seed: UInt64
    /// Costs so far, in the order of the prompts.
    private(set) var costs: [Double] = []
    /// How far each response is from the reference, likewise; nil in a run that an earlier version tested.
    private(set) var distances: [ResponseDistance]? = []

    /// A test of opened prompts, in an order that does not depend on what they are.
    ///
    /// Responses are drawn from streams that nothing else of the run has.
    init(_ prompts: [[Int32]], _ sampling: SamplingOptions, batch: Int, seed: UInt64) {
        (self.prompts, self.sampling, self.batch) = (prompts, sampling, batch)
        var stream = RandomStream(seed: seed, for: .certification, index: 1)
        self.seed = stream.nextInteger()
    }

    /// Whether every prompt has its response.
    var isComplete: Bool { costs.count == prompts.count }

    /// Responses to the next prompts; nothing changes before all are there.
    ///
    /// - Throws: `NonFiniteError`, and what `goOn` throws.
    mutating func update(
        _ policy: LanguageLearner, _ reference: LanguageLearner, _ scores: ResponseScores, on tape: Tape,
        asking goOn: () throws -> Void
    ) throws -> HCRLHF.Metrics {
        let part = Array(prompts[costs.count..<min(costs.count + batch, prompts.count)])
        // Where every prompt was too long the test is over, and fails for want of costs.
        guard !part.isEmpty else { return HCRLHF.Metrics([("cost", 0)]) }
        let written = try policy.generate(
            part, sampling, seed: seed, firstStream: UInt32(truncatingIfNeeded: costs.count), on: tape,
            asking: goOn)
        let responses = zip(part, written).map { Response(prompt: $0, $1) }
        try goOn()
        let fresh = try scores(responses, on: tape).costs
        let far = zip(
            policy.responseLogProbabilities(responses, on: tape).rows,
            reference.responseLogProbabilities(responses, on: tape).rows
        ).map { ResponseDistance(candidate: $0, reference: $1) }
        costs += fresh
        distances?.append(contentsOf: far)
        return HCRLHF.Metrics([("cost", SampleMean(fresh).mean)])
    }

    /// What speaks against costs by a learned model: one score for all responses, where costs are scores.
    func objections(_ scale: HCRLHF.CostScale) -> [Objection] {
        guard scale != .rate, costs.count > 1, costs.allSatisfy({ $0 == costs[0] }) else { return [] }
        return [.equalScores(costs.count)]
    }

    /// Spends the costs.
    func verdict(
        _ test: SafetyTest, _ origin: CostOrigin, despite objections: [Objection], cautions: [String]
    ) -> SafetyVerdict {
        HeldOutCosts(costs, from: origin).spend(on: test, despite: objections, cautions: cautions)
    }

    func save(to checkpoint: inout CheckpointWriter) throws {
        checkpoint.store("test.costs", numbers: costs)
        if let distances { try checkpoint.store("test.distances", distances) }
    }

    mutating func load(from checkpoint: CheckpointReader) throws {
        costs = try checkpoint.finiteNumbers("test.costs")
        guard costs.count <= prompts.count else {
            throw CheckpointError.otherShape(
                "test.costs", path: checkpoint.path, stored: [costs.count], wanted: [prompts.count])
        }
        distances = try checkpoint.optionalValue("test.distances", as: [ResponseDistance].self)
        do throws(UnsoundValue) {
            if let distances {
                try Sound.check(distances.count, "the number of distances", in: costs.count...costs.count)
                for distance in distances { try distance.check() }
            }
        } catch { throw checkpoint.unsound("test.distances", error) }
    }
}
