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
