import SafeRL
import Storage

/// A router in front of a policy, as a shield asks it.
public final class RouterGate: ProposalRouter {
    private let router: Router
    private let judge: RouterJudge
    private let path: String
    /// The latest proposal, for whoever asks what its route rests on.
    private var observation, action: [Float]
    /// The digests of router and store.
    public let settings: [String: String]

    /// Reads a router and its store for a policy.
    ///
    /// - Parameters:
    ///   - path: of `router.json`.
    ///   - monitor: path of the monitor that it was calibrated with; nil for one that scores by the policy's values.
    ///   - policy: whose proposals it routes.
    ///   - warn: is told of each file that the store leaves out.
    /// - Throws: as `Router.init(contentsOf:monitor:warn:)`, also where the store is missing.
    public init(
        contentsOf path: String, monitor: String?, for policy: any Policy, warn: (String) -> Void
    ) throws {
        router = try Router(contentsOf: path, monitor: monitor, warn: warn)
        judge = router.judge(for: policy)
        self.path = path
        let features = router.facts.features
        observation = [Float](repeating: .nan, count: features.observationSize)
        action = [Float](repeating: .nan, count: features.actionSize)
        settings = [
            "router": SHA256.hexadecimal(of: try fileContents(path)),
            "router store": SHA256.hexadecimal(of: try fileContents(Router.storePath(of: path))),
        ]
    }

    /// How it was calibrated.
    public var facts: Router.Facts { router.facts }
    /// As it was calibrated for.
    public var horizon: Int { router.facts.horizon }
    /// That of its calibration.
    public var seed: UInt64 { router.facts.seed }

    /// Refuses steps of another size than it was calibrated on.
    ///
    /// - Throws: `MonitorError.otherSize`.
    public func check(observations: Int, actions: Int, choices: Int?, of name: String) throws {
        let asked = MonitorFeatures(
            observationSize: observations, actionSize: actions, actionChoices: choices)
        guard asked == router.facts.features else {
            throw MonitorError.otherSize(path, fitted: router.facts.features.count, asked: asked.count)
        }
    }

    /// Refuses another policy than it was calibrated for: its risks are not of that one.
    ///
    /// - Parameter identity: of the policy's checkpoint.
    /// - Throws: `MonitorError.otherPolicy`.
    public func mustBe(of identity: String) throws(MonitorError) {
        guard router.facts.policy == identity else { throw .otherPolicy(path) }
    }

    /// As `RouterJudge.route`.
    public func route(_ observation: Span<Float>, _ action: Span<Float>) -> ProposalRoute {
        let fits = observation.count == self.observation.count && action.count == self.action.count
        for place in self.observation.indices { self.observation[place] = fits ? observation[place] : .nan }
        for place in self.action.indices { self.action[place] = fits ? action[place] : .nan }
        return judge.route(observation: observation, action: action)
    }

    /// The decision on the latest proposal.
    public var evidence: any Encodable & Sendable {
        let (observation, action) = (observation, action)
        return judge.decide(observation: observation.span, action: action.span)
    }
}
