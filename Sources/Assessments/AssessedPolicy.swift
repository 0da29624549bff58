import PerturbablePhysics
import Reliability
import SafeRL

/// What an assessment is of: a policy, where it acts, and what is known of its training.
package struct AssessedPolicy {
    /// What acts.
    package var policy: any Policy
    /// How it is judged, episodes and seed being replaced; nothing where it acts nowhere.
    package var judgement: EvaluationPlan?
    /// SHA-256 of its state.
    package var identity: String
    /// Step of its checkpoint.
    package var step: Int
    /// The algorithm and its options.
    package var algorithm: String
    package var options: JSONValue?
    /// Its value network and what its rewards were transformed by; nothing where it offers none.
    package var value: VerifiableNetwork?
    /// What it has learned from, or why that cannot be opened.
    package var data: Result<TransitionDataset, Unavailable>
    /// Recorded by the same behaviour and not learned from, or why there is none.
    package var heldOut: Result<TransitionDataset, Unavailable>
    /// How the environment is made with changed physics; nothing where nobody says how.
    package var physics: PerturbablePhysics?
    /// Made once, since an environment may be processes; nothing where it acts nowhere.
    let place: (any VectorEnvironment)?
    /// Episodes of others that stand in for its own where it acts nowhere.
    let recorded: [RecordedEpisode]

    package init(
        _ policy: any Policy, _ judgement: EvaluationPlan, identity: String, step: Int, algorithm: String,
        options: JSONValue?, value: VerifiableNetwork?, data: Result<TransitionDataset, Unavailable>,
        heldOut: Result<TransitionDataset, Unavailable>
    ) throws {
        let place = try judgement.place()
        try Evaluator.checkSizes(of: policy, in: place)
        self.place = place
        (self.policy, self.judgement, self.identity, self.step) = (policy, judgement, identity, step)
        (self.algorithm, self.options, self.value) = (algorithm, options, value)
        (self.data, self.heldOut, recorded) = (data, heldOut, [])
    }

    /// A policy that acts nowhere, assessed by a recording that it did not learn from, of its own sizes and of 20 episodes or more.
    ///
    /// - Throws: `Unavailable` for fewer.
    package init(
        recording: TransitionDataset, of policy: any Policy, identity: String, step: Int,
        algorithm: String, options: JSONValue?, value: VerifiableNetwork?,
        data: Result<TransitionDataset, Unavailable>
    ) throws {
        recorded = RecordedEpisode.all(of: recording)
        guard recorded.count >= Self.leastRecorded else {
            throw Unavailable(
                "\(recorded.count) recorded episodes, and an assessment without an environment needs \(Self.leastRecorded). Name a "
                    + "longer recording with --data.")
        }
        (self.policy, judgement, self.identity, self.step) = (policy, nil, identity, step)
        (self.algorithm, self.options, self.value, place) = (algorithm, options, value, nil)
        (self.data, heldOut) = (data, .success(recording))
    }

    /// Recorded episodes without which nothing is said.
    static let leastRecorded = 20

    /// Why what only its own episodes show is missing.
    static let actsNowhere = Unavailable(
        "there is no environment, so the policy's own episodes are not known")

    /// Runs fresh episodes and keeps all of their steps.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - seed: of starts and actions.
    ///   - other: acts instead of the policy.
    ///   - perturb: puts something around the environment.
    /// - Returns: the episodes in order.
    /// - Throws: `EvaluationError`, and what the environment throws.
    package func episodes(
        _ count: Int, seed: UInt64, by other: (any Policy)? = nil,
        perturb: (any VectorEnvironment) throws -> any VectorEnvironment = { $0 }
    ) throws -> [RecordedEpisode] {
        guard var plan = judgement, let place else { throw Self.actsNowhere }
        (plan.episodes, plan.seed) = (count, seed)
        let recorder = EpisodeRecorder(try perturb(place))
        let (evaluation, _) = try plan.run(other ?? policy, in: recorder)
        return evaluation.episodes.compactMap { recorder.episodes[$0.seed] }
    }

    /// The environment with changed physics.
    ///
    /// - Throws: `Unavailable` where nobody says how, and what the environment throws.
    func place(obeying factors: PhysicalFactors) throws -> any VectorEnvironment {
        guard let physics, let place else { throw Unavailable("the physics cannot be changed") }
        return try physics.make(
            obeying: factors, EnvironmentRequest(slots: place.slots, workers: judgement?.workers))
    }

    /// V_h of the states of an episode, the last one left out; nothing of a policy that judges no states.
    ///
    /// - Throws: `ReliabilityError.notFinite`.
    func feasibility(of episode: RecordedEpisode) throws -> [Double]? {
        let states = episode.observations.prefix(episode.steps).flatMap { $0 }
        guard let values = policy.feasibilityValues(of: states.span) else { return nil }
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw ReliabilityError.notFinite("V_h", row: bad)
        }
        return values.map(Double.init)
    }

    /// Steps after which an episode is cut.
    var stepLimit: Int {
        judgement?.timeLimit ?? place?.timeLimit ?? recorded.map(\.steps).max() ?? 1
    }

    /// Where its episodes are from.
    var placeName: String { judgement?.environment.name ?? "a recording of others" }

    /// One of the algorithm's numbers.
    func option(_ name: String) -> Double? { options?[name]?.number?.double }
}

/// Why a figure is not available, in words.
package struct Unavailable: Fault {
    package let kind = FaultKind.badData
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Actions drawn evenly from all there are.
struct EvenPolicy: Policy {
    let observationSize: Int
    let space: Space

    var actionSize: Int { space.size }
    var actionChoices: Int? { space.choices }

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            for (column, value) in RandomBehaviour.action(in: space, using: &streams[row]).enumerated() {
                actions[row * space.size + column] = value
            }
        }
    }
}
