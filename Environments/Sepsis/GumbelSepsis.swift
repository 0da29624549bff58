import SafeRL
import Tensors

/// A simulator of sepsis with four vital signs, three treatments and diabetes that is not seen.
///
/// The recorded clinicians see diabetes, so their treatments are a sign of what the observation does not have: the
/// cautionary example of confounded records. `GumbelSepsisObserved` shows what they see.
///
/// The rules are those of the simulator published for counterfactual evaluation with Gumbel-max models; nothing here
/// needs a counterfactual, so states are drawn plainly. The reward is 1 on discharge (all signs normal, untreated) and −1 on
/// death (three signs abnormal); both end the episode, which is cut after 20 steps.
///
/// The observation has 7 values in −1 … 1: heart rate, blood pressure, oxygen and glucose by level, then whether
/// antibiotic, ventilation and vasopressor are on. The action has one value for each treatment; above 0 is on.
/// Costs of a step, by the patient as treated: `o2-low`, `sbp-low`, and `unsupported` where the treatment is none of
/// the three that `supportedTreatments` names.
///
/// - SeeAlso: Oberst and Sontag 2019, "Counterfactual off-policy evaluation with Gumbel-max structural causal models",
///   arXiv:1905.05824.
public struct GumbelSepsis: TabularEnvironment, Sendable {
    /// `gumbel-sepsis`.
    public static let name = "gumbel-sepsis"
    /// Steps after which whoever runs an episode truncates it.
    public static let steps = 20
    static let names = ["o2-low", "sbp-low", "unsupported"]

    /// The patient as they are.
    public private(set) var patient = Patient(number: 0)
    private var stream = RandomStream(seed: 0, for: .reset)

    /// An environment in an arbitrary state.
    public init() {}

    /// Seven values in [−1, 1].
    public var observationSpace: Space { .box(7, in: -1...1) }
    /// Antibiotic, ventilation and vasopressor in [−1, 1].
    public var actionSpace: Space { .box(3, in: -1...1) }
    /// 20 steps.
    public var timeLimit: Int { Self.steps }
    /// `o2-low`, `sbp-low`, `unsupported`.
    public var costNames: [String] { Self.names }
    /// 1 in each channel.
    public var largestCosts: [Float]? { costNames.map { _ in 1 } }

    /// Starts an episode with an untreated patient who is neither dead nor discharged; one in five is diabetic.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        stream = RandomStream(seed: seed, for: .reset)
        patient = Patient(number: try Self.model().firstState(using: &stream))
        Self.observe(patient, &observation)
    }

    /// Treats the patient for one step.
    public mutating func step(
        _ action: Span<Float>, observation: inout MutableSpan<Float>
    ) throws -> StepOutcome {
        let number = Self.number(ofAction: action)
        let costs = Self.costs(of: patient, under: number)
        let next = try Self.model().successor(of: patient.number, after: number, using: &stream)
        patient = Patient(number: next)
        Self.observe(patient, &observation)
        return StepOutcome(
            reward: Float(Self.reward(entering: next)), costs: costs.map { Float($0) },
            end: Self.isTerminal(next) ? .terminated : nil)
    }

    private static func observe(_ patient: Patient, _ observation: inout MutableSpan<Float>) {
        let treatment = patient.treatment
        observation[0] = Float(patient.heartRate - 1)
        observation[1] = Float(patient.bloodPressure - 1)
        observation[2] = Float(2 * patient.oxygen - 1)
        observation[3] = Float(patient.glucose - 2) / 2
        observation[4] = treatment.antibiotic ? 1 : -1
        observation[5] = treatment.ventilation ? 1 : -1
        observation[6] = treatment.vasopressor ? 1 : -1
    }
}

extension GumbelSepsis {
    /// 720: diabetes is not seen.
    public static var observationCount: Int { Patient.seen }

    /// What is seen of a patient by number.
    public static func observation(inState state: Int) -> [Float] {
        var values = [Float](repeating: 0, count: 7)
        var span = values.mutableSpan
        observe(Patient(number: state), &span)
        return values
    }

    /// The number, below 720, of patients that look so.
    public static func number(ofObservation observation: [Float]) -> Int? {
        guard observation.count == 7 else { return nil }
        var patient = Patient(number: 0)
        patient.heartRate = Int((observation[0] + 1).rounded())
        patient.bloodPressure = Int((observation[1] + 1).rounded())
        patient.oxygen = Int(((observation[2] + 1) / 2).rounded())
        patient.glucose = Int((2 * observation[3] + 2).rounded())
        patient.treatment = Treatment(
            antibiotic: observation[4] > 0, ventilation: observation[5] > 0, vasopressor: observation[6] > 0)
        let isPatient =
            0...2 ~= patient.heartRate && 0...2 ~= patient.bloodPressure && 0...1 ~= patient.oxygen
            && 0...4 ~= patient.glucose
        guard isPatient, Self.observation(inState: patient.number) == observation else { return nil }
        return patient.number
    }

    /// 4·antibiotic + 2·ventilation + vasopressor, each on above 0.
    public static func number(ofAction action: Span<Float>) -> Int {
        precondition(action.count == 3, "\(name) takes 3 action values, not \(action.count)")
        return (0..<3).reduce(0) { 2 * $0 + (action[$1] > 0 ? 1 : 0) }
    }

    /// 1 for what is on, −1 for what is off.
    public static func action(numbered number: Int) -> [Float] {
        [number & 4, number & 2, number & 1].map { $0 != 0 ? 1 : -1 }
    }
}

extension GumbelSepsis {
    /// 100,000.
    public static let standardTransitions = 100_000
    /// `clinician`, `uniform-supported`, `uniform`.
    public static let behaviours = ["clinician", "uniform-supported", "uniform"]

    /// The clinicians: with probability 0.95 the best supported treatment, else another supported one.
    ///
    /// They see diabetes, and the best is meant for a discount of 0.99 without a limit of steps.
    private static let clinician = Result {
        let best = try model().with(discount: 0.99, horizon: nil).optimum(within: supported).choices
        return TabularPolicy(states: Patient.count, actions: Treatment.count) { state, action in
            guard supported.contains(state, action) else { return 0 }
            let others = Double(supported.actions(in: state).count - 1)
            return action == best[state] ? 0.95 : 0.05 / others
        }
    }

    /// One of the behaviours as a table over 1,440 patients.
    ///
    /// - Throws: where the best treatments cannot be computed, which would be a fault here.
    public static func behaviourPolicy(_ behaviour: String) throws -> TabularPolicy {
        switch behaviour {
        case "clinician": return try clinician.get()
        case "uniform-supported": return TabularPolicy(uniformOver: supported)
        case "uniform":
            return TabularPolicy(uniformOver: .all(states: Patient.count, actions: Treatment.count))
        default: preconditionFailure("\(name) has no behaviour \(behaviour), only \(behaviours)")
        }
    }

    /// The same, as what the environment says of its behaviours; nil for one that it does not have.
    public static func behaviourTable(named behaviour: String) throws -> TabularPolicy? {
        behaviours.contains(behaviour) ? try behaviourPolicy(behaviour) : nil
    }

    /// Records whole episodes of a behaviour.
    public static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        let policy = try behaviourPolicy(behaviour)
        return try CollectedTransitions(amount, in: Self.self, seed: seed) { task, _, stream in
            action(numbered: policy.action(in: task.patient.number, using: &stream))
        }
    }
}
