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
