import SafeRL

/// A causal transformer over returns-to-go, costs-to-go, states and actions that predicts actions: a value that holds shapes.
///
/// The token of a state predicts the action, that of an action the class of the cost and the next state.
package struct DecisionTransformer: Sendable {
    /// Sizes and which tokens there are.
    package struct Shape: Sendable, Equatable {
        package var observation: Int
        package var action: Int
        /// Width E of a token.
        package var width = 128
        package var blocks = 3
        package var heads = 8
        /// Steps L of a context.
        package var steps = 10
        /// Largest number of steps of an episode, T.
        package var episode: Int
        package var usesReturn = true
        package var usesCost = true
        /// Whether a token of the episode's cost stands before all others.
        package var hasPrefix = false
        /// What costs-to-go are subtracted from, or nil.
        package var costCeiling: Float? = 50
        /// Whether the action is a Gaussian, or the squared error's mean.
        package var isStochastic = true
        /// Layers of the action head.
        package var headLayers = 1

        package init(observation: Int, action: Int, episode: Int) {
            (self.observation, self.action, self.episode) = (observation, action, episode)
        }

        /// Tokens of a step.
        package var tokensOfStep: Int { 2 + (usesReturn ? 1 : 0) + (usesCost ? 1 : 0) }
        /// Tokens of the longest context.
        package var longest: Int { steps * tokensOfStep + (hasPrefix ? 1 : 0) }
    }

    /// What is known of some contexts, one behind the other, one row a step.
    package struct Input {
        /// `[V, O]`, `[V, A]`.
        let states, actions: Variable
        /// `[V, 1]`, scaled, as labelled.
        let returns, costs: Variable
        /// Number of each step in its episode, V of them.
        let timeSteps: UnsafeBufferPointer<Int32>
        /// Cost of each context's episode, `[contexts, 1]`.
        let episodeCosts: Variable
    }

    /// What the transformer says, one row a step.
    package struct Output {
        /// Mean of the Gaussian, or the action itself, `[V, A]`.
        package let action: Variable
        /// Its log standard deviation, `[V, A]`; nil where the action is not a Gaussian.
        package let logDeviation: Variable?
        /// Log-probabilities of no cost and of a cost, `[V, 2]`.
        package let cost: Variable
        /// The next state, `[V, O]`.
        package let state: Variable
    }

    package let shape: Shape
    private let time: Parameter
    private let stateEmbedding, actionEmbedding: Linear
    private let costEmbedding, returnEmbedding, prefixEmbedding: Linear?
    private let transformer: CausalTransformer
    private let hidden: [Linear]
    private let action: Linear, logDeviation: Linear?
    private let cost, state: Linear

    /// Adds the parameters to a layout: weights and the table of times N(0, 0.02²) but for queries, keys and values, biases 0.
    package init(_ shape: Shape, in layout: inout Layout) {
        self.shape = shape
        let width = shape.width
        func linear(
            _ name: String, _ inputs: Int, _ outputs: Int, _ activation: Activation = .identity,
            in layout: inout Layout
        ) -> Linear {
            Linear(name, inputs, outputs, activation: activation, weights: .normal(0.02), in: &layout)
        }
        time = layout.add("time_emb", shape.episode + shape.steps, width, .normal(0.02))
        stateEmbedding = linear("state_emb", shape.observation, width, in: &layout)
        actionEmbedding = linear("action_emb", shape.action, width, in: &layout)
        costEmbedding = shape.usesCost ? linear("cost_emb", 1, width, in: &layout) : nil
        returnEmbedding = shape.usesReturn ? linear("return_emb", 1, width, in: &layout) : nil
        prefixEmbedding = shape.hasPrefix ? linear("prefix_emb", 1, width, in: &layout) : nil
        transformer = CausalTransformer(
            width: width, blocks: shape.blocks, heads: shape.heads, in: &layout)
        // A Gaussian's head has one hidden layer at most, as the released one; else as many as are asked for.
        var hidden: [Linear] = []
        for number in 0..<(shape.isStochastic ? min(shape.headLayers - 1, 1) : shape.headLayers - 1) {
            hidden.append(linear("action_head.l\(number)", width, width, .gelu, in: &layout))
        }
        self.hidden = hidden
        action = linear(
            shape.isStochastic ? "action_head.mu" : "action_head.out", width, shape.action, in: &layout)
        logDeviation =
            shape.isStochastic ? linear("action_head.log_std", width, shape.action, in: &layout) : nil
        cost = linear("cost_head", width, 2, in: &layout)
        state = linear("state_head", width, shape.observation, in: &layout)
    }

    /// Applies the transformer.
    ///
    /// - Parameters:
    ///   - input: of the contexts.
    ///   - order: which token stands where.
    ///   - w: the numbers.
    ///   - dropout: what is dropped; nothing when acting.
    /// - Returns: one row a step.
    package func callAsFunction(
        _ input: Input, _ order: TokenOrder, _ w: Weights, dropout: (any TransformerDropout)? = nil
    ) -> Output {
        let tokens = transformer(embedded(input, order, w), lengths: order.lengths, w, dropout: dropout)
        let ofStates = order.states.withUnsafeBufferPointer { tokens.rows(at: $0) }
        let ofActions = order.actions.withUnsafeBufferPointer { tokens.rows(at: $0) }
        let features = hidden.reduce(ofStates) { $1($0, w) }
        return Output(
            action: action(features, w), logDeviation: logDeviation.map { $0(features, w) },
            cost: cost(ofActions, w).logSoftmax(), state: state(ofActions, w))
    }

    /// `[T, E]`: every token but the prefix has the embedding of its step's time.
    private func embedded(_ input: Input, _ order: TokenOrder, _ w: Weights) -> Variable {
        let times = w[time].rows(at: input.timeSteps)
        var kinds = stateEmbedding(input.states, w) + times
        kinds = kinds.above(actionEmbedding(input.actions, w) + times)
        if let costEmbedding {
            let costs = shape.costCeiling.map { input.costs.scaled(by: -1, plus: $0) } ?? input.costs
            kinds = kinds.above(costEmbedding(costs, w) + times)
        }
        if let returnEmbedding { kinds = kinds.above(returnEmbedding(input.returns, w) + times) }
        if let prefixEmbedding { kinds = kinds.above(prefixEmbedding(input.episodeCosts, w)) }
        return order.rows.withUnsafeBufferPointer { kinds.rows(at: $0) }
    }
}

/// Which token stands where in packed contexts; reused memory.
package final class TokenOrder {
    /// For each token its row among those of all states, then actions, costs, returns and prefixes.
    package private(set) var rows: [Int32] = []
    /// Tokens of each context.
    package private(set) var lengths: [Int] = []
    /// The token of each step's state, and of its action.
    package private(set) var states: [Int32] = [], actions: [Int32] = []

    package init() {}

    /// Orders the tokens of contexts: prefix; then return, cost, state and action of each step.
    ///
    /// - Parameters:
    ///   - shape: which tokens there are.
    ///   - steps: of each context, at least 1.
    ///   - count: of all steps together.
    package func fill(_ shape: DecisionTransformer.Shape, steps: some Sequence<Int>, count: Int) {
        rows.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        states.removeAll(keepingCapacity: true)
        actions.removeAll(keepingCapacity: true)
        let returns = shape.usesCost ? 3 : 2
        let prefixes = returns + (shape.usesReturn ? 1 : 0)
        var row = 0
        for steps in steps {
            if shape.hasPrefix { rows.append(Int32(prefixes * count + lengths.count)) }
            for _ in 0..<steps {
                if shape.usesReturn { rows.append(Int32(returns * count + row)) }
                if shape.usesCost { rows.append(Int32(2 * count + row)) }
                states.append(Int32(rows.count))
                rows.append(Int32(row))
                actions.append(Int32(rows.count))
                rows.append(Int32(count + row))
                row += 1
            }
            lengths.append(steps * shape.tokensOfStep + (shape.hasPrefix ? 1 : 0))
        }
        precondition(row == count, "\(row) steps in contexts of \(count)")
    }
}
