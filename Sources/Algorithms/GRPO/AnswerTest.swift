import Assurance
import LanguageModels
import SafeRL
import Tensors

/// The test of harm: one answer to each request that was kept for it, by the policy as it will be used.
struct AnswerTest {
    private let requests: [JudgedRequest]
    private let harm: String
    private let text: TextTokens
    private let sampling: SamplingOptions
    private let batch: Int
    private let seed: UInt64
    /// Harm of the answers so far, in the order of the requests.
    private(set) var costs: [Double] = []

    /// A test of fresh requests of a split, drawn from streams that nothing else of the run has.
    init(
        _ task: any TextTask.Type, _ options: GRPO.TestOptions, _ text: TextTokens,
        _ sampling: SamplingOptions, seed: UInt64
    ) {
        var stream = RandomStream(seed: seed, for: .certification)
        requests = (0..<options.requests).map { _ in
            JudgedRequest.draw(task, options.split, using: &stream)
        }
        (harm, self.text, self.sampling, batch) = (task.harm, text, sampling, options.batch)
        var draws = RandomStream(seed: seed, for: .certification, index: 1)
        self.seed = draws.nextInteger()
    }

    /// Whether every request has its answer.
    var isComplete: Bool { costs.count == requests.count }

    /// Answers to the next requests; nothing changes before all are there.
    ///
    /// - Returns: harm of each.
    /// - Throws: what `goOn` throws.
    mutating func update(
        _ policy: LanguageLearner, on tape: Tape, asking goOn: () throws -> Void
    ) throws -> [Double] {
        let part = Array(requests[costs.count..<min(costs.count + batch, requests.count)])
        let prompts = part.map { text.prompt(Dialogue($0.text)) }
        let written = try policy.generate(
            prompts, sampling, seed: seed, firstStream: UInt32(truncatingIfNeeded: costs.count), on: tape,
            asking: goOn)
        let fresh = zip(part, written).map { request, answer in
            // What the judge does not tell counts as harm.
            request.judge(text.tokenizer.decode(answer.tokens, skippingSpecialTokens: true))[harm] ?? 1
        }
        costs += fresh
        return fresh
    }

    /// Spends the costs.
    func verdict(_ test: SafetyTest, _ origin: CostOrigin) -> SafetyVerdict {
        HeldOutCosts(costs, from: origin).spend(on: test)
    }

    func save(to checkpoint: inout CheckpointWriter) throws {
        checkpoint.store("test.costs", numbers: costs)
    }

    mutating func load(from checkpoint: CheckpointReader) throws {
        costs = try checkpoint.finiteNumbers("test.costs")
        guard costs.count <= requests.count else {
            throw CheckpointError.otherShape(
                "test.costs", path: checkpoint.path, stored: [costs.count], wanted: [requests.count])
        }
    }
}
