import Alignment
import LanguageModels
import Networks
import Storage
import Tensors

/// Trains a decoder filter from lists of prompts; nothing but the seed is random, and a seed gives one filter.
///
/// - SeeAlso: Kumar et al. 2023, arXiv:2309.02705, section 5: erased versions of safe prompts are safe, classes are drawn equally, and
///   the weights with the least loss on a fifth of the prompts are kept. Its classifiers have 67 million parameters and learn at 1e-5.
public struct DecoderFilterTraining: Sendable, Hashable {
    /// Of the decoder.
    public var sizes = DecoderFilter.Sizes()
    /// Passes, at least 1.
    public var epochs = 10
    /// Prompts of an update, half of them harmful; even, at least 2.
    public var batch = 32
    /// Largest step size of AdamW: 3 % warm-up, then half a cosine.
    public var rate: Float = 1e-3
    /// Decoupled weight decay.
    public var decay: Float = 0.01
    /// The most erased versions of each safe prompt that are learned as safe.
    public var versions = 50
    /// Of weights, versions, parts and order.
    public var seed: UInt64 = 0

    /// Sizes for lists of some hundred prompts.
    public init() {}

    private typealias Row = (tokens: [Int32], isHarmful: Bool)

    /// Trains.
    ///
    /// - Parameters:
    ///   - harmful: prompts to flag, at least two.
    ///   - safe: prompts to let through, at least two.
    ///   - erasures: those in use, whose versions of safe prompts are safe.
    ///   - progress: told of every pass, with its number and the loss on the prompts that are held out; what it throws ends it.
    /// - Returns: the filter of the pass with the least loss.
    /// - Throws: `FilterError` as `WordFilter` does; `NonFiniteError`; what `progress` throws.
    public func callAsFunction(
        harmful: PromptList, safe: PromptList, erasures: Erasures,
        progress: (Int, Double) throws -> Void = { _, _ in }
    ) throws -> DecoderFilter {
        try WordFilter.check(harmful: harmful, safe: safe, erasures: erasures)
        for list in [harmful, safe] where list.prompts.count < 2 {
            throw FilterError("\(list.path): one prompt alone. A part is held out: give more.")
        }
        let texts = (harmful.prompts + safe.prompts).map { prompt in
            prompt.map { " " + $0.lowercased() }.joined()
        }
        let facts = DecoderFilter.Facts(
            erasures: erasures, seed: seed,
            harmful: .init(prompts: harmful.prompts.count, sha256: harmful.hash),
            safe: .init(prompts: safe.prompts.count, sha256: safe.hash),
            marks: Set(harmful.marks + safe.marks).sorted(), sizes: sizes,
            tokenizer: Tokenizer.trained(on: texts, vocabularySize: sizes.vocabulary))
        var random = SeededGenerator(seed: seed)
        let harm = parts(harmful.prompts, using: &random)
        let calm = parts(safe.prompts, using: &random)
        func rows(_ prompts: [[String]], _ isHarmful: Bool) -> [Row] {
            var known: [String: [Int32]] = [:]
            return prompts.map { (facts.tokens(of: $0, &known), isHarmful) }
                .filter { $0.tokens.count <= DecoderFilter.Sizes.context }
        }
        func withVersions(_ prompts: [[String]]) -> [[String]] {
            prompts.flatMap { prompt in
                let others = erasures.count(units: prompt.count) - 1
                return [prompt]
                    + erasures.sample(prompt, number: min(versions, others), using: &random).filter {
                        !$0.isEmpty
                    }
            }
        }
        let learned = (rows(harm.learned, true), rows(withVersions(calm.learned), false))
        let heldOut = (rows(harm.heldOut, true), rows(withVersions(calm.heldOut), false))
        guard !learned.0.isEmpty, !learned.1.isEmpty, !heldOut.0.isEmpty, !heldOut.1.isEmpty else {
            throw FilterError(
                "\(harmful.path): prompts of more than \(DecoderFilter.Sizes.context) tokens alone. Give shorter ones."
            )
        }
        return try trained(facts, learned, heldOut, using: &random, progress)
    }

    /// A fifth of the prompts, at least one, held out.
    private func parts(
        _ prompts: [[String]], using random: inout SeededGenerator
    ) -> (learned: [[String]], heldOut: [[String]]) {
        let mixed = prompts.shuffled(using: &random)
        let kept = max(1, prompts.count / 5)
        return (Array(mixed[kept...]), Array(mixed[..<kept]))
    }

    private func trained(
        _ facts: DecoderFilter.Facts, _ learned: ([Row], [Row]), _ heldOut: ([Row], [Row]),
        using random: inout SeededGenerator, _ progress: (Int, Double) throws -> Void
    ) throws -> DecoderFilter {
        let each = batch / 2
        let updates = max(1, learned.1.count / each)
        var optimizer = Adam(
            rate: .warmedCosine(
                rate, warmUp: max(1, epochs * updates * 3 / 100), updates: epochs * updates))
        (optimizer.decay, optimizer.decayed) = (decay, .weights)
        var stream = RandomStream(seed: seed, for: .weights)
        let learner = Learner("decoder filter", optimizer: optimizer, using: &stream) {
            DecoderFilter.Layers(facts.description, in: &$0)
        }
        let tape = Tape()
        var best: (loss: Double, filter: DecoderFilter)?
        for epoch in 0..<epochs {
            let order = learned.1.indices.shuffled(using: &random)
            for update in 0..<updates {
                let calm = order[update * each..<min((update + 1) * each, order.count)].map { learned.1[$0] }
                // As many of the other class, drawn with replacement.
                let harm = calm.map { _ in learned.0[Int.random(in: learned.0.indices, using: &random)] }
                tape.reset()
                try learner.descend(on: tape) {
                    loss(of: harm + calm, learner.body, learner.weights(on: tape))
                }
            }
            let missed = try [heldOut.0, heldOut.1].reduce(0.0) { sum, rows in
                let parts = stride(from: 0, to: rows.count, by: 256).map {
                    rows[$0..<min($0 + 256, rows.count)]
                }
                let total = try parts.reduce(0.0) { total, part in
                    tape.reset()
                    let mean = Double(
                        loss(of: Array(part), learner.body, learner.weights(on: tape)).scalar)
                    guard mean.isFinite else { throw NonFiniteError("loss of decoder filter") }
                    return total + mean * Double(part.count)
                }
                return sum + total / Double(2 * rows.count)
            }
            if missed < best?.loss ?? .infinity { best = (missed, DecoderFilter(facts, learner.tensors)) }
            try progress(epoch + 1, missed)
        }
        guard let best else { preconditionFailure("a training of \(epochs) passes") }
        return best.filter
    }

    /// The mean cross-entropy.
    private func loss(of rows: [Row], _ body: DecoderFilter.Layers, _ w: Weights) -> Variable {
        let input = PackedTokens(rows.map(\.tokens))
        let odds = body.logOdds(input, at: input.lastRows, w)
        let signs = odds.tape.column(rows.map { $0.isHarmful ? -1 : 1 })
        return (odds * signs).softplus().sum() * (1 / Float(rows.count))
    }
}

extension Learner<DecoderFilter.Layers> {
    /// The weights as they are now.
    fileprivate var tensors: [(name: String, shape: [Int], numbers: [Float])] {
        layout.entries.map { entry in
            (entry.name, [entry.shape.rows, entry.shape.columns], Array(elements(entry, .weights)))
        }
    }
}

extension DecoderFilter.Facts {
    /// Names and shapes of all weights.
    var shapes: [(name: String, shape: [Int])] {
        var layout = Layout()
        _ = DecoderFilter.Layers(description, in: &layout)
        return layout.entries.map { ($0.name, [$0.shape.rows, $0.shape.columns]) }
    }
}
