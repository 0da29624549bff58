import Tensors

extension TabularCMDP {
    /// Draws the state in which an episode begins.
    public func firstState(using stream: inout RandomStream) -> Int {
        var (rest, last) = (stream.nextFraction(), 0)
        for state in 0..<states where start[state] > 0 {
            rest -= start[state]
            last = state
            if rest < 0 { break }
        }
        return last
    }

    /// Draws the state that follows; one number of the stream.
    public func successor(of state: Int, after action: Int, using stream: inout RandomStream) -> Int {
        successor(of: state, after: action, at: stream.nextFraction())
    }
}

extension TabularPolicy {
    /// Draws an action; one number of the stream.
    public func action(in state: Int, using stream: inout RandomStream, step: Int = 0) -> Int {
        action(in: state, at: stream.nextFraction(), step: step)
    }
}

extension RandomStream {
    /// A fresh number, uniform in [0, 1), a multiple of 2⁻⁵³: probabilities are known to more digits than a `Float` has.
    fileprivate mutating func nextFraction() -> Double { Double(nextInteger() >> 11) * 0x1p-53 }
}
