import SafeRL
import Tensors

/// The sepsis simulator with diabetes in the observation: what the clinicians see is all there.
///
/// The patients, treatments, rewards, costs and clinicians are those of `GumbelSepsis`. The observation has an eighth value,
/// 1 for a diabetic patient and −1 for others, so that the 1,440 patients all look different.
public struct GumbelSepsisObserved: TabularEnvironment, Sendable {
    /// `gumbel-sepsis-observed`.
    public static let name = "gumbel-sepsis-observed"
    private static let size = 8

    private var course = GumbelSepsis()

    /// An environment in an arbitrary state.
    public init() {}

    /// The patient as they are.
    public var patient: GumbelSepsis.Patient { course.patient }
    /// Eight values in [−1, 1].
    public var observationSpace: Space { .box(Self.size, in: -1...1) }
    /// As `GumbelSepsis`.
    public var actionSpace: Space { course.actionSpace }
    /// As `GumbelSepsis`.
    public var timeLimit: Int { course.timeLimit }
    /// As `GumbelSepsis`.
    public var costNames: [String] { course.costNames }
    /// As `GumbelSepsis`.
    public var largestCosts: [Float]? { course.largestCosts }

    /// Starts an episode as `GumbelSepsis` does.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try course.reset(seed: seed, observation: &observation)
        observation[Self.size - 1] = Self.sign(of: patient)
    }

    /// Treats the patient for one step.
    public mutating func step(
        _ action: Span<Float>, observation: inout MutableSpan<Float>
    ) throws -> StepOutcome {
        let outcome = try course.step(action, observation: &observation)
        observation[Self.size - 1] = Self.sign(of: patient)
        return outcome
    }

    private static func sign(of patient: GumbelSepsis.Patient) -> Float { patient.isDiabetic ? 1 : -1 }

    /// As `GumbelSepsis`.
    public static func model() throws -> TabularCMDP { try GumbelSepsis.model() }
    /// 1,440: all patients can be told apart.
    public static var observationCount: Int { GumbelSepsis.Patient.count }

    /// What is seen of a patient by number.
    public static func observation(inState state: Int) -> [Float] {
        GumbelSepsis.observation(inState: state) + [sign(of: GumbelSepsis.Patient(number: state))]
    }

    /// The patient's number.
    public static func number(ofObservation observation: [Float]) -> Int? {
        guard observation.count == size, abs(observation[size - 1]) == 1 else { return nil }
        return GumbelSepsis.number(ofObservation: Array(observation.dropLast())).map {
            observation[size - 1] > 0 ? $0 + GumbelSepsis.Patient.seen : $0
        }
    }

    /// As `GumbelSepsis`.
    public static func number(ofAction action: Span<Float>) -> Int { GumbelSepsis.number(ofAction: action) }
    /// As `GumbelSepsis`.
    public static func action(numbered number: Int) -> [Float] { GumbelSepsis.action(numbered: number) }

    /// 100,000.
    public static var standardTransitions: Int { GumbelSepsis.standardTransitions }
    /// As `GumbelSepsis`.
    public static var behaviours: [String] { GumbelSepsis.behaviours }

    /// As `GumbelSepsis`.
    public static func behaviourTable(named behaviour: String) throws -> TabularPolicy? {
        try GumbelSepsis.behaviourTable(named: behaviour)
    }

    /// Records whole episodes of a behaviour.
    public static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        let policy = try GumbelSepsis.behaviourPolicy(behaviour)
        return try CollectedTransitions(amount, in: Self.self, seed: seed) { task, _, stream in
            action(numbered: policy.action(in: task.patient.number, using: &stream))
        }
    }
}
