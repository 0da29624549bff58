import Alignment
import SafeRL
import Tensors

/// Judging items by rules that are given as input: `RulesWorld` as a task.
///
/// As an environment an answer is written byte by byte, as in `Consent`. The reward of the last byte is GSPR's, its cost 1 where an item
/// that breaks a rule is not called unsafe.
public struct RuleReading: ByteTask, Sendable {
    /// `rules`.
    public static let name = "rules"
    /// Bytes of an answer at most, the end included.
    public static let longestResponse = 160
    /// Bytes of a request at most.
    public static let longestRequest = 224

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

    /// GSPR's reward, and 1 for what is missed; an answer to what is no request of the world has neither.
    public static func score(_ response: [Int32], after prompt: [Int32]) -> (reward: Double, cost: Double) {
        guard let request = RulesWorld.Request(parsing: ByteAnswer.text(of: prompt)) else { return (0, 0) }
        let answer = RulesAnswer(ByteAnswer.text(of: response), to: request)
        return (answer.value.score, answer.isMissed ? 1 : 0)
    }

    /// What is asked and written.
    public var written = ByteAnswer(RuleReading.self)

    /// An environment without a request.
    public init() {}
}
