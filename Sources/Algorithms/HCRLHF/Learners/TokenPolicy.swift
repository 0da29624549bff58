import LanguageModels
import Networks
import SafeRL
import Tensors

/// A candidate that writes token by token in the environment of its task.
struct TokenPolicy: Policy {
    private let network: Network<Backbone.Parts>
    private let sampling: SamplingOptions
    let observationSize: Int
    let actionSize: Int
    private let tape = Tape()

    init(_ network: Network<Backbone.Parts>, _ task: TaskSizes, _ sampling: SamplingOptions) {
        (self.network, self.sampling) = (network, sampling)
        (observationSize, actionSize) = (task.observation, task.vocabulary)
    }

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        precondition(
            observations.count == streams.count * observationSize
                && actions.count == streams.count * actionSize, "act: sizes do not fit")
        guard let decoder = network.body.decoder, streams.count > 0 else { return }
        let sequences = (0..<streams.count).map { row in
            (0..<observationSize).map { observations[row * observationSize + $0] }.filter { $0 >= 0 }
        }
        // An environment that the policy was not made for: no action, which the evaluation reports.
        guard sequences.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 < Float(actionSize) } }) else {
            for index in 0..<actions.count { actions[index] = .nan }
            return
        }
        act(after: sequences.map { $0.map { Int32($0) } }, decoder, &actions, using: &streams)
    }

    /// Chooses the token after each sequence, none of them empty.
    private func act(
        after sequences: [[Int32]], _ decoder: Decoder, _ actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        tape.reset()
        let input = PackedTokens(sequences)
        let weights = network.weights(on: tape)
        let hidden = decoder.hidden(input, weights)
        let last = input.lastRows.withUnsafeBufferPointer { hidden.rows(at: $0) }
        let logits = decoder.logits(last, weights).values
        for row in sequences.indices {
            let token = sampling.choose(
                logits[row * actionSize..<(row + 1) * actionSize], after: sequences[row], using: &streams[row]
            )
            for place in 0..<actionSize { actions[row * actionSize + place] = place == Int(token) ? 1 : -1 }
        }
    }
}

/// The sizes of a task, which a checkpoint keeps for its policy.
struct TaskSizes: StoredValue {
    let vocabulary: Int
    let observation: Int
    let endToken: Int32

    func check() throws(UnsoundValue) {
        try Sound.check(vocabulary, "vocabulary", in: Sound.size)
        try Sound.check(observation, "observation", in: Sound.size)
        try Sound.check(Int(endToken), "endToken", in: 0...vocabulary - 1)
    }
}

/// Why there is no policy for an environment: the run's writes text.
public struct WritesText: Fault {
    /// What kind of fault it is.
    public var kind: FaultKind { .usage }

    /// One line.
    public let description =
        "this run's policy answers prompts with text, which no environment takes. Its verdict is in verdict.json."

    /// The only one there is.
    public init() {}
}
