import SafeRL
import Tensors

/// Sepsis in intensive care: a tabular model of 713 kinds of patient states, estimated from real records.
///
/// An episode begins as patients do in the data and ends in death or, with a reward of 1, in survival. A step is four
/// hours. The state is observed as its centroid's 47 standardised features and two flags, died and survived; in a
/// terminal state the features are 0. The action is a dose of fluid and one of a vasopressor, each in [−1, 1] and rounded
/// to the nearest of the levels −1, −½, 0, ½, 1 (none, and the quartiles of what was given).
///
/// Actions seen at most 20 times in a state are inadmissible there; `InadmissibleActions` says what they do. Costs of a
/// step, all by the state and the action taken there: `spo2`, `urine` and `map` are 1 where the oxygen saturation, the
/// urine output of four hours or the mean blood pressure is in the lowest tenth of the clinicians' steps, and
/// `unsupported` where the action is inadmissible.
///
/// The parameters come from the package icu-sepsis 2.0.1 and are read at the first reset:
/// `saferl env setup icu-sepsis`.
///
/// - SeeAlso: Choudhary, Gupta and Thomas 2024, "ICU-Sepsis: a benchmark MDP built from real medical data",
///   arXiv:2406.05646.
public protocol ICUSepsisTask: TabularEnvironment, Sendable {
    /// What an inadmissible action does.
    static var inadmissibleActions: InadmissibleActions { get }
    /// The episode that runs.
    var course: ICUSepsisCourse { get set }
}

/// `ICUSepsisTask` whose inadmissible actions act like an admissible one at random, as in the package's default.
public struct ICUSepsis: ICUSepsisTask {
    /// `icu-sepsis`.
    public static let name = "icu-sepsis"
    /// Averaged.
    public static let inadmissibleActions = InadmissibleActions.averaged
    /// The episode that runs.
    public var course = ICUSepsisCourse()

    /// An environment that has read nothing yet.
    public init() {}
}

/// `ICUSepsisTask` whose inadmissible actions end the episode in death, as in the package's mode `terminate`.
public struct ICUSepsisTerminating: ICUSepsisTask {
    /// `icu-sepsis-terminate`.
    public static let name = "icu-sepsis-terminate"
    /// Fatal.
    public static let inadmissibleActions = InadmissibleActions.fatal
    /// The episode that runs.
    public var course = ICUSepsisCourse()

    /// An environment that has read nothing yet.
    public init() {}
}

/// An episode of ICU-Sepsis.
public struct ICUSepsisCourse: Sendable {
    /// Read at the first reset.
    fileprivate var data: ICUSepsisModel?
    fileprivate var stream = RandomStream(seed: 0, for: .reset)
    /// Number of the current state: below 713 alive, 713 dead, 714 survived.
    public fileprivate(set) var state = 0

    fileprivate init() {}
}

extension ICUSepsisTask {
    /// 49 values; the two flags are 0 or 1.
    public var observationSpace: Space {
        .box(
            low: .init(repeating: -.infinity, count: 47) + [0, 0],
            high: .init(repeating: .infinity, count: 47) + [1, 1])
    }
    /// Fluid and vasopressor in [−1, 1].
    public var actionSpace: Space { .box(2, in: -1...1) }
    /// 500 steps, as in the package; a policy that takes so long is rare.
    public var timeLimit: Int { 500 }
    /// `spo2`, `urine`, `map`, `unsupported`.
    public var costNames: [String] { ICUSepsisModel.costNames }
    /// 1 in each channel.
    public var largestCosts: [Float]? { costNames.map { _ in 1 } }

    /// Ready where the four files are.
    public static var readiness: FamilyReadiness {
        let folder = ICUSepsisFolder.path
        let isThere = ICUSepsisTables.File.all.allSatisfy { ICUSepsisTables.path(of: $0, in: folder) != nil }
        return isThere ? .ready("parameters in \(folder)") : .missing(ICUSepsisKit.command)
    }

    private static var data: ICUSepsisModel { get throws { try ICUSepsisModel.shared(inadmissibleActions) } }

    /// Starts an episode with a patient drawn from the data's law.
    ///
    /// - Throws: `ICUSepsisError` where the parameters have not been set up.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        let data = try Self.data
        course.data = data
        course.stream = RandomStream(seed: seed, for: .reset)
        course.state = data.model.firstState(using: &course.stream)
        observe(data, &observation)
    }

    /// Treats the patient for four hours.
    public mutating func step(
        _ action: Span<Float>, observation: inout MutableSpan<Float>
    ) -> StepOutcome {
        guard let data = course.data, !data.model.isTerminal[course.state] else {
            preconditionFailure("\(Self.name): step before reset, or after the end of an episode")
        }
        let number = Self.number(ofAction: action)
        let pair = course.state * data.model.actions + number
        course.state = data.model.successor(of: course.state, after: number, using: &course.stream)
        observe(data, &observation)
        return StepOutcome(
            reward: course.state == ICUSepsisModel.survival ? 1 : 0,
            costs: data.model.costs.map { Float($0[pair]) },
            end: data.model.isTerminal[course.state] ? .terminated : nil)
    }

    private func observe(_ data: ICUSepsisModel, _ observation: inout MutableSpan<Float>) {
        for (index, value) in data.observations[course.state].enumerated() { observation[index] = value }
    }

    // MARK: The environment as a table

    /// 715 states: 713 alive, death, survival; no discount.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func model() throws -> TabularCMDP { try data.model }
    /// 715.
    public static var observationCount: Int { ICUSepsisModel.states }

    /// Features and flags of a state.
    public static func observation(inState state: Int) throws -> [Float] { try data.observations[state] }

    /// The state whose features and flags these are.
    public static func number(ofObservation observation: [Float]) throws -> Int? {
        try data.state(of: observation)
    }

    /// 5·fluid + vasopressor, each rounded to the nearest of its five levels; halfway, away from 0.
    public static func number(ofAction action: Span<Float>) -> Int {
        precondition(action.count == 2, "\(name) takes 2 action values, not \(action.count)")
        let levels = (0..<2).map { Int((2 * min(max(action[$0], -1), 1)).rounded()) + 2 }
        return 5 * levels[0] + levels[1]
    }

    /// The levels of fluid and vasopressor of an action.
    public static func action(numbered number: Int) -> [Float] {
        [Float(number / 5) / 2 - 1, Float(number % 5) / 2 - 1]
    }

    /// The actions that the clinicians took more than 20 times in a state.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func admissibleActions() throws -> ActionSet { try data.admissible }

    /// Mean SOFA score of each living state, from 1.15 to 18.02: larger is worse.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func sofaScores() throws -> [Double] { try data.tables.sofa }

    /// Names of the 47 features in the order of the observation.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func featureNames() throws -> [String] { try data.tables.featureNames }
}

extension ICUSepsisTask {
    /// 100,000.
    public static var standardTransitions: Int { 100_000 }

    /// `clinician-admissible`, `clinician`, `uniform-admissible`, `uniform`.
    public static var behaviours: [String] {
        ["clinician-admissible", "clinician", "uniform-admissible", "uniform"]
    }

    /// One of the behaviours as a table.
    ///
    /// The clinicians' policy is the one estimated from the data; 15.6 % of it (averaged over states) is on inadmissible
    /// actions. The admissible variants leave those out.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func behaviourPolicy(_ behaviour: String) throws -> TabularPolicy {
        let data = try data
        return switch behaviour {
        case "clinician": data.clinician
        case "clinician-admissible": data.clinician.restricted(to: data.admissible)
        case "uniform": TabularPolicy(uniformOver: data.model.allActions)
        case "uniform-admissible": TabularPolicy(uniformOver: data.admissible)
        default: preconditionFailure("\(name) has no behaviour \(behaviour), only \(behaviours)")
        }
    }

    /// The same, as what the environment says of its behaviours; nil for one that it does not have.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func behaviourTable(named behaviour: String) throws -> TabularPolicy? {
        behaviours.contains(behaviour) ? try behaviourPolicy(behaviour) : nil
    }

    /// Records whole episodes of a behaviour; each action is at the centre of its level.
    ///
    /// - Throws: `ICUSepsisError`.
    public static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        let policy = try behaviourPolicy(behaviour)
        return try CollectedTransitions(amount, in: Self.self, seed: seed) { task, _, stream in
            action(numbered: policy.action(in: task.course.state, using: &stream))
        }
    }
}
