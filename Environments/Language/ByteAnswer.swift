import SafeRL

/// An answer that an environment is given byte by byte, behind a request.
///
/// Observed are the bytes of request and answer, −1 where nothing is written yet. An action has a value for each byte and for the end,
/// of which the largest is written.
public struct ByteAnswer: Sendable {
    /// 256 bytes, and the end.
    static let vocabulary = 257
    /// Behind the bytes.
    static let endToken: Int32 = 256

    /// Bytes at most, of the answer with its end.
    let longestRequest, longestResponse: Int
    /// What is asked.
    private(set) var request: [Int32] = []
    /// What was written.
    private(set) var answer: [Int32] = []

    /// Nothing asked, and nothing written.
    ///
    /// - Parameter task: says how long both are at most.
    public init<Task: ByteTask>(_ task: Task.Type) {
        (longestRequest, longestResponse) = (task.longestRequest, task.longestResponse)
    }

    /// In each place of a request and an answer any byte, the end, or −1.
    static func values(_ places: Int) -> [Int: [Float]] {
        let written = (-1..<vocabulary).map { Float($0) }
        return Dictionary(uniqueKeysWithValues: (0..<places).map { ($0, written) })
    }

    /// Bytes as text.
    static func text(of bytes: [Int32]) -> String {
        String(decoding: bytes.prefix { $0 < 256 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }

    /// Begins anew.
    mutating func begin(_ request: [Int32]) { (self.request, answer) = (request, []) }

    /// Writes a byte.
    ///
    /// - Returns: whether that ends the answer.
    mutating func write(_ action: Span<Float>) -> Bool {
        let token = Int32(indexOfLargest(action))
        answer.append(token)
        return token == Self.endToken || answer.count >= longestResponse
    }

    func observe(_ observation: inout MutableSpan<Float>) {
        for place in 0..<longestRequest + longestResponse {
            let written = place < request.count ? request[place] : nil
            let own = place - request.count
            observation[place] =
                written.map(Float.init) ?? (own >= 0 && own < answer.count ? Float(answer[own]) : -1)
        }
    }
}

/// A task whose answers are written byte by byte, and judged when they end.
public protocol ByteTask: TextTask {
    /// Bytes of a request at most.
    static var longestRequest: Int { get }
    /// What is asked, and what was written of the answer: at first `ByteAnswer(Self.self)`.
    var written: ByteAnswer { get set }
}

extension ByteTask {
    /// 256 bytes, and the end.
    public static var vocabulary: Int { ByteAnswer.vocabulary }
    /// 256.
    public static var endToken: Int32 { ByteAnswer.endToken }
    /// Harm or none.
    public static var costRange: ClosedRange<Double> { 0...1 }

    /// The bytes of a request of training.
    public static func prompt(using stream: inout RandomStream) -> [Int32] {
        text(of: request(splits[0], using: &stream)).utf8.map(Int32.init)
    }

    /// Bytes of the request, then of the answer.
    public var observationSpace: Space {
        .box(Self.longestRequest + Self.longestResponse, in: -1...Float(Self.vocabulary - 1))
    }
    /// In each place any byte, the end, or −1.
    public static var observationValues: [Int: [Float]] {
        ByteAnswer.values(longestRequest + longestResponse)
    }
    /// A value for each byte and the end, in [−1, 1]; the largest is written.
    public var actionSpace: Space { .box(Self.vocabulary, in: -1...1) }
    /// An answer that long is over.
    public var timeLimit: Int { Self.longestResponse }
    /// What a test bounds.
    public var costNames: [String] { [Self.harm] }
    /// 1.
    public var largestCosts: [Float]? { [1] }

    /// Draws a request.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        written.begin(Self.prompt(using: &stream))
        written.observe(&observation)
    }

    /// Writes a byte; the answer is judged when it ends.
    public mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        let isEnded = written.write(action)
        written.observe(&observation)
        guard isEnded else { return StepOutcome(reward: 0, cost: 0) }
        let (reward, cost) = Self.score(written.answer, after: written.request)
        return StepOutcome(reward: Float(reward), cost: Float(cost), end: .terminated)
    }
}
