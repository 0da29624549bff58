import Alignment
import SafeRL
import Tensors

/// Judging items by rules that are given as input: `RulesWorld` as a task.
///
/// As an environment an answer is written byte by byte, as in `Consent`. The reward of the last byte is GSPR's, its cost 1 where an item
/// that breaks a rule is not called unsafe.
public struct RuleReading: TextTask, Sendable {
    /// `rules`.
    public static let name = "rules"
    /// 256 bytes, and the end.
    public static let vocabulary = ByteAnswer.vocabulary
    /// 256.
    public static let endToken = ByteAnswer.endToken
    /// Bytes of an answer at most, the end included.
    public static let longestResponse = 160
    /// Bytes of a request at most.
    static let longestRequest = 224
    /// Missed or not.
    public static let costRange = 0.0...1

    // MARK: - Requests and answers

    /// `seen sets` and `unseen sets`.
    public static let splits = RulesWorld.Split.allCases.map(\.rawValue)
    /// `unsafe` and `safe`.
    public static let kinds = ["unsafe", "safe"]
    /// What `RulesAnswer` tells.
    public static let verifiers = [
        "shape", "label", "category", "checklist", "overlong", "score", "trace", "missed", "alarm",
    ]
    /// `missed`.
    public static let harm = "missed"

    /// Draws a request of a split; of training's where there is no such split.
    public static func request(_ split: String, using stream: inout RandomStream) -> RulesWorld.Request {
        RulesWorld.request(RulesWorld.Split(rawValue: split) ?? .seen) { stream.nextInteger(below: $0) }
    }

    /// The request, letter by letter.
    public static func text(of request: RulesWorld.Request) -> String { request.text }

    /// `unsafe` or `safe`.
    public static func kind(of request: RulesWorld.Request) -> String { request.kind }

    /// An imperfect trace; see `RulesWorld.demonstration`.
    public static func demonstration(
        _ request: RulesWorld.Request, using stream: inout RandomStream
    ) -> String {
        RulesWorld.demonstration(request) { stream.nextInteger(below: $0) }
    }

    /// What an answer is.
    public static func judge(_ answer: String, to request: RulesWorld.Request) -> [String: Double] {
        RulesAnswer(answer, to: request).verifiers
    }

    // MARK: - Byte by byte

    /// The bytes of a request of training.
    public static func prompt(using stream: inout RandomStream) -> [Int32] {
        request(splits[0], using: &stream).text.utf8.map(Int32.init)
    }

    /// GSPR's reward, and 1 for what is missed; an answer to what is no request of the world has neither.
    public static func score(_ response: [Int32], after prompt: [Int32]) -> (reward: Double, cost: Double) {
        guard let request = RulesWorld.Request(parsing: ByteAnswer.text(of: prompt)) else { return (0, 0) }
        let answer = RulesAnswer(ByteAnswer.text(of: response), to: request)
        return (answer.value.score, answer.isMissed ? 1 : 0)
    }

    private var written = ByteAnswer(longestRequest: longestRequest, longestResponse: longestResponse)

    /// An environment without a request.
    public init() {}

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
    /// `missed`.
    public var costNames: [String] { ["missed"] }
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
