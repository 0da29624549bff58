/// Which actions are allowed, or supported by data, in every state.
public struct ActionSet: Sendable, Equatable {
    /// Number of states.
    public let states: Int
    /// Number of actions.
    public let actions: Int
    private let members: [Bool]

    /// Makes a set by asking about every pair.
    public init(states: Int, actions: Int, _ contains: (_ state: Int, _ action: Int) -> Bool) {
        precondition(states >= 1 && actions >= 1, "\(states) states, \(actions) actions")
        (self.states, self.actions) = (states, actions)
        members = (0..<states * actions).map { contains($0 / actions, $0 % actions) }
    }

    /// The set of all pairs.
    public static func all(states: Int, actions: Int) -> ActionSet {
        ActionSet(states: states, actions: actions) { _, _ in true }
    }

    /// Whether an action is allowed in a state.
    public func contains(_ state: Int, _ action: Int) -> Bool { members[state * actions + action] }

    /// The allowed actions of a state, ascending.
    public func actions(in state: Int) -> [Int] { (0..<actions).filter { contains(state, $0) } }

    /// Number of allowed pairs.
    public var count: Int { members.count { $0 } }
}

extension TabularCMDP {
    /// All actions in all states.
    public var allActions: ActionSet { .all(states: states, actions: actions) }

    /// The pairs whose expected cost of a channel is 0, such as the supported ones where a channel counts the others.
    ///
    /// - Throws: `unknownCost`.
    public func actions(withoutCost name: String) throws(TabularModelError) -> ActionSet {
        let costs = costs[try channel(name)]
        return ActionSet(states: states, actions: actions) { costs[$0 * actions + $1] == 0 }
    }

    /// The number of a cost channel.
    ///
    /// - Throws: `unknownCost`.
    public func channel(_ name: String) throws(TabularModelError) -> Int {
        guard let channel = costNames.firstIndex(of: name) else {
            throw .unknownCost(name, known: costNames)
        }
        return channel
    }

    /// Checks that a set belongs to this model and leaves every non-terminal state an action.
    func check(_ allowed: ActionSet) throws(TabularModelError) {
        precondition(
            allowed.states == states && allowed.actions == actions,
            "a set of \(allowed.states) × \(allowed.actions) pairs for a model of \(states) × \(actions)")
        for state in 0..<states where !isTerminal[state] {
            guard (0..<actions).contains(where: { allowed.contains(state, $0) }) else {
                throw .noAction(state: state)
            }
        }
    }
}
