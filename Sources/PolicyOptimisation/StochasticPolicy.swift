import Networks
import Tensors

/// The network of a policy and the parameters that all states share: a description, never numbers.
package struct PolicyNetwork: Sendable {
    let shared: Parameter?
    let network: MLP
}

typealias PolicyLearner = LearnerOf<PolicyNetwork, Double>

/// A stochastic policy: a network and the distribution that its outputs describe.
///
/// Its parameters are one flat vector, the shared ones of the distribution first, then the network's.
public struct StochasticPolicy: Sendable {
    /// Row i is the action vector of choice i; nil for Gaussian policies, and where choices have no vectors.
    public let actionTable: Matrix?
    package let distribution: any ActionDistribution
    package let body: PolicyNetwork
    /// Names, shapes and places of the parameters in the flat vector.
    package let layout: Layout

    /// Layers of tanh, the last one linear; without hidden layers a linear map, and on observations that mark one state
    /// each (1 there, 0 elsewhere) a table.
    private init(
        _ distribution: any ActionDistribution, observation: Int, hidden: [Int], table: Matrix? = nil,
        logDeviation: Double = 0
    ) {
        let widths = [observation] + hidden
        precondition(widths.allSatisfy { $0 >= 1 }, "a network of widths \(widths)")
        var layout = Layout(alignment: 1)
        let shared =
            distribution.sharedCount == 0
            ? nil : layout.add("logDeviation", 1, distribution.sharedCount, .constant(logDeviation))
        let network = MLP(
            "", observation, hidden: hidden, outputs: distribution.outputs, activation: .tanh,
            lastWeights: .scaledXavierUniform(0.01), isTransposed: true, in: &layout)
        (self.distribution, self.layout, actionTable) = (distribution, layout, table)
        body = PolicyNetwork(shared: shared, network: network)
    }

    /// The network from observations to the distribution.
    public var network: MLP { body.network }

    /// N(μ(s), diag(σ²)) with standard deviations that all states share; its draws are not clipped.
    ///
    /// - Parameters:
    ///   - observation: numbers in an observation.
    ///   - hidden: widths of the hidden layers.
    ///   - actions: numbers in an action, at least 1.
    ///   - logDeviation: ln σ at the start.
    /// - Returns: a policy whose actions are vectors.
    public static func gaussian(
        observation: Int, hidden: [Int], actions: Int, logDeviation: Double = -0.5
    ) -> StochasticPolicy {
        precondition(actions >= 1, "a policy over \(actions) numbers")
        return StochasticPolicy(
            GaussianActions(outputs: actions), observation: observation, hidden: hidden,
            logDeviation: logDeviation)
    }

    /// A softmax over a finite choice.
    ///
    /// - Parameters:
    ///   - observation: numbers in an observation.
    ///   - hidden: widths of the hidden layers; without any, on observations that mark one state each, a table.
    ///   - choices: number of actions, at least 1.
    /// - Returns: a policy whose actions are numbers of choices.
    public static func categorical(observation: Int, hidden: [Int], choices: Int) -> StochasticPolicy {
        precondition(choices >= 1, "a choice of \(choices)")
        return StochasticPolicy(
            CategoricalActions(outputs: choices), observation: observation, hidden: hidden)
    }

    /// A softmax over the rows of a table of action vectors.
    ///
    /// - Parameters:
    ///   - observation: numbers in an observation.
    ///   - hidden: widths of the hidden layers.
    ///   - table: `[choices, action]`, at least one row.
    /// - Returns: a policy whose actions are numbers of rows.
    public static func categorical(observation: Int, hidden: [Int], actions table: Matrix) -> StochasticPolicy
    {
        precondition(table.rows >= 1, "a choice of \(table.rows)")
        return StochasticPolicy(
            CategoricalActions(outputs: table.rows), observation: observation, hidden: hidden, table: table)
    }

    /// Length of the flat vector.
    public var parameterCount: Int { layout.count }

    /// Starting values: weights U(−l, l) with l = √(6 / (inputs + outputs)), those of the last layer at a hundredth of
    /// that, biases 0.
    public func initialParameters(using stream: inout RandomStream) -> [Double] {
        var parameters = [Double](repeating: 0, count: parameterCount)
        parameters.withUnsafeMutableBufferPointer { layout.initialize($0, using: &stream) }
        return parameters
    }

    /// Traps where numbers cannot be parameters.
    func check(_ parameters: [Double]) {
        precondition(
            parameters.count == parameterCount && parameters.allSatisfy(\.isFinite),
            "\(parameters.count) numbers, or numbers that are not finite, for \(parameterCount) parameters")
    }

    /// Traps where inputs are not for this policy.
    func check(_ inputs: PolicyInputs) {
        precondition(
            inputs.observations.columns == network.inputs,
            "observations of \(inputs.observations.columns) numbers for a policy of \(network.inputs)")
        guard let allowed = inputs.allowed else { return }
        precondition(
            distribution.takesAllowed && allowed.count == inputs.rows * distribution.outputs,
            "\(allowed.count) marks for \(inputs.rows) rows of a policy with \(distribution.outputs) outputs")
    }

    /// A learner of this policy, with the weights that `initialParameters` gives.
    func learner(_ optimizer: AdamOf<Double>, using stream: inout RandomStream) -> PolicyLearner {
        PolicyLearner("policy", optimizer: optimizer, using: &stream) { layout in
            layout = self.layout
            return body
        }
    }

    /// The distributions at observations on a tape.
    ///
    /// - Parameters:
    ///   - observations: `[rows, observation]`.
    ///   - allowed: `[rows, choices]` row by row; nil where every action is.
    ///   - w: the numbers.
    /// - Returns: what can be asked for log-probabilities.
    package func head(
        _ observations: VariableOf<Double>, allowed: [Bool]?, _ w: WeightsOf<Double>
    ) -> ActionHead {
        distribution.head(body.network(observations, w), shared: body.shared.map { w[$0] }, allowed: allowed)
    }

    /// The distributions at some inputs.
    public func point(at inputs: PolicyInputs, parameters: [Double]) -> ActionPoint {
        let pass = PolicyPass(self, capacity: inputs.rows)
        pass.evaluate(inputs, at: parameters)
        return pass.point
    }

    /// A draw for each row of the inputs, from that row's stream.
    ///
    /// - Parameters:
    ///   - inputs: what the policy sees.
    ///   - parameters: the flat vector.
    ///   - streams: one a row, `.action` of its episode; what a row draws does not depend on the other rows.
    /// - Returns: one action a row.
    public func sample(
        _ inputs: PolicyInputs, parameters: [Double], using streams: inout [RandomStream]
    ) -> PolicyActions {
        precondition(streams.count == inputs.rows, "\(streams.count) streams for \(inputs.rows) rows")
        return distribution.draw(at: point(at: inputs, parameters: parameters), using: &streams)
    }

    /// The most probable action of each row: the mean, or the choice of largest probability (the first such).
    public func mode(_ inputs: PolicyInputs, parameters: [Double]) -> PolicyActions {
        distribution.mode(at: point(at: inputs, parameters: parameters))
    }

    /// The vectors of actions: as they are, or the rows of the table that were chosen.
    public func vectors(of actions: PolicyActions) -> Matrix {
        switch actions {
        case .vectors(let vectors): return vectors
        case .choices(let choices):
            guard let actionTable else { preconditionFailure("the choices of this policy have no vectors") }
            return actionTable.rows(at: choices)
        }
    }
}
