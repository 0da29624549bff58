import Networks
import Tensors

/// A policy evaluated at rows of inputs, with the values and exact derivatives that the optimisers need there.
///
/// `evaluate` comes first: it records the network on a tape of its own, from which every gradient comes. All sums over
/// rows are taken in a fixed order.
public final class PolicyPass {
    /// The policy.
    public let policy: StochasticPolicy
    /// Where the policy was last evaluated.
    public private(set) var parameters: [Double] = []
    /// The distributions there.
    public private(set) var point: ActionPoint
    /// Largest number of rows.
    private let capacity: Int
    private let tape = TapeOf<Double>(nodes: 64)
    private var head: ActionHead?
    /// Weight of each row in means; nil where all count alike.
    private var weights: [Double]?
    /// Tangents of the network's outputs, and what is made of them.
    private var tangents: [Double] = []
    private var cotangents: [Double] = []
    private let place: PolicyPlace
    private var distribution: any ActionDistribution { policy.distribution }

    /// Makes room.
    ///
    /// - Parameters:
    ///   - policy: the policy.
    ///   - capacity: largest number of rows, at least 1.
    public init(_ policy: StochasticPolicy, capacity: Int) {
        precondition(capacity >= 1, "a pass over \(capacity) rows")
        (self.policy, self.capacity) = (policy, capacity)
        place = PolicyPlace(policy.layout)
        point = ActionPoint(
            rows: Matrix(0, policy.network.outputs),
            shared: [Double](repeating: 0, count: policy.distribution.sharedCount))
    }

    /// Rows of the last evaluation.
    public private(set) var rows = 0

    /// Applies the policy.
    ///
    /// - Parameters:
    ///   - inputs: at most `capacity` rows.
    ///   - parameters: the flat vector.
    ///   - weights: of the rows in all means over them, at least 0, of sum 1; all alike where nil.
    public func evaluate(_ inputs: PolicyInputs, at parameters: [Double], weights: [Double]? = nil) {
        precondition(
            inputs.rows <= capacity && weights.map { $0.count == inputs.rows } ?? true,
            "\(inputs.rows) rows with \(weights?.count ?? 0) weights in a pass of at most \(capacity)")
        precondition(
            parameters.count == policy.parameterCount,
            "\(parameters.count) numbers for \(policy.parameterCount) parameters")
        policy.check(inputs)
        (self.parameters, self.weights, rows) = (parameters, weights, inputs.rows)
        tape.reset()
        place.move(to: parameters)
        let head = policy.head(
            tape.constant(inputs.observations), allowed: inputs.allowed, place.weights(on: tape))
        (self.head, point) = (head, head.point)
    }

    /// What was recorded by the last evaluation.
    private var recorded: ActionHead {
        guard let head else { preconditionFailure("a pass is asked before it evaluated anything") }
        return head
    }

    // MARK: - Values

    /// log π(a|s) of each row's action; −∞ for one that is not allowed.
    public func logProbabilities(of actions: PolicyActions) -> [Double] {
        check(actions)
        return tape.temporarily { Array(distribution.logProbability(of: actions, at: recorded).values) }
    }

    /// The entropy, mean over rows.
    public var entropy: Double { tape.temporarily { mean(distribution.entropy(at: recorded)).scalar } }

    /// A mean over rows of one number each, or of the one number that they share.
    private func mean(_ values: VariableOf<Double>) -> VariableOf<Double> {
        guard let weights, values.shape.rows > 1 else { return values.sum() / Double(values.shape.rows) }
        // A row without weight may be where the policies differ by an infinite divergence.
        let weight = tape.column(weights)
        return (weight * weight.isAbove(0).selecting(values, else: tape.constant(0, rows, 1))).sum()
    }

    /// KL(old ‖ this), mean over rows.
    public func divergence(from old: ActionPoint) -> Double {
        check(old)
        return tape.temporarily { mean(distribution.divergence(from: old, to: recorded)).scalar }
    }

    /// Σₐ π(a|s)·value(s, a), mean over rows; of a finite choice.
    ///
    /// - Parameter values: `[rows, choices]`, 0 where a choice is not allowed.
    /// - Returns: one number.
    public func expectation(of values: Matrix) -> Double {
        check(values)
        return tape.temporarily { recordedExpectation(of: values).scalar }
    }

    private func recordedExpectation(of values: Matrix) -> VariableOf<Double> {
        mean((recorded.rows.exp() * tape.constant(values)).rowSums())
    }

    private func check(_ values: Matrix) {
        precondition(
            distribution.takesAllowed && values.rows == rows && values.columns == distribution.outputs,
            "values \(values.rows) × \(values.columns) for \(rows) × \(distribution.outputs) choices")
    }

    private func check(_ actions: PolicyActions) {
        precondition(actions.rows == rows, "\(actions.rows) actions for \(rows) rows")
        distribution.check(actions)
    }

    private func check(_ old: ActionPoint) {
        precondition(
            old.rows.rows == rows && old.rows.columns == distribution.outputs
                && old.shared.count == distribution.sharedCount,
            "a point of \(old.rows.rows) × \(old.rows.columns) for \(rows) × \(distribution.outputs)")
    }

    // MARK: - Derivatives with respect to the flat vector

    /// Σ weightᵢ·∇ log π(aᵢ|sᵢ).
    public func scoreGradient(of actions: PolicyActions, weights: [Double]) -> [Double] {
        precondition(weights.count == rows, "\(weights.count) weights for \(rows) rows")
        check(actions)
        return gradient { (distribution.logProbability(of: actions, at: $0) * tape.column(weights)).sum() }
    }

    /// ∇ of the entropy, mean over rows.
    public func entropyGradient() -> [Double] { gradient { mean(distribution.entropy(at: $0)) } }

    /// ∇ KL(old ‖ this), mean over rows.
    public func divergenceGradient(from old: ActionPoint) -> [Double] {
        check(old)
        return gradient { mean(distribution.divergence(from: old, to: $0)) }
    }

    /// ∇ Σₐ π(a|s)·value(s, a), mean over rows; of a finite choice.
    ///
    /// - Parameter values: `[rows, choices]`, 0 where a choice is not allowed.
    /// - Returns: laid out as the parameters.
    public func expectationGradient(of values: Matrix) -> [Double] {
        check(values)
        return gradient { _ in recordedExpectation(of: values) }
    }

    private func gradient(_ loss: (ActionHead) -> VariableOf<Double>) -> [Double] {
        tape.temporarily {
            let loss = loss(recorded)
            place.forgetGradient()
            tape.walkBack(from: loss)
            return Array(place.gradient)
        }
    }

    /// (F + damping·I)·v, where F is the Fisher matrix, mean over rows: the Hessian of KL(old ‖ this) at old = this.
    ///
    /// Exact: Jᵀ·M·J·v with M the Fisher matrix of the distribution in the network's outputs. Nothing is allocated after
    /// the first product.
    ///
    /// - Parameters:
    ///   - v: laid out as the parameters.
    ///   - damping: at least 0.
    ///   - result: overwritten.
    public func fisherProduct(_ v: [Double], damping: Double, into result: inout [Double]) {
        precondition(
            v.count == policy.parameterCount && result.count == v.count,
            "a product of \(v.count) numbers into \(result.count) for \(policy.parameterCount) parameters")
        let (head, width) = (recorded, distribution.outputs)
        if tangents.count != rows * width {
            tangents = [Double](repeating: 0, count: rows * width)
            cotangents = tangents
        }
        tape.temporarily {
            v.withUnsafeBufferPointer { v in
                tangents.withUnsafeMutableBufferPointer { place.follow(v, to: head.outputs, into: $0) }
            }
            tangents.withUnsafeBufferPointer { tangents in
                cotangents.withUnsafeMutableBufferPointer { cotangents in
                    guard let from = tangents.baseAddress, let to = cotangents.baseAddress else { return }
                    for row in 0..<rows {
                        distribution.fisher(
                            row: row, weight: weights?[row] ?? 1 / Double(rows), at: head,
                            tangents: from + row * width, outputs: to + row * width)
                    }
                }
            }
            place.forgetGradient()
            cotangents.withUnsafeBufferPointer { tape.walkBack(from: head.outputs, cotangents: $0) }
        }
        let gradient = place.gradient
        for index in v.indices { result[index] = gradient[index] }
        for index in 0..<distribution.sharedCount { result[index] = distribution.sharedFisher * v[index] }
        for index in v.indices { result[index] += damping * v[index] }
    }
}

/// A policy's numbers and gradients beside them, each one flat vector: what the tape of a pass refers to.
private final class PolicyPlace {
    private let numbers, gradients: UnsafeMutablePointer<Double>
    private let flags: UnsafeMutablePointer<Bool>
    private let count, parameters: Int

    init(_ layout: Layout) {
        (count, parameters) = (layout.count, layout.entries.count)
        numbers = .allocate(capacity: count)
        gradients = .allocate(capacity: count)
        flags = .allocate(capacity: parameters)
        numbers.initialize(repeating: 0, count: count)
        gradients.initialize(repeating: 0, count: count)
        flags.initialize(repeating: false, count: parameters)
    }

    deinit {
        numbers.deallocate()
        gradients.deallocate()
        flags.deallocate()
    }

    var gradient: UnsafeBufferPointer<Double> { UnsafeBufferPointer(start: gradients, count: count) }

    func weights(on tape: TapeOf<Double>) -> WeightsOf<Double> {
        WeightsOf(tape: tape, values: numbers, gradients: gradients, flags: flags)
    }

    func move(to place: [Double]) {
        _ = UnsafeMutableBufferPointer(start: numbers, count: count).update(fromContentsOf: place)
    }

    /// A parameter that a loss does not depend on has gradient 0.
    func forgetGradient() {
        gradients.update(repeating: 0, count: count)
        flags.update(repeating: false, count: parameters)
    }

    /// Derivatives of a result along a direction.
    func follow(
        _ direction: UnsafeBufferPointer<Double>, to result: VariableOf<Double>,
        into tangents: UnsafeMutableBufferPointer<Double>
    ) {
        result.tape.walkForward(to: result, along: direction, laidOutAs: gradients, into: tangents)
    }
}
