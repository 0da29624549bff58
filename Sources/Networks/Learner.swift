import Foundation
import Tensors

/// A step size that may change with the number of updates made.
public enum LearningRate: Sendable, Equatable {
    /// The same for ever.
    case constant(Float)
    /// `rate·½(1 + cos(π·min(n, N)/N))` after n updates.
    case cosine(Float, updates: Int)
    /// `rate·n/W` for the first W updates, then half a cosine down to 0 at the last of all.
    case warmedCosine(Float, warmUp: Int, updates: Int)
    /// `rate·n/W` for the first W updates, then `rate`.
    case warmed(Float, warmUp: Int)

    /// The rate of the update that follows `n` others.
    public func value(after n: Int) -> Float {
        switch self {
        case .constant(let rate): rate
        case .cosine(let rate, let updates): rate * Float(Self.descent(n, of: updates))
        case .warmedCosine(let rate, let warmUp, let updates):
            n < warmUp
                ? rate * Float(Double(n) / Double(warmUp))
                : rate * Float(Self.descent(n - warmUp, of: updates - warmUp))
        case .warmed(let rate, let warmUp):
            n < warmUp ? rate * Float(Double(n) / Double(warmUp)) : rate
        }
    }
}

extension LearningRate {
    /// ½(1 + cos(π·min(n, N)/N)).
    private static func descent(_ n: Int, of updates: Int) -> Double {
        0.5 * (1 + cos(Double.pi * Double(min(n, updates)) / Double(max(updates, 1))))
    }
}

/// The parameters that weight decay shrinks.
public enum DecayedParameters: String, Codable, Sendable {
    /// Every one.
    case all
    /// Those whose name in lower case contains neither `bias` nor `layernorm.weight`, as is usual for decoders.
    case weights

    /// Whether a parameter of this name is shrunk.
    public func include(_ name: String) -> Bool {
        let name = name.lowercased()
        return self == .all || !(name.contains("bias") || name.contains("layernorm.weight"))
    }
}

/// Adam with bias correction, ε outside the square root and optional decoupled weight decay.
///
/// - SeeAlso: Kingma and Ba 2015, arXiv:1412.6980; Loshchilov and Hutter 2019, arXiv:1711.05101.
public struct Adam: Sendable, Equatable {
    /// Step size.
    public var rate: LearningRate
    /// Decay of the first moment.
    public var beta1: Float = 0.9
    /// Decay of the second moment.
    public var beta2: Float = 0.999
    /// Added to the root of the second moment.
    public var epsilon: Float = 1e-8
    /// Decoupled weight decay.
    public var decay: Float = 0
    /// What the decay applies to.
    public var decayed = DecayedParameters.all
    /// Largest norm of the whole gradient; nil for no limit.
    public var largestNorm: Float?

    /// Adam with the usual constants.
    public init(rate: LearningRate) { self.rate = rate }
}

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

/// A network, its numbers, their moving average and its optimiser: description + one flat vector for each role.
///
/// Outside `descend` the network is a constant function; inside its own `descend` its parameters are differentiable.
public final class Learner<Body: Sendable> {
    /// The name used in checkpoints and error messages.
    public let name: String
    /// The description of the network.
    public let body: Body
    /// Names, shapes and places of the parameters.
    public let layout: Layout
    /// How the weights move.
    public let optimizer: Adam
    /// Updates made so far.
    public private(set) var updates = 0

    private let weights, gradient, firstMoment, secondMoment: Tensor
    private let average: Tensor
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
        _ name: String, optimizer: Adam, hasTarget: Bool = false, using stream: inout RandomStream,
        _ build: (inout Layout) -> Body
    ) {
        var layout = Layout()
        body = build(&layout)
        (self.name, self.layout, self.optimizer, self.hasTarget) = (name, layout, optimizer, hasTarget)
        weights = Tensor(1, layout.count)
        average = Tensor(1, hasTarget ? layout.count : 0)
        gradient = Tensor(1, layout.count)
        firstMoment = Tensor(1, layout.count)
        secondMoment = Tensor(1, layout.count)
        flags = .allocate(capacity: max(layout.entries.count, 1))
        flags.initialize(repeating: false, count: max(layout.entries.count, 1))
        pieces = layout.pieces { optimizer.decay == 0 || optimizer.decayed.include($0) }
        layout.initialize(weights.buffer, using: &stream)
        copyToTarget()
    }

    deinit { flags.deallocate() }

    /// The network's numbers on a tape: differentiable inside `descend`, constant outside.
    public func weights(on tape: Tape) -> Weights {
        Weights(
            tape: tape, values: pointer(to: weights), gradients: isDescending ? pointer(to: gradient) : nil,
            flags: isDescending ? flags : nil)
    }

    /// The moving average's numbers on a tape, always constant.
    public func targetWeights(on tape: Tape) -> Weights {
        precondition(hasTarget, "\(name) keeps no moving average")
        return Weights(tape: tape, values: pointer(to: average), gradients: nil, flags: nil)
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
    public func descend(on tape: Tape, movingTargetBy rate: Float? = nil, _ loss: () throws -> Variable)
        throws -> Float
    {
        let value = try differentiate(on: tape, loss)
        try step(movingTargetBy: rate)
        return value
    }

    /// The first half of `descend`: fills the gradient without moving the weights.
    package func differentiate(on tape: Tape, _ loss: () throws -> Variable) throws -> Float {
        precondition(!isDescending, "\(name): descend inside descend")
        flags.update(repeating: false, count: layout.entries.count)
        isDescending = true
        defer { isDescending = false }
        let loss = try loss()
        guard loss.scalar.isFinite else { throw NonFiniteError("loss of \(name)") }
        tape.walkBack(from: loss)
        for number in 0..<layout.entries.count where !flags[number] {  // took no part in the loss
            part(of: gradient, layout.entries[number]).update(repeating: 0)
        }
        return loss.scalar
    }

    /// The second half of `descend`.
    private func step(movingTargetBy rate: Float?) throws {
        precondition(rate == nil || hasTarget, "\(name) keeps no moving average")
        var scale: Float = 1
        if let largest = optimizer.largestNorm {
            scale = min(1, largest / (Vectors.norm(pointer(to: gradient), layout.count) + 1e-6))
        }
        var adam = AdamStep(
            rate: optimizer.rate.value(after: updates), beta1: optimizer.beta1, beta2: optimizer.beta2,
            correction1: correction(optimizer.beta1), correction2: correction(optimizer.beta2),
            epsilon: optimizer.epsilon, decay: 0, scale: scale)
        var finite = true
        for (range, isDecayed) in pieces {
            adam.decay = isDecayed ? optimizer.decay : 0
            let start = range.lowerBound
            let pieceIsFinite = Vectors.adam(
                pointer(to: weights) + start, pointer(to: gradient) + start, pointer(to: firstMoment) + start,
                pointer(to: secondMoment) + start, rate == nil ? nil : pointer(to: average) + start,
                range.count, adam, average: rate ?? 0)
            finite = finite && pieceIsFinite
        }
        updates += 1
        if !finite { throw NonFiniteError("gradient of \(name)\(culprit)") }
    }

    /// Moves the target: target ← rate·weights + (1 − rate)·target.
    public func moveTarget(by rate: Float) {
        precondition(hasTarget, "\(name) keeps no moving average")
        Vectors.average(pointer(to: weights), into: pointer(to: average), layout.count, rate)
    }

    /// Makes the target equal to the weights.
    public func copyToTarget() {
        if hasTarget { _ = average.buffer.update(fromContentsOf: weights.buffer) }
    }

    /// 1 / (1 − βⁿ) for the step about to be made.
    private func correction(_ beta: Float) -> Float {
        var power = 1.0
        var base = Double(beta)
        var exponent = updates + 1
        while exponent > 0 {
            if exponent & 1 == 1 { power *= base }
            base *= base
            exponent >>= 1
        }
        return Float(1 / (1 - power))
    }

    private var culprit: String {
        for entry in layout.entries {
            let values = part(of: gradient, entry)
            if !Vectors.areFinite(UnsafeBufferPointer(values)) { return ".\(entry.name)" }
        }
        return ""
    }

    private func pointer(to tensor: borrowing Tensor) -> UnsafeMutablePointer<Float> {
        guard let base = tensor.buffer.baseAddress else { preconditionFailure("a tensor without memory") }
        return base
    }

    private func part(of tensor: borrowing Tensor, _ entry: Layout.Entry) -> UnsafeMutableBufferPointer<Float>
    {
        let offset = entry.parameter.offset
        return UnsafeMutableBufferPointer(
            rebasing: tensor.buffer[offset..<offset + entry.parameter.shape.count])
    }

    // MARK: - Going back

    /// Everything that the next update depends on, copied.
    public struct Memory {
        fileprivate let weights, average, firstMoment, secondMoment: [Float]
        fileprivate let updates: Int
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
    public func elements(_ entry: Layout.Entry, _ role: LearnerRole) -> UnsafeMutableBufferPointer<Float> {
        switch role {
        case .weights: part(of: weights, entry)
        case .target: part(of: average, entry)
        case .gradient: part(of: gradient, entry)
        case .firstMoment: part(of: firstMoment, entry)
        case .secondMoment: part(of: secondMoment, entry)
        }
    }

    /// Sets the number of updates made, when a checkpoint is restored.
    public func restore(updates: Int) { self.updates = updates }
}

extension Learner where Body: Layer {
    /// Applies the network; differentiable inside its own `descend` only.
    public func callAsFunction(_ x: Variable) -> Variable { body(x, weights(on: x.tape)) }

    /// Applies the moving average of the network, always a constant function.
    public func target(_ x: Variable) -> Variable { body(x, targetWeights(on: x.tape)) }
}
