import Tensors

/// What a learner's vectors are for.
public enum LearnerRole: String, CaseIterable, Sendable {
    /// The weights.
    case weights
    /// Their moving average.
    case target
    /// The last gradient; not part of a checkpoint.
    case gradient
    /// First moment of the gradient, without bias correction.
    case firstMoment
    /// Second moment of the gradient, without bias correction.
    case secondMoment
}

/// A learner in single precision.
public typealias Learner<Body: Sendable> = LearnerOf<Body, Float>

/// A network, its numbers, their moving average and its optimiser: description + one flat vector for each role.
///
/// Outside `descend` the network is a constant function; inside its own `descend` its parameters are differentiable.
public final class LearnerOf<Body: Sendable, Scalar: TapeScalar> {
    /// The name used in checkpoints and error messages.
    public let name: String
    /// The description of the network.
    public let body: Body
    /// Names, shapes and places of the parameters.
    public let layout: Layout
    /// How the weights move.
    public let optimizer: AdamOf<Scalar>
    /// Updates made so far.
    public private(set) var updates = 0

    private let weights, gradient, firstMoment, secondMoment: FlatVector<Scalar>
    private let average: FlatVector<Scalar>
    /// Whether a moving average of the weights is kept.
    public let hasTarget: Bool
    private let flags: UnsafeMutablePointer<Bool>
    /// The flat vector in pieces that are decayed or not.
    private let pieces: [(range: Range<Int>, isDecayed: Bool)]
    private var isDescending = false

    /// Makes a network with fresh weights; the target starts as a copy.
    ///
    /// - Parameters:
    ///   - name: for checkpoints and messages.
    ///   - optimizer: how the weights move.
    ///   - hasTarget: whether to keep a moving average.
    ///   - stream: where the weights come from.
    ///   - build: describes the network by adding its parameters to a layout.
    public init(
        _ name: String, optimizer: AdamOf<Scalar>, hasTarget: Bool = false, using stream: inout RandomStream,
        _ build: (inout Layout) -> Body
    ) {
        var layout = Layout()
        body = build(&layout)
        (self.name, self.layout, self.optimizer, self.hasTarget) = (name, layout, optimizer, hasTarget)
        weights = FlatVector(layout.count)
        average = FlatVector(hasTarget ? layout.count : 0)
        gradient = FlatVector(layout.count)
        firstMoment = FlatVector(layout.count)
        secondMoment = FlatVector(layout.count)
        flags = .allocate(capacity: max(layout.entries.count, 1))
        flags.initialize(repeating: false, count: max(layout.entries.count, 1))
        pieces = layout.pieces { optimizer.decay == 0 || optimizer.decayed.include($0) }
        layout.initialize(weights.buffer, using: &stream)
        copyToTarget()
    }

    deinit { flags.deallocate() }

    /// The network's numbers on a tape: differentiable inside `descend`, constant outside.
    public func weights(on tape: TapeOf<Scalar>) -> WeightsOf<Scalar> {
        WeightsOf(
            tape: tape, values: weights.base, gradients: isDescending ? gradient.base : nil,
            flags: isDescending ? flags : nil)
    }

    /// The moving average's numbers on a tape, always constant.
    public func targetWeights(on tape: TapeOf<Scalar>) -> WeightsOf<Scalar> {
        precondition(hasTarget, "\(name) keeps no moving average")
        return WeightsOf(tape: tape, values: average.base, gradients: nil, flags: nil)
    }

    /// Moves the weights one step down the gradient of a loss; only this learner's parameters are differentiable in it.
    ///
    /// - Parameters:
    ///   - tape: where the loss is recorded.
    ///   - rate: if given, the target follows: target ← rate·weights + (1 − rate)·target.
    ///   - loss: gives `[1, 1]`.
    /// - Returns: the loss before the step.
    /// - Throws: `NonFiniteError` naming the loss or the parameter whose gradient is not finite; the weights are spoilt then.
    @discardableResult
    public func descend(
        on tape: TapeOf<Scalar>, movingTargetBy rate: Scalar? = nil, _ loss: () throws -> VariableOf<Scalar>
    )
        throws -> Scalar
    {
        let value = try shared(try differentiate(on: tape, loss))
        try step(movingTargetBy: rate)
        return value
    }

    /// As `descend`, for a loss that is the sum of parts, each recorded and walked back by itself: memory holds one at a time.
    ///
    /// - Parameters:
    ///   - tape: where the parts are recorded; forgotten before each.
    ///   - parts: how many there are, at least 1.
    ///   - loss: gives `[1, 1]` for a part.
    /// - Returns: the loss before the step, summed in the order of the parts.
    /// - Throws: as `descend`.
    @discardableResult
    public func descend(
        on tape: TapeOf<Scalar>, parts: Int, _ loss: (Int) throws -> VariableOf<Scalar>
    ) throws -> Scalar {
        let value = try shared(try differentiate(on: tape, parts: parts, loss))
        try step(movingTargetBy: nil)
        return value
    }

    /// Where the update is one of several parts, the mean of their gradients in place of its own; returns that of the losses.
    private func shared(_ loss: Scalar) throws -> Scalar {
        guard let shard = DataShard.current else { return loss }
        return try shard.mean(gradient: gradient.buffer, loss)
    }

    /// The first half of `descend`: fills the gradient without moving the weights.
    package func differentiate(on tape: TapeOf<Scalar>, _ loss: () throws -> VariableOf<Scalar>) throws
        -> Scalar
    {
        try accumulate { add in try add(loss()) }
    }

    /// The first half of `descend` with parts.
    package func differentiate(
        on tape: TapeOf<Scalar>, parts: Int, _ loss: (Int) throws -> VariableOf<Scalar>
    ) throws -> Scalar {
        try accumulate { add in
            for part in 0..<parts {
                tape.reset()
                try add(loss(part))
            }
        }
    }

    /// Sums up the gradients of the losses that `record` adds; returns the sum of the losses.
    private func accumulate(_ record: ((VariableOf<Scalar>) throws -> Void) throws -> Void) throws -> Scalar {
        precondition(!isDescending, "\(name): descend inside descend")
        flags.update(repeating: false, count: layout.entries.count)
        isDescending = true
        defer { isDescending = false }
        var total: Scalar = 0
        try record { loss in
            guard loss.scalar.isFinite else { throw NonFiniteError("loss of \(name)") }
            loss.tape.walkBack(from: loss)
            total += loss.scalar
        }
        for number in 0..<layout.entries.count where !flags[number] {  // took no part in the loss
            elements(layout.entries[number], .gradient).update(repeating: 0)
        }
        return total
    }

    /// The second half of `descend`.
    private func step(movingTargetBy rate: Scalar?) throws {
        precondition(rate == nil || hasTarget, "\(name) keeps no moving average")
        var scale: Scalar = 1
        if let largest = optimizer.largestNorm {
            scale = min(1, largest / (Vectors.norm(gradient.base, layout.count) + 1e-6))
        }
        var adam = AdamStep(
            rate: optimizer.rate.value(after: updates), beta1: optimizer.beta1, beta2: optimizer.beta2,
            correction1: correction(optimizer.beta1), correction2: correction(optimizer.beta2),
            epsilon: optimizer.epsilon, scale: scale)
        var finite = true
        for (range, isDecayed) in pieces {
            adam.decay = isDecayed ? optimizer.decay : 0
            let start = range.lowerBound
            let pieceIsFinite = Vectors.adam(
                weights.base + start, gradient.base + start, firstMoment.base + start,
                secondMoment.base + start, rate == nil ? nil : average.base + start,
                range.count, adam, average: rate ?? 0)
            finite = finite && pieceIsFinite
        }
        updates += 1
        if !finite { throw NonFiniteError("gradient of \(name)\(culprit)") }
    }

    /// Moves the target: target ← rate·weights + (1 − rate)·target.
    public func moveTarget(by rate: Scalar) {
        precondition(hasTarget, "\(name) keeps no moving average")
        Vectors.average(weights.base, into: average.base, layout.count, rate)
    }

    /// Makes the target equal to the weights.
    public func copyToTarget() {
        if hasTarget { _ = average.buffer.update(fromContentsOf: weights.buffer) }
    }

    /// 1 / (1 − βⁿ) for the step about to be made.
    private func correction(_ beta: Scalar) -> Scalar {
        Scalar(1 / (1 - Vectors.power(beta, updates + 1)))
    }

    private var culprit: String {
        for entry in layout.entries {
            let values = elements(entry, .gradient)
            if !Vectors.areFinite(UnsafeBufferPointer(values)) { return ".\(entry.name)" }
        }
        return ""
    }

    // MARK: - Going back

    /// Everything that the next update depends on, copied.
    public struct Memory {
        fileprivate let weights, average, firstMoment, secondMoment: [Scalar]
        fileprivate let updates: Int

        /// What was copied elsewhere, such as into a checkpoint; flat vectors, the average empty where none is kept.
        package init(
            weights: [Scalar], average: [Scalar], firstMoment: [Scalar], secondMoment: [Scalar], updates: Int
        ) {
            (self.weights, self.average, self.updates) = (weights, average, updates)
            (self.firstMoment, self.secondMoment) = (firstMoment, secondMoment)
        }
    }

    /// Copies everything that the next update depends on.
    public func remembered() -> Memory {
        Memory(
            weights: Array(weights.buffer), average: Array(average.buffer),
            firstMoment: Array(firstMoment.buffer), secondMoment: Array(secondMoment.buffer), updates: updates
        )
    }

    /// Goes back to what was copied.
    public func restore(_ memory: Memory) {
        _ = weights.buffer.update(fromContentsOf: memory.weights)
        _ = average.buffer.update(fromContentsOf: memory.average)
        _ = firstMoment.buffer.update(fromContentsOf: memory.firstMoment)
        _ = secondMoment.buffer.update(fromContentsOf: memory.secondMoment)
        updates = memory.updates
    }

    // MARK: - Reading and restoring

    /// The elements of one parameter in one role; valid as long as the learner lives.
    public func elements(_ entry: Layout.Entry, _ role: LearnerRole) -> UnsafeMutableBufferPointer<Scalar> {
        let offset = entry.parameter.offset
        return UnsafeMutableBufferPointer(rebasing: numbers(role)[offset..<offset + entry.shape.count])
    }

    /// The whole flat vector in one role; valid as long as the learner lives.
    package func numbers(_ role: LearnerRole) -> UnsafeMutableBufferPointer<Scalar> {
        switch role {
        case .weights: weights.buffer
        case .target: average.buffer
        case .gradient: gradient.buffer
        case .firstMoment: firstMoment.buffer
        case .secondMoment: secondMoment.buffer
        }
    }

    /// Sets the number of updates made, when a checkpoint is restored.
    public func restore(updates: Int) { self.updates = updates }
}

extension LearnerOf where Body: Layer, Scalar == Float {
    /// Applies the network; differentiable inside its own `descend` only.
    public func callAsFunction(_ x: Variable) -> Variable { body(x, weights(on: x.tape)) }

    /// Applies the moving average of the network, always a constant function.
    public func target(_ x: Variable) -> Variable { body(x, targetWeights(on: x.tape)) }
}
