// TraC: Gong, Kumar, Varakantham, "Offline Safe Reinforcement Learning Using Trajectory Classification", AAAI 2025.
//
//   usual symbol             here
//   pi_theta(s)              policy                     tanh of a network, with dropout while it learns
//   pi_ref(s)                cloning                    the policy at the end of the first phase; it learns no more then
//   log pi(a | s)            −gap                       −Σ over components of (pi(s) − a)²
//   D+, D−, w                segments                   parts of episodes with label 1 and 0, and their weights
//   alpha, gamma, eta        temperature, discount, undesirableWeight
//   kappa                    costLimit                  of an episode; a segment may cost its share
//
// Followed, from the released code: how segments are drawn, labelled and weighted; the network, dropout and orthogonal start;
// both phases and their losses, the balance of labels in each batch, Adam afresh in the second; passes over all segments in
// random order, the last batch shorter.
//
// Deviations, with their reasons in docs/trac.md:
//   - where all safe segments return the same, each counts as the least of them; the authors' code divides 0 by 0;
//   - sums of costs are compared in single precision, as BC-Safe's;
//   - dropout stands behind the activation, which is the same: both are multiplied by a number that is not negative;
//   - random numbers come from streams of our own.

import SafeRL

/// A policy without values: it becomes likelier than its own cloning on good segments, and less likely on bad ones.
public final class TraC: Algorithm {
    /// `trac`.
    public static let name = "trac"

    let configuration: Configuration
    private let data: TransitionDataset
    package let tape = Tape()
    /// What clones, and is the reference after that; what is learned in the second phase.
    package let cloning: Learner<MLP>, policy: Learner<MLP>
    package let segments: LabelledSegments
    let space: ActorSpace
    var passes: SegmentPasses
    var noise: RandomStream
    /// Batches of as many segments as an update takes, and of those that are left at the end of a pass.
    package let whole: TransitionBatch, rest: TransitionBatch?
    /// Weight and label of each segment of the batch, `[segments, 1]`.
    package let weights: Tensor, labels: Tensor
    /// Inverted dropout of each hidden layer, `[rows, width]`.
    package let keeps: [KeepMask]
    /// γᵗ, `[1, length]`.
    package let discounts: Tensor
    package var metrics = Metrics()

    /// Makes fresh networks and labels the segments to learn from.
    ///
    /// - Throws: `OptionIssue` when the data hold no good segment, or none at all.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        try configuration.check(data)
        (self.configuration, self.data) = (configuration, data)
        let c = configuration
        var draws = RandomStream(seed: seed, for: .splitting)
        segments = try LabelledSegments(of: data, c, using: &draws)
        let space = ActorSpace(
            observation: data.observationSize, action: data.actionSize, choices: nil, widths: c.widths,
            transforms: data.transforms)
        self.space = space
        var start = RandomStream(seed: seed, for: .weights)
        cloning = Learner(
            "cloning", optimizer: Adam(rate: .constant(c.learningRate)), using: &start, space.orthogonal)
        policy = Learner(
            "policy", optimizer: Adam(rate: .rising(c.learningRate * c.rateFactor, over: c.warmUp)),
            using: &start, space.orthogonal)
        passes = SegmentPasses(segments.count, RandomStream(seed: seed, for: .sampling))
        noise = RandomStream(seed: seed, for: .noise)
        let (each, length) = (min(c.segments, segments.count), segments.length)
        whole = TransitionBatch(rows: each * length, of: data)
        let left = segments.count % each
        rest = left > 0 ? TransitionBatch(rows: left * length, of: data) : nil
        keeps = c.widths.map { KeepMask(each * length, $0) }
        weights = Tensor(each, 1)
        labels = Tensor(each, 1)
        discounts = Tensor(1, length)
        for step in 0..<length { discounts[0, step] = step == 0 ? 1 : c.discount * discounts[0, step - 1] }
    }

    /// How many segments there are of each label.
    public var selection: String? { segments.summary }

    /// Cloning, then classification.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        let first = min(configuration.cloningUpdates, steps)
        return [
            Stage("cloning", updates: first) { try self.clone(self.drawBatch()) },
            Stage("classification", updates: steps - first) { try self.classify(self.drawBatch()) },
        ].filter { $0.updates > 0 }
    }

    /// Allowed: the first phase has updates of its own, and the second a constant step size once it has risen.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// Takes the next segments of the pass, and draws dropout.
    ///
    /// - Returns: their rows, one segment after the other.
    package func drawBatch() -> TransitionBatch {
        let taken = passes.next(atMost: configuration.segments)
        let length = segments.length
        let batch = taken.count * length == whole.rows ? whole : rest ?? whole
        for (place, index) in taken.enumerated() {
            let segment = Int(passes.order[index])
            (weights[place, 0], labels[place, 0]) = (segments.weights[segment], segments.labels[segment])
            for step in 0..<length {
                batch.indices[place * length + step] = segments.starts[segment] + Int32(step)
            }
        }
        data.fill(batch)
        if configuration.dropout > 0 {
            for keep in keeps { noise.fillKeepMask(keep.factors.buffer, rate: configuration.dropout) }
        }
        return batch
    }

    /// One step of the first phase: down the mean over the rows of −log π.
    ///
    /// - Throws: `NonFiniteError`.
    package func clone(_ batch: TransitionBatch) throws -> Metrics {
        tape.reset()
        let s = tape.constant(batch.observations), a = tape.constant(batch.actions)
        metrics.classification = nil
        metrics.cloningLoss = try cloning.descend(on: tape) { gap(cloning, s, a).mean() }
        return metrics
    }

    /// One step of the second phase: down the weighted cross-entropy of the labels.
    ///
    /// - Throws: `NonFiniteError`.
    package func classify(_ batch: TransitionBatch) throws -> Metrics {
        if policy.updates == 0 {
            _ = policy.numbers(.weights).update(fromContentsOf: cloning.numbers(.weights))
        }
        tape.reset()
        let c = configuration, count = batch.rows / segments.length
        let s = tape.constant(batch.observations), a = tape.constant(batch.actions)
        let factors = balancedWeights(count)
        let y = tape.constant(labels, rows: 0..<count), gammas = tape.constant(discounts)
        let reference = squaredError(cloning(s).tanh(), a).rowSums()
        var classified = Metrics.Classification()
        classified.loss = try policy.descend(on: tape) {
            let gap = gap(policy, s, a)
            metrics.cloningLoss = gap.mean().scalar
            let ratios = (reference - gap).reshaped(count, segments.length)
            let score = c.temperature * (gammas * ratios).rowSums()
            classified.accuracy = accuracy(score, y)
            // The floor keeps logarithms finite; nothing flows back from beyond it.
            let good = score.sigmoid()
            let likelihood =
                y * good.clipped(1e-6, 1).log() + (1 - y) * (1 - good).clipped(1e-6, 1).log()
            let loss = -(factors * likelihood).mean()
            return c.cloningWeight > 0 ? loss + c.cloningWeight * gap.mean() : loss
        }
        metrics.classification = classified
        return metrics
    }

    /// −log π of each row, with dropout, `[rows, 1]`.
    private func gap(_ learner: Learner<MLP>, _ s: Variable, _ a: Variable) -> Variable {
        let isDropping = configuration.dropout > 0
        let action = learner.body(s, learner.weights(on: tape)) { layer, result in
            isDropping ? result * tape.constant(keeps[layer].factors, rows: 0..<result.shape.rows) : result
        }
        return squaredError(action.tanh(), a).rowSums()
    }

    /// The weights of a batch's segments, those of label 0 times η·(number of label 1)/(number of label 0), `[count, 1]`.
    private func balancedWeights(_ count: Int) -> Variable {
        var good: Float = 0
        for index in 0..<count { good += labels[index, 0] }
        let balance = configuration.undesirableWeight * good / max(Float(count) - good, 1)
        let result = tape.constant(weights, rows: 0..<count)
        let isGood = tape.constant(labels, rows: 0..<count)
        return result * isGood.isAbove(0).selecting(1, else: balance)
    }

    /// The share of segments that the sign of the score labels as they are.
    private func accuracy(_ score: Variable, _ y: Variable) -> Float {
        var right = 0
        for index in 0..<y.shape.rows where (score.values[index] > 0) == (y.values[index] > 0) { right += 1 }
        return Float(right) / Float(y.shape.rows)
    }
}

extension ActorSpace {
    /// The network with orthogonal weights.
    fileprivate func orthogonal(_ layout: inout Layout) -> MLP {
        MLP("", observation, hidden: widths, outputs: action, weights: .orthogonal, in: &layout)
    }
}
