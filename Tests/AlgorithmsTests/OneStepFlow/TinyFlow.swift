import Algorithms
import SafeRL

extension FISOR.Configuration {
    /// `tiny` with a one-step policy.
    static var tinyFlow: FISOR.Configuration {
        var c = FISOR.Configuration.tiny
        var flow = FISOR.PolicyKind.OneStepFlow()
        flow.widths = [8, 8]
        c.policy = .oneStepFlow(flow)
        return c
    }

    /// The settings of the flow; the defaults where a diffusion model draws the actions.
    var flowSettings: FISOR.PolicyKind.OneStepFlow {
        get { if case .oneStepFlow(let own) = policy { own } else { .init() } }
        set { policy = .oneStepFlow(newValue) }
    }
}

/// Numbers of a learner in one role, for comparing bits.
func numbers<Body>(_ learner: Learner<Body>, _ role: LearnerRole = .weights) -> [Float] {
    learner.layout.entries.flatMap { Array(learner.elements($0, role)) }
}

/// Actions for an observation that is always 0, each from a stream of its own.
func drawnActions(of policy: any Policy, _ count: Int) throws -> [Float] {
    var policy = policy
    let seen = [Float](repeating: 0, count: count * policy.observationSize)
    var streams = (0..<count).map { RandomStream(seed: 9, for: .action, index: UInt32($0)) }
    var actions = [Float](repeating: 0, count: count * policy.actionSize)
    var written = actions.mutableSpan
    var drawn = streams.mutableSpan
    try policy.act(on: seen.span, actions: &written, using: &drawn)
    return actions
}
