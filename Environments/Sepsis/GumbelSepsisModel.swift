import SafeRL

extension GumbelSepsis {
    /// Levels of the vital signs at the start, before those who are dead or discharged already are drawn again.
    private static let startLaws = (
        heartRate: [0.25, 0.5, 0.25], bloodPressure: [0.25, 0.5, 0.25], oxygen: [0.2, 0.8],
        glucose: [0.05, 0.15, 0.6, 0.15, 0.05], diabeticGlucose: [0.01, 0.05, 0.15, 0.6, 0.19]
    )
    /// Share of diabetics.
    private static let diabeticShare = 0.2

    /// Probability of every patient at the start: diabetic with 0.2, the signs drawn one by one, untreated.
    static let start: [Double] = {
        var law = (0..<Patient.count).map { number in
            let patient = Patient(number: number)
            guard !patient.isDead && !patient.isDischarged && patient.treatment.number == 0 else {
                return 0.0
            }
            let glucose = patient.isDiabetic ? startLaws.diabeticGlucose : startLaws.glucose
            return startLaws.heartRate[patient.heartRate] * startLaws.bloodPressure[patient.bloodPressure]
                * startLaws.oxygen[patient.oxygen] * glucose[patient.glucose]
        }
        for (group, share) in [
            (0..<Patient.seen, 1 - diabeticShare), (Patient.seen..<Patient.count, diabeticShare),
        ] {
            let sum = law[group].reduce(0, +)
            for number in group { law[number] *= share / sum }
        }
        return law
    }()

    /// The treatments that the recorded clinicians choose from: three of eight for every patient that is seen.
    ///
    /// First what is indicated: the antibiotic where heart rate or blood pressure is high, ventilation where the oxygen
    /// is low, the vasopressor where the blood pressure is low. Then the same with the antibiotic the other way, and the
    /// same with ventilation the other way. So a vasopressor is on record only for low blood pressure.
    ///
    /// - Parameter patient: diabetes and current treatment do not matter.
    /// - Returns: three different treatments.
    public static func supportedTreatments(of patient: Patient) -> [Treatment] {
        let indicated = Treatment(
            antibiotic: patient.heartRate == 2 || patient.bloodPressure == 2,
            ventilation: patient.oxygen == 0, vasopressor: patient.bloodPressure == 0)
        var (otherAntibiotic, otherVentilation) = (indicated, indicated)
        otherAntibiotic.antibiotic.toggle()
        otherVentilation.ventilation.toggle()
        return [indicated, otherAntibiotic, otherVentilation]
    }

    /// The supported pairs of the model's 1,440 states.
    public static let supported: ActionSet = {
        let sets = (0..<Patient.count).map {
            Set(supportedTreatments(of: Patient(number: $0)).map(\.number))
        }
        return ActionSet(states: Patient.count, actions: Treatment.count) { sets[$0].contains($1) }
    }()

    /// Costs of treating a patient so.
    static func costs(of patient: Patient, under treatment: Int) -> [Double] {
        [
            patient.oxygen == 0 ? 1 : 0, patient.bloodPressure == 0 ? 1 : 0,
            supported.contains(patient.number, treatment) ? 0 : 1,
        ]
    }

    private static let known = Result { () throws(TabularModelError) in
        try TabularCMDP(
            states: Patient.count, actions: Treatment.count, start: start, horizon: steps,
            costNames: names, isTerminal: (0..<Patient.count).map(isTerminal)
        ) { state, action in
            let successors = law(of: Patient(number: state), under: Treatment(number: action))
            return .init(
                successors, reward: expectedReward(successors),
                costs: costs(of: Patient(number: state), under: action))
        }
    }

    /// Whether an episode ends in a state.
    static func isTerminal(_ number: Int) -> Bool {
        let patient = Patient(number: number)
        return patient.isDead || patient.isDischarged
    }

    /// Reward on entering a state: −1 for death, 1 for discharge.
    static func reward(entering number: Int) -> Double {
        let patient = Patient(number: number)
        return patient.isDead ? -1 : patient.isDischarged ? 1 : 0
    }

    private static func expectedReward(_ successors: [TabularCMDP.Successor]) -> Double {
        successors.reduce(0) { $0 + $1.probability * reward(entering: $1.state) }
    }

    /// All 1,440 states by exact enumeration of the rules, over 20 steps without discount.
    ///
    /// The states are patients by number. `model().with(discount: 0.99, horizon: nil)` is the form in which values have
    /// been published.
    public static func model() throws -> TabularCMDP { try known.get() }

    /// The model that endless records of a policy suggest to whoever does not see diabetes: 720 states, each with the
    /// law averaged over the patients that look so.
    ///
    /// The average is by how often the policy treats them so, since a policy that sees diabetes makes its treatments a
    /// sign of it; a treatment that it never gives is averaged by how often the patients are seen at all, else by the
    /// share of diabetics. No policy of what is seen has, in general, the value here that it has in truth.
    ///
    /// - Parameter policy: of 1,440 states.
    /// - Returns: a model of 720 states.
    /// - Throws: as `TabularCMDP.occupancy`.
    public static func observedModel(recordedBy policy: TabularPolicy) throws -> TabularCMDP {
        let model = try model()
        let occupancy = try model.occupancy(of: policy)
        return try TabularCMDP(
            states: Patient.seen, actions: Treatment.count,
            start: (0..<Patient.seen).map { start[$0] + start[$0 + Patient.seen] }, horizon: steps,
            costNames: names, isTerminal: (0..<Patient.seen).map(isTerminal)
        ) { state, action in
            let share = diabeticShare(of: state, action, in: occupancy)
            var mass = [Double](repeating: 0, count: Patient.seen)
            for (patient, weight) in [(state, 1 - share), (state + Patient.seen, share)] {
                for successor in model.successors(of: patient, after: action) {
                    mass[successor.state % Patient.seen] += weight * successor.probability
                }
            }
            let successors = mass.enumerated().filter { $0.element > 0 }.map {
                TabularCMDP.Successor($0.offset, $0.element)
            }
            return .init(
                successors, reward: expectedReward(successors),
                costs: costs(of: Patient(number: state), under: action))
        }
    }

    /// The share of diabetics among those who look and are treated so.
    private static func diabeticShare(of state: Int, _ action: Int, in occupancy: Occupancy) -> Double {
        let pairs = [state, state + Patient.seen].map { occupancy.visits(of: $0, action: action) }
        if pairs[0] + pairs[1] > 0 { return pairs[1] / (pairs[0] + pairs[1]) }
        let visits = [state, state + Patient.seen].map { occupancy.visits(of: $0) }
        return visits[0] + visits[1] > 0 ? visits[1] / (visits[0] + visits[1]) : diabeticShare
    }
}
