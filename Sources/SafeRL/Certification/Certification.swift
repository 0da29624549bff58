import Assurance

/// A test of a trained policy on fresh episodes, of which every look at the policy is counted.
///
///     let policy = try TrainedPolicy(FISOR.self, in: "Checkpoints/robot")
///     let test = EpisodeTest(episodes: 1000, limit: 5, delta: 0.05)
///     let certificate = try Certification(of: policy, in: NamedEnvironment(PointRobot.self), test: test).run()
///     print(certificate.table)
public struct Certification {
    /// What is tested.
    public let policy: TrainedPolicy
    /// Where it acts.
    public let environment: NamedEnvironment
    /// What certifies.
    public let test: EpisodeTest
    /// Steps after which an episode is cut; nothing for the environment's own limit.
    public var timeLimit: Int?
    /// Processes that share the episodes, where the environment runs in some; nothing for one on each core.
    public var workers: Int?
    /// How often unfinished episodes start again after the environment failed.
    public var retries = 0
    /// Judges each action before it is done; the policy's settings name its rules.
    public var shield: (any ActionShield)?

    /// Describes a certification.
    ///
    /// - Parameters:
    ///   - policy: what is tested.
    ///   - environment: where it acts.
    ///   - test: what certifies.
    public init(of policy: TrainedPolicy, in environment: NamedEnvironment, test: EpisodeTest) {
        (self.policy, self.environment, self.test) = (policy, environment, test)
    }

    /// Runs the episodes, judges them, counts the look and writes the certificate.
    ///
    /// Nothing is run for a limit that every policy keeps, and nothing is written then: it is no look at the policy.
    ///
    /// - Parameters:
    ///   - path: folder of the certificate, its text and its episodes; the run's own `assurance` without it.
    ///   - warn: is told what may keep the test from passing before it is run, and of failures of the environment.
    /// - Returns: the certificate, whatever the verdict.
    /// - Throws: `EvaluationError`, `UnknownName` of a cost channel, `UnknownCostRange`, `StorageError`, `AlteredEvidence`, and
    ///   what the environment throws.
    public func run(into path: String? = nil, warn: @escaping (String) -> Void = { _ in }) throws
        -> Certificate
    {
        var plan = EvaluationPlan(
            episodes: test.episodes, seed: test.episodeSeed, environment: environment)
        (plan.timeLimit, plan.workers, plan.retries, plan.warn) = (timeLimit, workers, retries, warn)
        plan.shield = shield
        let place = try plan.place()
        try Evaluator.checkSizes(of: policy.policy, in: place)
        try test.counted.check(in: place)
        let range = CostRange(
            of: test.counted, maxCost: test.largestCost, maxStepCost: test.largestStepCost, in: place)
        guard let bound = test.bound.bound(in: range?.range) else {
            throw UnknownCostRange(test.bound.rawValue, environment.name)
        }
        let safety = SafetyTest(bound, limit: test.limit, delta: test.delta, in: range?.range)
        let origin = origin(in: place)
        func certificate(_ costs: consuming HeldOutCosts) -> Certificate {
            Certificate(
                costs.spend(on: safety).report, of: policy, counting: test.counted,
                range: test.bound.needsRange ? range?.source : nil)
        }
        if safety.isVacuous { return certificate(HeldOutCosts([], from: origin)) }
        let folder = CertificateFolder(path, of: policy.run)
        try folder.prepare()
        if let objection = safety.reachObjection(with: test.episodes) {
            warn("\(test.episodes) episodes cannot certify: \(objection.words).")
        }
        let (evaluation, _) = try plan.run(policy.policy, in: place)
        let costs = HeldOutCosts(evaluation.episodes.map { test.counted($0) }, from: origin)
        return try folder.write(certificate(costs), evaluation)
    }

    /// Where the costs are from: the environment, every option that changes the policy, the step limit, and what simulated.
    private func origin(in place: any VectorEnvironment) -> CostOrigin {
        var settings = policy.settings
        settings["step limit"] = "\(place.timeLimit)"
        for (package, version) in place.versions { settings["version of \(package)"] = version }
        return CostOrigin(
            .environment, name: environment.name, policy: policy.checkpoint.identity, settings: settings,
            seed: test.seed)
    }
}
