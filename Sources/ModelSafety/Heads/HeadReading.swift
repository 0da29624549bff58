import Foundation

/// What a stream head reads of a model that does not learn.
public enum HeadReading: String, Sendable, CaseIterable {
    /// The state of the token alone, as in Qwen3Guard-Stream, whose backbone is trained with its head.
    case token
    /// That, and the state of the prompt's last token, which has faded from the other.
    case tokenAndPrompt = "token-and-prompt"
    /// Both, and the mean of the states of the reply so far.
    case whole

    /// How many states it is given at a time.
    public var states: Int {
        switch self {
        case .token: 1
        case .tokenAndPrompt: 2
        case .whole: 3
        }
    }

    /// What is given of a token.
    ///
    /// - Parameters:
    ///   - state: of the token.
    ///   - prompt: of the prompt's last token.
    ///   - mean: of the reply's tokens so far.
    /// - Returns: `[states · hidden]`.
    func input(_ state: [Float], prompt: [Float], mean: [Float]) -> [Float] {
        switch self {
        case .token: state
        case .tokenAndPrompt: state + prompt
        case .whole: state + prompt + mean
        }
    }
}

/// The states of a reply as its tokens come, and what a head is given of each.
public struct HeadTrace: Sendable {
    private let reading: HeadReading
    private let prompt: [Float]
    private var states: [[Float]] = []
    private var sum: [Float]

    /// Begins behind a prompt.
    ///
    /// - Parameters:
    ///   - reading: of the head.
    ///   - prompt: the state of the prompt's last token, `[hidden]`.
    public init(_ reading: HeadReading, behind prompt: some Collection<Float>) {
        (self.reading, self.prompt) = (reading, Array(prompt))
        sum = [Float](repeating: 0, count: prompt.count)
    }

    /// What a head is given of the prompt: its last state in every place but that of a reply's mean, which is 0.
    public var asked: [Float] { input(prompt, mean: sum) }

    /// Takes the state of the next token.
    ///
    /// - Returns: what a head is given of it, `[states · hidden]`.
    public mutating func add(_ state: some Collection<Float>) -> [Float] {
        let state = Array(state)
        precondition(state.count == prompt.count, "a state of \(state.count) behind one of \(prompt.count)")
        for (index, number) in state.enumerated() { sum[index] += number }
        states.append(state)
        return input(state, mean: sum.map { $0 / Float(states.count) })
    }

    /// Forgets tokens from a number on; what follows is as if they had never come.
    public mutating func shorten(to count: Int) {
        let kept = states.prefix(count)
        (states, sum) = ([], [Float](repeating: 0, count: prompt.count))
        for state in kept { _ = add(state) }
    }

    private func input(_ state: [Float], mean: [Float]) -> [Float] {
        reading.input(state, prompt: prompt, mean: mean)
    }
}

/// The trained layer between the states of a model that does not learn and a tower: silu(W x + b), in double precision.
///
/// Qwen3Guard trains its backbone with its head; here this layer takes the place of that.
public struct HeadReader: Sendable, Hashable {
    /// `[width][inputs]`.
    public let weight: [[Double]]
    /// `[width]`.
    public let bias: [Double]

    /// Takes weights.
    public init(weight: [[Double]], bias: [Double]) {
        precondition(
            weight.count == bias.count && weight.allSatisfy { $0.count == weight[0].count },
            "a reader of \(bias.count) whose weights do not fit")
        (self.weight, self.bias) = (weight, bias)
    }

    /// Reads states.
    ///
    /// - Parameter input: `[inputs]`.
    /// - Returns: `[width]`.
    public func callAsFunction(_ input: [Double]) -> [Double] {
        zip(weight, bias).map { row, bias in
            let sum =
                bias
                + row.withUnsafeBufferPointer { row in
                    input.withUnsafeBufferPointer { product(row, $0) }
                }
            return sum / (1 + exp(-sum))
        }
    }
}

/// Σ a·b in eight running sums, which are added in order.
private func product(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) -> Double {
    precondition(a.count == b.count, "\(a.count) and \(b.count) numbers")
    var (sums, place) = (SIMD8<Double>(), 0)
    while place + 8 <= a.count {
        for lane in 0..<8 { sums[lane] += a[place + lane] * b[place + lane] }
        place += 8
    }
    return (place..<a.count).reduce(sums.sum()) { $0 + a[$1] * b[$1] }
}
