import SafeRL

extension GumbelSepsis {
    /// Everything about a patient: what is seen, and whether they are diabetic, which is not.
    public struct Patient: Hashable, Sendable {
        /// Whether glucose and blood pressure react as in diabetes; never observed.
        public var isDiabetic: Bool
        /// Heart rate: 0 low, 1 normal, 2 high.
        public var heartRate: Int
        /// Systolic blood pressure: 0 low, 1 normal, 2 high.
        public var bloodPressure: Int
        /// Oxygen saturation: 0 low, 1 normal.
        public var oxygen: Int
        /// Glucose: 0 very low, 1 low, 2 normal, 3 high, 4 very high.
        public var glucose: Int
        /// The treatment that is on.
        public var treatment: Treatment

        /// Number of patients: 1,440.
        public static let count = 2 * seen
        /// Number of patients that can be told apart: 720.
        public static let seen = 3 * 3 * 2 * 5 * 8

        /// The patient of a number: diabetic, heart rate, blood pressure, oxygen, glucose, antibiotic, vasopressor,
        /// ventilation, the first being the most significant digit.
        ///
        /// - Parameter number: in 0 ..< 1,440; what is seen is `number % 720`.
        public init(number: Int) {
            precondition(0..<Self.count ~= number, "patient \(number) of \(Self.count)")
            var rest = number
            func digit(_ base: Int) -> Int {
                defer { rest /= base }
                return rest % base
            }
            let (ventilation, vasopressor, antibiotic) = (digit(2) == 1, digit(2) == 1, digit(2) == 1)
            treatment = Treatment(
                antibiotic: antibiotic, ventilation: ventilation, vasopressor: vasopressor)
            (glucose, oxygen, bloodPressure, heartRate) = (digit(5), digit(2), digit(3), digit(3))
            isDiabetic = digit(2) == 1
        }

        /// The patient's number.
        public var number: Int {
            let flags =
                (treatment.antibiotic ? 4 : 0) + (treatment.vasopressor ? 2 : 0)
                + (treatment.ventilation ? 1 : 0)
            let signs = ((heartRate * 3 + bloodPressure) * 2 + oxygen) * 5 + glucose
            return ((isDiabetic ? 90 : 0) + signs) * 8 + flags
        }

        /// Vital signs that are not normal, of four.
        public var abnormalSigns: Int {
            [heartRate != 1, bloodPressure != 1, oxygen != 1, glucose != 2].count { $0 }
        }
        /// Whether at least three vital signs are abnormal, which is taken for death.
        public var isDead: Bool { abnormalSigns >= 3 }
        /// Whether all vital signs are normal without treatment.
        public var isDischarged: Bool { abnormalSigns == 0 && treatment == Treatment(number: 0) }
    }

    /// Which of three treatments are on.
    public struct Treatment: Hashable, Sendable {
        /// Lowers heart rate and blood pressure.
        public var antibiotic: Bool
        /// Raises the oxygen saturation.
        public var ventilation: Bool
        /// Raises the blood pressure, in diabetics also the glucose.
        public var vasopressor: Bool

        /// Number of treatments.
        public static let count = 8

        /// Names what is on.
        public init(antibiotic: Bool, ventilation: Bool, vasopressor: Bool) {
            (self.antibiotic, self.ventilation, self.vasopressor) = (antibiotic, ventilation, vasopressor)
        }

        /// The treatment of the number 4·antibiotic + 2·ventilation + vasopressor.
        public init(number: Int) {
            precondition(0..<Self.count ~= number, "treatment \(number) of \(Self.count)")
            self.init(
                antibiotic: number & 4 != 0, ventilation: number & 2 != 0, vasopressor: number & 1 != 0)
        }

        /// The treatment's number.
        public var number: Int { (antibiotic ? 4 : 0) + (ventilation ? 2 : 0) + (vasopressor ? 1 : 0) }
    }

    /// The law of the next patient state: the rules of one step, everything that can happen with its probability.
    ///
    /// Treatments act first, in the order antibiotic, ventilation, vasopressor, and stopping one acts too; then the signs
    /// that nothing acted on fluctuate. It is defined for dead and discharged patients as well.
    ///
    /// - Parameters:
    ///   - patient: before the step.
    ///   - treatment: chosen for it.
    /// - Returns: patients with probabilities that sum to 1, by ascending number.
    public static func law(
        of patient: Patient, under treatment: Treatment
    ) -> [TabularCMDP.Successor] {
        var outcomes = Outcomes(patient)
        outcomes.apply(treatment, after: patient.treatment)
        outcomes.fluctuate(under: treatment, after: patient.treatment)
        return outcomes.successors(under: treatment)
    }
}

/// Patients with their probabilities, while a step's rules are applied one after the other.
private struct Outcomes {
    private var mass: [GumbelSepsis.Patient: Double]
    private let isDiabetic: Bool

    init(_ patient: GumbelSepsis.Patient) { (mass, isDiabetic) = ([patient: 1], patient.isDiabetic) }

    func successors(under treatment: GumbelSepsis.Treatment) -> [TabularCMDP.Successor] {
        mass.map { patient, probability in
            var next = patient
            next.treatment = treatment
            return .init(next.number, probability)
        }.sorted { $0.state < $1.state }
    }

    /// Moves one sign to each of some levels with a probability; with what is left it stays.
    private mutating func move(
        _ sign: WritableKeyPath<GumbelSepsis.Patient, Int>,
        _ rule: (Int) -> [(level: Int, probability: Double)]
    ) {
        var next: [GumbelSepsis.Patient: Double] = [:]
        // Ascending, so that sums round alike every time.
        for (patient, probability) in mass.sorted(by: { $0.key.number < $1.key.number }) {
            let moves = rule(patient[keyPath: sign])
            let staying = 1 - moves.reduce(0) { $0 + $1.probability }
            for (level, share) in moves + [(patient[keyPath: sign], staying)] where share > 0 {
                var moved = patient
                moved[keyPath: sign] = level
                next[moved, default: 0] += probability * share
            }
        }
        mass = next
    }

    /// From one level to another.
    private mutating func move(
        _ sign: WritableKeyPath<GumbelSepsis.Patient, Int>, from: Int, to: Int, _ probability: Double
    ) {
        move(sign) { $0 == from ? [(to, probability)] : [] }
    }

    mutating func apply(_ now: GumbelSepsis.Treatment, after before: GumbelSepsis.Treatment) {
        if now.antibiotic {
            move(\.heartRate, from: 2, to: 1, 0.5)
            move(\.bloodPressure, from: 2, to: 1, 0.5)
        } else if before.antibiotic {
            move(\.heartRate, from: 1, to: 2, 0.1)
            move(\.bloodPressure, from: 1, to: 2, 0.1)
        }
        if now.ventilation {
            move(\.oxygen, from: 0, to: 1, 0.7)
        } else if before.ventilation {
            move(\.oxygen, from: 1, to: 0, 0.1)
        }
        if now.vasopressor {
            raisePressure()
        } else if before.vasopressor {
            let probability = isDiabetic ? 0.05 : 0.1
            move(\.bloodPressure) { $0 > 0 ? [($0 - 1, probability)] : [] }
        }
    }

    private mutating func raisePressure() {
        guard isDiabetic else {
            move(\.bloodPressure) { $0 < 2 ? [($0 + 1, 0.7)] : [] }
            return
        }
        move(\.bloodPressure) { level in
            switch level {
            case 0: [(1, 0.5), (2, 0.4)]
            case 1: [(2, 0.9)]
            default: []
            }
        }
        move(\.glucose) { $0 < 4 ? [($0 + 1, 0.5)] : [] }
    }

    mutating func fluctuate(
        under now: GumbelSepsis.Treatment, after before: GumbelSepsis.Treatment
    ) {
        let hasAntibiotic = now.antibiotic || before.antibiotic
        if !hasAntibiotic { fluctuate(\.heartRate, 0...2, 0.1) }
        if !hasAntibiotic && !now.vasopressor && !before.vasopressor {
            fluctuate(\.bloodPressure, 0...2, 0.1)
        }
        if !now.ventilation && !before.ventilation { fluctuate(\.oxygen, 0...1, 0.1) }
        guard !now.vasopressor else { return }
        if isDiabetic { return fluctuate(\.glucose, 0...4, 0.3) }
        // A quirk of the published simulator, kept for comparability: the upward move of those without diabetes ends at
        // level 1 at most, so from level 2 on it is a drop.
        move(\.glucose) { [(min($0 + 1, 1), 0.1), (max($0 - 1, 0), 0.1)] }
    }

    private mutating func fluctuate(
        _ sign: WritableKeyPath<GumbelSepsis.Patient, Int>, _ levels: ClosedRange<Int>, _ probability: Double
    ) {
        move(sign) {
            [
                (min($0 + 1, levels.upperBound), probability), (max($0 - 1, levels.lowerBound), probability),
            ]
        }
    }
}
