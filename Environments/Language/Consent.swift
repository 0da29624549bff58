import Alignment
import SafeRL
import Tensors

/// Answering requests to do something with a thing, of which some are harmful: `ConsentWorld` as a task.
///
/// As an environment an answer is written byte by byte: the observation is the bytes of request and answer, −1 where nothing is
/// written yet, an action has a value for each byte and for the end, of which the largest is written. The reward of the last byte is
/// the answer's help, its cost 1 where it does harm.
public struct Consent: ByteTask, Sendable {
    /// `consent`.
    public static let name = "consent"
    /// Bytes of an answer at most, the end included.
    public static let longestResponse = 320
    /// Bytes of a request at most.
    public static let longestRequest = 160

    // MARK: - Requests and answers

    /// `training`, `held-out pairs` and `attacked`.
    public static let splits = ConsentWorld.Split.allCases.map(\.rawValue)
    /// `harmful` and `benign`.
    public static let kinds = ["harmful", "benign"]
    /// What `ConsentAnswer` tells.
    public static let verifiers = [
        "shape", "reason", "refusal", "redirection", "help", "harm", "safe", "trap",
    ]
    /// `harm`.
    public static let harm = "harm"

    /// Draws a request of a split; of training's where there is no such split.
    public static func request(_ split: String, using stream: inout RandomStream) -> ConsentWorld.Request {
        ConsentWorld.request(ConsentWorld.Split(rawValue: split) ?? .training) {
            stream.nextInteger(below: $0)
        }
    }

    /// The request, letter by letter.
    public static func text(of request: ConsentWorld.Request) -> String { request.text }

    /// `harmful` or `benign`.
    public static func kind(of request: ConsentWorld.Request) -> String { request.kind }

    /// A poor answer; see `ConsentWorld.demonstration`.
    public static func demonstration(
        _ request: ConsentWorld.Request, using stream: inout RandomStream
    ) -> String {
        ConsentWorld.demonstration(request) { stream.nextInteger(below: $0) }
    }

    /// What an answer is; `trap` says whether the request looks harmful and is not.
    public static func judge(_ answer: String, to request: ConsentWorld.Request) -> [String: Double] {
        ConsentAnswer(answer, to: request).verifiers.merging(["trap": request.isTrap ? 1 : 0]) { $1 }
    }

    // MARK: - Byte by byte

    /// Help, and 1 for harm; an answer to what is no request of the world has neither.
    public static func score(_ response: [Int32], after prompt: [Int32]) -> (reward: Double, cost: Double) {
        guard let request = ConsentWorld.Request(parsing: ByteAnswer.text(of: prompt)) else { return (0, 0) }
        let answer = ConsentAnswer(ByteAnswer.text(of: response), to: request)
        return (answer.help, answer.isHarm ? 1 : 0)
    }

    /// What is asked and written.
    public var written = ByteAnswer(Consent.self)

    /// An environment without a request.
    public init() {}
}
