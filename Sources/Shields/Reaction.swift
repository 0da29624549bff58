import Storage

/// What a shield tries in place of an action that is not allowed.
public enum Reaction: Sendable, Equatable {
    /// Of finite choices: one that is allowed, by the policy's own probabilities.
    case mask
    /// Further draws of a policy that draws, at most so many, at least 1.
    case resample(Int)
    /// The nearest allowed action.
    case project
    /// Some steps back, at most so many, at least 1, and on with another stream: in simulations alone.
    case rollBack(Int)
    /// What the environment calls doing nothing.
    case idle
    /// A named controller, or another run's policy.
    case fallback
    /// The end of the episode.
    case stop

    /// For actions that are real numbers.
    public static let standard: [Reaction] = [.resample(8), .project, .fallback, .stop]
    /// For finite choices.
    public static let standardOfChoices: [Reaction] = [.mask, .fallback, .stop]
    /// The largest number of draws.
    public static let mostDraws = 10_000
    /// The largest number of steps that an episode goes back at once.
    public static let mostUndone = 40

    /// Reads a list such as `resample:8,project,fallback,stop`.
    ///
    /// - Throws: `ReactionFault`.
    public static func list(_ text: String) throws(ReactionFault) -> [Reaction] {
        var reactions: [Reaction] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let reaction = try Reaction(word: String(word))
            guard !reactions.contains(where: { $0.name == reaction.name }) else {
                throw ReactionFault(
                    "\(quoted(reaction.name)) stands twice in --react. Name each reaction once.")
            }
            reactions.append(reaction)
        }
        return reactions
    }

    private init(word: String) throws(ReactionFault) {
        let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        switch (parts[0], parts.count > 1 ? parts[1] : nil) {
        case ("mask", nil): self = .mask
        case ("project", nil): self = .project
        case ("idle", nil): self = .idle
        case ("fallback", nil): self = .fallback
        case ("stop", nil): self = .stop
        case ("resample", let count?):
            guard let count = Int(count), 1...Self.mostDraws ~= count else {
                throw ReactionFault(
                    "\(quoted(word)) in --react: the number of draws must be from 1 to \(Self.mostDraws).")
            }
            self = .resample(count)
        case ("resample", nil): self = .resample(8)
        case ("roll-back", let count?):
            guard let count = Int(count), 1...Self.mostUndone ~= count else {
                throw ReactionFault(
                    "\(quoted(word)) in --react: the number of steps must be from 1 to \(Self.mostUndone).")
            }
            self = .rollBack(count)
        case ("roll-back", nil): self = .rollBack(Self.mostUndone)
        case ("disable", _), ("explain", _):
            throw ReactionFault(
                "\(quoted(word)) in --react is for calls of tools; of a policy's actions nothing can be explained to it. Use "
                    + "\"fallback\" or \"stop\".")
        default:
            throw ReactionFault(
                "\(quoted(word)) in --react is no reaction. Use a list of mask, resample:N, project, roll-back:N, idle, "
                    + "fallback and stop."
            )
        }
    }

    /// Its name without a number.
    public var name: String {
        switch self {
        case .mask: "mask"
        case .resample: "resample"
        case .project: "project"
        case .rollBack: "roll-back"
        case .idle: "idle"
        case .fallback: "fallback"
        case .stop: "stop"
        }
    }

    /// As it is written in a list.
    public var text: String {
        switch self {
        case .resample(let count), .rollBack(let count): "\(name):\(count)"
        default: name
        }
    }
}

/// What is done when a watched rule becomes false.
public enum AlarmReaction: Sendable, Equatable {
    /// It is written down.
    case log
    /// The fallback acts in this step and so many in all, at least 1.
    case fallback(Int)
    /// The episode ends.
    case stop

    /// Reads `log`, `fallback:N` or `stop`.
    ///
    /// - Throws: `ReactionFault`.
    public init(_ text: String) throws(ReactionFault) {
        switch text {
        case "log": self = .log
        case "stop": self = .stop
        default:
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "fallback", let steps = Int(parts[1]), 1...1_000_000 ~= steps
            else {
                throw ReactionFault(
                    "\(quoted(text)) in --on-alarm: use log, fallback:N with N from 1 to 1000000, or stop.")
            }
            self = .fallback(steps)
        }
    }
}

/// A list of reactions that cannot be read, or that cannot be done.
public struct ReactionFault: Fault, Equatable {
    /// The command or call.
    public var kind: FaultKind { .usage }
    /// One sentence.
    public let description: String

    /// Says what cannot be done, and what to do.
    public init(_ description: String) { self.description = description }
}
