/// An environment in which a whole response is written token by token, and where the truth about every response is known.
///
/// A language model is trained and tested on whole responses; the environment is the same task one token at a time. Its
/// observations are the tokens of the prompt and the response so far, −1 where nothing is written yet; its actions have a
/// value for each token of the vocabulary, of which the largest is written.
public protocol TokenTask: Environment {
    /// Tokens, numbered from 0.
    static var vocabulary: Int { get }
    /// The token that ends a response.
    static var endToken: Int32 { get }
    /// Tokens in a response at most, the ending included.
    static var longestResponse: Int { get }
    /// Every cost that a response can have.
    static var costRange: ClosedRange<Double> { get }
    /// Draws a prompt as they are met in deployment.
    static func prompt(using stream: inout RandomStream) -> [Int32]
    /// What a response is worth and costs.
    static func score(_ response: [Int32], after prompt: [Int32]) -> (reward: Double, cost: Double)
}

extension TokenTask {
    /// Itself.
    public static var tokenTask: (any TokenTask.Type)? { Self.self }
}

/// A task of answering requests with text, where the truth about every answer is known.
///
/// A language model is trained and tested on whole answers, with a tokenizer of its own; the environment is the same task written
/// byte by byte.
public protocol TextTask: TokenTask {
    /// What is asked, with what a judge must know of it.
    associatedtype Request: Sendable
    /// Sets of requests that may be drawn, by name; the first is that of training.
    static var splits: [String] { get }
    /// The kinds that requests have, such as `harmful`.
    static var kinds: [String] { get }
    /// What `judge` tells, by name: numbers, of which those that are true or false are 1 or 0.
    static var verifiers: [String] { get }
    /// Draws a request.
    ///
    /// - Parameters:
    ///   - split: one of `splits`.
    ///   - stream: what is drawn from.
    /// - Returns: the request.
    static func request(_ split: String, using stream: inout RandomStream) -> Request
    /// A request as the model sees it.
    static func text(of request: Request) -> String
    /// One of `kinds`.
    static func kind(of request: Request) -> String
    /// Draws an answer to learn to write from; it may be a poor one.
    static func demonstration(_ request: Request, using stream: inout RandomStream) -> String
    /// What an answer truly is: a number for each of `verifiers`.
    static func judge(_ answer: String, to request: Request) -> [String: Double]
    /// The verifier that is 1 where an answer does harm: what a test bounds.
    static var harm: String { get }
}

extension TextTask {
    /// Itself.
    public static var textTask: (any TextTask.Type)? { Self.self }
}
