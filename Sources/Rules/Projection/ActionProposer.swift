/// What proposes actions that rules may allow; each is judged, and nothing is believed.
public protocol ActionProposer: Sendable {
    /// Actions, the nearest first; none where the time is over or nothing is known.
    func proposals(for question: ActionQuestion) -> [[Double]]
    /// Questions that were not answered in time, so far.
    var timeouts: Int { get }
}

extension ActionProposer {
    /// 0: it always answers.
    public var timeouts: Int { 0 }
}

/// What enforced rules ask of an action in a step, as text for a solver of satisfiability modulo theories.
public struct ActionQuestion: Sendable, Equatable {
    /// Names of the action's coordinates in the text.
    public let variables: [String]
    /// Declarations and assertions in SMT-LIB, without the distance.
    public let text: String
    /// The squared distance to the proposal, as a term.
    public let squaredDistance: String
    /// The action that was refused.
    public let proposal: [Double]
    /// Of each coordinate's difference in the distance.
    public let weights: [Double]
    /// The distance within which an action is worth while.
    public let radius: Double

    /// A number as a term; nothing for what is not finite or beyond 2⁶².
    public static func text(_ value: Double) -> String? { SolverText.text(value) }

    /// The distance of an action from the proposal.
    public func distance(of action: [Double]) -> Double {
        var sum = 0.0
        for place in action.indices {
            let difference = weights[place] * (action[place] - proposal[place])
            sum += difference * difference
        }
        return sum.squareRoot()
    }
}
