import Alignment
import SafeRL
import Tensors

/// Answering requests to do something with a thing, of which some are harmful: `ConsentWorld` as a task.
///
/// As an environment an answer is written byte by byte: the observation is the bytes of request and answer, −1 where nothing is
/// written yet, an action has a value for each byte and for the end, of which the largest is written. The reward of the last byte is
/// the answer's help, its cost 1 where it does harm.
public struct Consent: TextTask, Sendable {
    /// `consent`.
    public static let name = "consent"
    /// 256 bytes, and the end.
    public static let vocabulary = ByteAnswer.vocabulary
    /// 256.
    public static let endToken = ByteAnswer.endToken
    /// Bytes of an answer at most, the end included.
    public static let longestResponse = 320
    /// Bytes of a request at most.
    static let longestRequest = 160
    /// Harm or none.
    public static let costRange = 0.0...1

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

    /// The bytes of a request of training.
    public static func prompt(using stream: inout RandomStream) -> [Int32] {
        request(splits[0], using: &stream).text.utf8.map(Int32.init)
    }

    /// Help, and 1 for harm; an answer to what is no request of the world has neither.
    public static func score(_ response: [Int32], after prompt: [Int32]) -> (reward: Double, cost: Double) {
        guard let request = ConsentWorld.Request(parsing: ByteAnswer.text(of: prompt)) else { return (0, 0) }
        let answer = ConsentAnswer(ByteAnswer.text(of: response), to: request)
        return (answer.help, answer.isHarm ? 1 : 0)
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
    /// `harm`.
    public var costNames: [String] { ["harm"] }
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
