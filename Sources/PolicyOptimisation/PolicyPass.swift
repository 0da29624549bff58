import Foundation
import Tensors

/// A policy evaluated at rows of inputs, with the values and exact derivatives that the optimisers need there.
///
/// `evaluate` comes first. All sums over rows are taken in a fixed order; buffers are reused.
public final class PolicyPass {
    /// The policy.
    public let policy: StochasticPolicy
    /// Where the policy was last evaluated.
    public private(set) var parameters: [Double] = []
    /// The distributions there.
    public private(set) var point: ActionPoint
    private let pass: DensePass
    /// Weight of each row in means; nil where all count alike.
    private var weights: [Double]?
    private var shared: [Double]
    private var distribution: any ActionDistribution { policy.distribution }

    /// Makes room.
    ///
    /// - Parameters:
    ///   - policy: the policy.
    ///   - capacity: largest number of rows, at least 1.
    public init(_ policy: StochasticPolicy, capacity: Int) {
        self.policy = policy
        pass = DensePass(policy.network, capacity: capacity)
        shared = [Double](repeating: 0, count: policy.distribution.sharedCount)
        point = ActionPoint(rows: Matrix(0, policy.network.outputs), shared: shared)
    }

    /// Rows of the last evaluation.
    public var rows: Int { pass.rows }

    /// Applies the policy.
    ///
    /// - Parameters:
    ///   - inputs: at most `capacity` rows.
    ///   - parameters: the flat vector.
    ///   - weights: of the rows in all means over them, at least 0, of sum 1; all alike where nil.
    public func evaluate(_ inputs: PolicyInputs, at parameters: [Double], weights: [Double]? = nil) {
        precondition(
            weights.map { $0.count == inputs.rows } ?? true,
            "\(weights?.count ?? 0) weights for \(inputs.rows) rows")
        precondition(
            parameters.count == policy.parameterCount,
            "\(parameters.count) numbers for \(policy.parameterCount) parameters")
        precondition(
            inputs.observations.columns == policy.network.inputs,
            "observations of \(inputs.observations.columns) numbers for a policy of \(policy.network.inputs)")
        if let allowed = inputs.allowed {
            precondition(
                distribution.takesAllowed && allowed.count == inputs.rows * distribution.outputs,
                "\(allowed.count) marks for \(inputs.rows) rows of a policy with \(distribution.outputs) outputs"
            )
        }
        (self.parameters, self.weights) = (parameters, weights)
        inputs.observations.elements.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return }
            pass.forward(base, rows: inputs.rows, parameters: parameters)
        }
        if point.rows.rows != rows { point.rows = Matrix(rows, distribution.outputs) }
        for (index, output) in pass.outputs.enumerated() { point.rows.elements[index] = output }
        for index in shared.indices { point.shared[index] = parameters[index] }
        distribution.settle(&point.rows, allowed: inputs.allowed)
    }

    // MARK: - Values

    /// log π(a|s) of each row's action; −∞ for one that is not allowed.
    public func logProbabilities(of actions: PolicyActions) -> [Double] {
        check(actions)
        return (0..<rows).map { distribution.logProbability(of: actions, row: $0, at: point) }
    }

    /// The entropy, mean over rows.
    public var entropy: Double { mean { distribution.entropy(row: $0, at: point) } }

    private func mean(_ value: (_ row: Int) -> Double) -> Double {
        guard let weights else { return (0..<rows).reduce(0) { $0 + value($1) } / Double(rows) }
        // A row without weight may be where the policies differ by an infinite divergence.
        return (0..<rows).reduce(0) { weights[$1] > 0 ? $0 + weights[$1] * value($1) : $0 }
    }

    private func weight(_ row: Int) -> Double { weights?[row] ?? 1 / Double(rows) }

    /// KL(old ‖ this), mean over rows.
    public func divergence(from old: ActionPoint) -> Double {
        check(old)
        return mean { distribution.divergence(row: $0, from: old, to: point) }
    }

    /// Σₐ π(a|s)·value(s, a), mean over rows; of a finite choice.
    ///
    /// - Parameter values: `[rows, choices]`, 0 where a choice is not allowed.
    /// - Returns: one number.
    public func expectation(of values: Matrix) -> Double {
        check(values)
        let width = distribution.outputs
        return mean { row in
            (row * width..<(row + 1) * width).reduce(0) {
                $0 + exp(point.rows.elements[$1]) * values.elements[$1]
            }
        }
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
                && old.shared.count == shared.count,
            "a point of \(old.rows.rows) × \(old.rows.columns) for \(rows) × \(distribution.outputs)")
    }

    // MARK: - Derivatives with respect to the flat vector

    /// Σ weightᵢ·∇ log π(aᵢ|sᵢ).
    public func scoreGradient(of actions: PolicyActions, weights: [Double]) -> [Double] {
        precondition(weights.count == rows, "\(weights.count) weights for \(rows) rows")
        check(actions)
        return gradient { row, outputs in
            distribution.score(
                of: actions, row: row, weight: weights[row], at: point, outputs: outputs, shared: &shared)
        }
    }

    /// Σ weightᵢ·∇ log π(aᵢ|sᵢ) + `entropyWeight`·∇ (mean entropy).
    package func scoreGradient(
        of actions: PolicyActions, weights: [Double], entropyWeight: Double
    ) -> [Double] {
        precondition(weights.count == rows, "\(weights.count) weights for \(rows) rows")
        check(actions)
        return gradient { row, outputs in
            distribution.score(
                of: actions, row: row, weight: weights[row], at: point, outputs: outputs, shared: &shared)
            distribution.addEntropyGradient(
                row: row, weight: entropyWeight / Double(rows), at: point, outputs: outputs, shared: &shared)
        }
    }

    /// ∇ KL(old ‖ this), mean over rows.
    public func divergenceGradient(from old: ActionPoint) -> [Double] {
        check(old)
        return gradient { row, outputs in
            distribution.divergenceGradient(
                row: row, weight: weight(row), from: old, to: point, outputs: outputs, shared: &shared)
        }
    }

    /// ∇ Σₐ π(a|s)·value(s, a), mean over rows; of a finite choice.
    ///
    /// In the outputs of the network it is p·(v − pᵀv), which is what the Fisher matrix makes of v.
    ///
    /// - Parameter values: `[rows, choices]`, 0 where a choice is not allowed.
    /// - Returns: laid out as the parameters.
    public func expectationGradient(of values: Matrix) -> [Double] {
        check(values)
        return values.elements.withUnsafeBufferPointer { values in
            gradient { row, outputs in
                guard let base = values.baseAddress else { return }
                distribution.fisher(
                    row: row, weight: weight(row), at: point, tangents: base + row * distribution.outputs,
                    outputs: outputs)
            }
        }
    }

    private func gradient(_ fill: (Int, UnsafeMutablePointer<Double>) -> Void) -> [Double] {
        var result = [Double](repeating: 0, count: policy.parameterCount)
        for index in shared.indices { shared[index] = 0 }
        let cotangents = pass.cotangents
        guard let base = cotangents.baseAddress else { return result }
        for row in 0..<rows { fill(row, base + row * distribution.outputs) }
        pass.gradient(into: &result, parameters: parameters)
        for index in shared.indices { result[index] = shared[index] }
        return result
    }

    /// (F + damping·I)·v, where F is the Fisher matrix, mean over rows: the Hessian of KL(old ‖ this) at old = this.
    ///
    /// Exact: Jᵀ·M·J·v with M the Fisher matrix of the distribution in the network's outputs.
    ///
    /// - Parameters:
    ///   - v: laid out as the parameters.
    ///   - damping: at least 0.
    ///   - result: overwritten.
    public func fisherProduct(_ v: [Double], damping: Double, into result: inout [Double]) {
        precondition(
            v.count == policy.parameterCount && result.count == v.count,
            "a product of \(v.count) numbers into \(result.count) for \(policy.parameterCount) parameters")
        pass.differentiate(along: v, parameters: parameters)
        guard let tangents = pass.tangents.baseAddress, let cotangents = pass.cotangents.baseAddress else {
            return
        }
        for row in 0..<rows {
            let start = row * distribution.outputs
            distribution.fisher(
                row: row, weight: weight(row), at: point, tangents: tangents + start,
                outputs: cotangents + start)
        }
        pass.gradient(into: &result, parameters: parameters)
        for index in shared.indices { result[index] = distribution.sharedFisher * v[index] }
        for index in v.indices { result[index] += damping * v[index] }
    }
}
