import Guardians
import SafeRL

/// What a safety layer does with a state.
enum LayerRoute: Sendable {
    /// The policy acts; the layer is not sure; the layer says it is unsafe.
    case act, abstain, refuse

    /// Whether somebody else acts.
    var handsOver: Bool { self != .act }
}

/// What decides in each state whether the policy may act.
struct SafetyLayer {
    /// How a score becomes a route.
    enum Rule: Sendable, Equatable {
        /// Above it the layer refuses.
        case level(Double)
        /// Below `low` the policy acts, from `high` on the layer refuses.
        case router(low: Double, high: Double)
    }

    /// How a score becomes a route.
    let rule: Rule
    /// V_h or a probability, one for each state; higher is worse.
    let scores: ([[Float]]) -> [Double]
    /// The last hidden layer of what scores; nothing where it shows none.
    let hidden: (([Float]) -> [Double])?
    /// What scores, where it is a filter.
    let filter: ViolationFilter?

    /// A filter with its router.
    init(_ filter: ViolationFilter, low: Double, high: Double) {
        rule = .router(low: low, high: high)
        scores = { $0.map(filter.probability) }
        hidden = filter.hidden
        self.filter = filter
    }

    /// A policy's own feasibility values.
    ///
    /// - Parameters:
    ///   - policy: that judges states.
    ///   - network: of its V_h; nothing where the algorithm offers none.
    ///   - level: above which it refuses.
    init(_ policy: any Policy, network: VerifiableNetwork?, level: Double) {
        rule = .level(level)
        scores = { states in
            let values = policy.feasibilityValues(of: states.flatMap { $0 }.span) ?? []
            // A policy that judges no states is unsure of all.
            return states.indices.map { $0 < values.count ? Double(values[$0]) : .nan }
        }
        hidden = network?.lastHidden.map { hidden in { hidden.outputs(at: $0.map(Double.init)) } }
        filter = nil
    }

    /// A guardian of states, which refuses what lies outside.
    init(_ guardian: any SupportGuardian) {
        rule = .level(guardian.threshold)
        scores = { states in
            // A state that cannot be judged is refused.
            states.isEmpty
                ? [] : (try? guardian.score(Matrix(rowsOf: states))) ?? states.map { _ in .infinity }
        }
        (hidden, filter) = (nil, nil)
    }

    /// A monitor of steps with its router, asked about the action that a policy would take.
    ///
    /// - Parameters:
    ///   - policy: acts by an observation; where it draws, always from the same stream, so that equal states are judged alike.
    ///   - monitor: how dangerous an action is, in [0, 1].
    ///   - low: below which the policy acts.
    ///   - high: from which the layer refuses.
    init(
        _ policy: any Policy, monitor: @escaping ([Float], [Float]) throws -> Double, low: Double,
        high: Double
    ) {
        rule = .router(low: low, high: high)
        scores = { states in
            var policy = policy
            return states.map { state in
                var stream = RandomStream(seed: 0, for: .action)
                guard let action = try? policy.action(on: state, using: &stream) else { return .nan }
                return (try? monitor(state, action)) ?? .nan
            }
        }
        (hidden, filter) = (nil, nil)
    }

    private init(rule: Rule) {
        (self.rule, scores, hidden, filter) = (rule, { $0.map { _ in .infinity } }, nil, nil)
    }

    /// One that never lets the policy act.
    static var closed: SafetyLayer { SafetyLayer(rule: .level(0)) }

    /// What is done with a score; one that is none is refused.
    func route(_ score: Double) -> LayerRoute {
        switch rule {
        case .level(let level): score <= level ? .act : .refuse
        case .router(let low, let high): score < low ? .act : score < high ? .abstain : .refuse
        }
    }

    /// What is done in each state.
    func routes(_ states: [[Float]]) -> [LayerRoute] { states.isEmpty ? [] : scores(states).map(route) }
}

extension VerifiableNetwork {
    /// The same network up to what its last product of matrices reads; nothing where it has one only.
    var lastHidden: VerifiableNetwork? {
        let last = nodes.lastIndex { if case .affine = $0.operation { true } else { false } }
        guard let last, nodes[last].inputs[0] > 0 else { return nil }
        return VerifiableNetwork(Array(nodes[...nodes[last].inputs[0]]))
    }
}
