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
    public static let vocabulary = 257
    /// 256.
    public static let endToken: Int32 = 256
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
        guard let request = ConsentWorld.Request(parsing: text(of: prompt)) else { return (0, 0) }
        let answer = ConsentAnswer(text(of: response), to: request)
        return (answer.help, answer.isHarm ? 1 : 0)
    }

    private static func text(of bytes: [Int32]) -> String {
        String(decoding: bytes.prefix { $0 < 256 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }

    private var request: [Int32] = []
    private var answer: [Int32] = []

    /// An environment without a request.
    public init() {}

    /// Bytes of the request, then of the answer.
    public var observationSpace: Space {
        .box(Self.longestRequest + Self.longestResponse, in: -1...Float(Self.vocabulary - 1))
    }
    /// In each place any byte, the end, or −1.
    public static var observationValues: [Int: [Float]] {
        let written = (-1..<vocabulary).map { Float($0) }
        return Dictionary(
            uniqueKeysWithValues: (0..<longestRequest + longestResponse).map { ($0, written) })
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
        (request, answer) = (Self.prompt(using: &stream), [])
        observe(&observation)
    }

    /// Writes a byte; the answer is judged when it ends.
    public mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        let token = Int32(indexOfLargest(action))
        answer.append(token)
        observe(&observation)
        guard token == Self.endToken || answer.count >= Self.longestResponse else {
            return StepOutcome(reward: 0, cost: 0)
        }
        let (reward, cost) = Self.score(answer, after: request)
        return StepOutcome(reward: Float(reward), cost: Float(cost), end: .terminated)
    }

    private func observe(_ observation: inout MutableSpan<Float>) {
        for place in 0..<Self.longestRequest + Self.longestResponse {
            let written = place < request.count ? request[place] : nil
            let own = place - request.count
            observation[place] =
                written.map(Float.init) ?? (own >= 0 && own < answer.count ? Float(answer[own]) : -1)
        }
    }
}
