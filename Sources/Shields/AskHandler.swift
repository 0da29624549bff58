import SafeRL

/// What somebody said to a question.
public enum AskAnswer: String, Sendable, Equatable, Encodable {
    /// The proposal may be done, until the router calls a proposal of another class.
    case yes
    /// It may not, likewise; what nobody answers in time is a no.
    case no
    /// Nobody has answered yet.
    case waiting
}

/// A proposal that a router asks about.
public struct AskedProposal: Sendable, Equatable {
    /// Which episode, and which of its steps, from 0.
    public let episode, step: Int
    /// In what it is made, and what is proposed.
    public let observation, action: [Float]
    /// The router's score; NaN where there is none.
    public let score: Double
    /// Whether recorded transitions lie near.
    public let isGrounded: Bool
}

/// Who is asked about proposals of the class ask.
///
/// While it answers `waiting`, nothing is done but what the environment calls doing nothing, or what the fallback does, and the question
/// is put again in the next step. A handler counts the time by itself and answers `no` when it is over.
public protocol AskHandler: AnyObject {
    /// The answer to a question.
    func answer(to question: AskedProposal) -> AskAnswer
    /// The question has become pointless: the router calls the present proposal of another class, or the episode ended.
    func withdraw()
}
