import SafeRL

/// Acts by the mean of the transformer's Gaussian, given what is still to be returned and may still be spent.
///
/// Before each step it sees the last steps of its episode; the first ones see fewer.
struct CDTPolicy: Policy {
    private let network: Network<DecisionTransformer>
    private let target: CDTTask.Target
    private let returnScale: Float
    /// Whether the steps that it was made for were stated, and it acts behind none of them.
    private let isBounded: Bool
    private let transforms: Transforms
    private let tape = Tape()
    private let order = TokenOrder()

    init(
        _ network: Network<DecisionTransformer>, target: CDTTask.Target, _ c: CDT.Configuration,
        transforms: Transforms
    ) {
        (self.network, self.target, self.transforms) = (network, target, transforms)
        (returnScale, isBounded) = (c.returnScale, c.episodeLength > 0)
    }

    private var shape: DecisionTransformer.Shape { network.body.shape }
    var observationSize: Int { shape.observation }
    var actionSize: Int { shape.action }
    var memory: Int { shape.steps - 1 }
    var seesProgress: Bool { true }

    /// One forward pass for all episodes together.
    ///
    /// - Throws: `EpisodeTooLong` behind the last step that was stated; where none was, later steps are taken for the last
    ///   that the table of times knows.
    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) throws {
        let rows = streams.count
        precondition(
            observations.count == rows * inputSize && actions.count == rows * actionSize,
            "act: sizes do not fit")
        let contexts = try Contexts(observations, rows: rows, of: self)
        transforms.normalise(observations: contexts.states.buffer)
        tape.reset()
        order.fill(shape, steps: contexts.steps, count: contexts.timeSteps.count)
        let said = contexts.timeSteps.withUnsafeBufferPointer { times in
            network.body(
                DecisionTransformer.Input(
                    states: tape.constant(contexts.states), actions: tape.constant(contexts.actions),
                    returns: tape.constant(contexts.returns), costs: tape.constant(contexts.costs),
                    timeSteps: times, episodeCosts: tape.constant(target.cost, rows, 1)),
                order, network.weights(on: tape))
        }
        var last = -1
        for row in 0..<rows {
            last += contexts.steps[row]
            for column in 0..<actionSize {
                // Not by min and max, which would turn NaN into a number.
                let action = said.action.values[last * actionSize + column]
                actions[row * actionSize + column] = action > 1 ? 1 : action < -1 ? -1 : action
            }
        }
    }

    /// The steps that are seen of each episode, oldest first, without those before its start.
    private final class Contexts {
        let states, actions, returns, costs: Tensor
        private(set) var timeSteps: [Int32] = []
        private(set) var steps: [Int] = []

        init(_ seen: Span<Float>, rows: Int, of policy: CDTPolicy) throws {
            let (o, a, memory) = (policy.observationSize, policy.actionSize, policy.memory)
            let width = policy.seenSize + a
            for row in 0..<rows {
                let now = row * policy.inputSize + memory * width
                let taken = EpisodeProgress(in: seen, at: now + o).steps
                guard taken < policy.shape.episode || !policy.isBounded else {
                    throw EpisodeTooLong(steps: policy.shape.episode)
                }
                steps.append(min(taken, memory) + 1)
            }
            let count = steps.reduce(0, +)
            states = Tensor(count, o)
            actions = Tensor(count, a)
            returns = Tensor(count, 1)
            costs = Tensor(count, 1)
            timeSteps.reserveCapacity(count)
            for row in 0..<rows {
                for step in 0..<steps[row] {
                    let place = row * policy.inputSize + (memory + 1 - steps[row] + step) * width
                    let (index, isNow) = (timeSteps.count, step == steps[row] - 1)
                    for column in 0..<o { states.buffer[index * o + column] = seen[place + column] }
                    let progress = EpisodeProgress(in: seen, at: place + o)
                    returns.buffer[index] =
                        policy.returnScale * (policy.target.reward - progress.totalReward)
                    costs.buffer[index] = policy.target.cost - progress.totalCost
                    timeSteps.append(Int32(min(progress.steps, policy.shape.episode - 1)))
                    // The action of this step is what is asked for.
                    guard !isNow else { continue }
                    for column in 0..<a {
                        actions.buffer[index * a + column] = seen[place + policy.seenSize + column]
                    }
                }
            }
        }
    }
}

/// An episode that goes on behind the last step that the policy was made for.
struct EpisodeTooLong: Fault, Equatable {
    /// The steps that it was made for.
    let steps: Int

    /// What kind of fault it is.
    var kind: FaultKind { .configuration }

    /// One sentence.
    var description: String {
        "the policy was made for episodes of \(steps) steps, and one goes on. Train with a larger cdt.episodeLength, or with 0, "
            + "which takes later steps for the last recorded one, or act where episodes are that short."
    }
}
