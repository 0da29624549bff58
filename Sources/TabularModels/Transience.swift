extension TabularCMDP {
    /// Checks that every behaviour within a set of actions ends with probability 1, where totals need it.
    ///
    /// A set of states that some behaviour never leaves is looked for: states are struck out until each one left has an
    /// action that keeps to those left.
    ///
    /// - Throws: `notTransient` with the first such state; never with a discount below 1 or a horizon.
    func mustEnd(within allowed: ActionSet) throws(TabularModelError) {
        guard discount == 1 && horizon == nil else { return }
        var isLeft = isTerminal.map { !$0 }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for state in 0..<states where isLeft[state] {
                let canStay = (0..<actions).contains { action in
                    allowed.contains(state, action)
                        && row(state * actions + action).allSatisfy { isLeft[Int(successorStates[$0])] }
                }
                if !canStay { (isLeft[state], hasChanged) = (false, true) }
            }
        }
        if let state = isLeft.firstIndex(of: true) { throw .notTransient(state: state) }
    }

    /// The non-terminal states that a stationary policy visits with positive probability, ascending.
    func reachableStates(under policy: TabularPolicy) -> [Int] {
        var isReached = zip(start, isTerminal).map { $0 > 0 && !$1 }
        var open = (0..<states).filter { isReached[$0] }
        while let state = open.popLast() {
            for action in 0..<actions where policy.probability(of: action, in: state) > 0 {
                for index in row(state * actions + action) {
                    let next = Int(successorStates[index])
                    if !isReached[next] && !isTerminal[next] {
                        isReached[next] = true
                        open.append(next)
                    }
                }
            }
        }
        return (0..<states).filter { isReached[$0] }
    }

    /// Checks that a policy ends with probability 1 from each of some states that it does not leave otherwise.
    ///
    /// - Throws: `notTransient` with the first state from which no end can be reached.
    func mustEnd(from live: [Int], under policy: TabularPolicy) throws(TabularModelError) {
        guard discount == 1 else { return }
        var canEnd = isTerminal
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for state in live.reversed() where !canEnd[state] {
                let isClose = (0..<actions).contains { action in
                    policy.probability(of: action, in: state) > 0
                        && row(state * actions + action).contains { canEnd[Int(successorStates[$0])] }
                }
                if isClose { (canEnd[state], hasChanged) = (true, true) }
            }
        }
        if let state = live.first(where: { !canEnd[$0] }) { throw .notTransient(state: state) }
    }
}
