import SafeRL
import Synchronization

/// What an inadmissible action does.
public enum InadmissibleActions: String, Sendable, Hashable, CaseIterable {
    /// As an admissible action drawn at random: the plain average of the state's admissible rows.
    case averaged
    /// It ends the episode in death.
    case fatal
}

/// ICU-Sepsis with all its parameters: what every episode of the process reads.
final class ICUSepsisModel: Sendable {
    /// Number of the state of death; survival follows.
    static let death = ICUSepsisTables.living
    /// Number of the state of survival.
    static let survival = death + 1
    /// All states.
    static let states = survival + 1
    /// 47 features, died, survived.
    static let observationSize = 49
    /// The cost channels.
    static let costNames = ["spo2", "urine", "map", "unsupported"]

    /// The parameters.
    let tables: ICUSepsisTables
    /// The actions seen often enough in the data; everything in the two terminal states.
    let admissible: ActionSet
    /// The model.
    let model: TabularCMDP
    /// The observation of every state.
    let observations: [[Float]]
    private let numbers: [[Float]: Int]

    /// Values of a feature, and the largest one that counts as critically low: of the clinicians' steps 10 % are in
    /// states up to it.
    ///
    /// The thresholds lie between two values that occur, so that no rounding moves a state across; the states are those
    /// of the 10 % quantile of occupancy under the clinicians: 92, 77 and 85.
    private static let critical: [(feature: String, atMost: Float)] = [
        ("SpO2", -0.4012), ("output_4hourly", -1.8220), ("MeanBP", -0.7512),
    ]

    private init(_ tables: ICUSepsisTables, _ rule: InadmissibleActions) throws {
        let actions = ICUSepsisTables.actions
        let admissible = ActionSet(states: Self.states, actions: actions) {
            $0 >= Self.death || !tables.transitions[$0 * actions + $1].isEmpty
        }
        let isCritical = Self.critical.map { feature, limit in
            let column = tables.featureNames.firstIndex(of: feature)
            return tables.features.map { row in column.map { row[$0] <= limit } ?? false }
        }
        // All inadmissible actions of a state do the same.
        let others = (0..<ICUSepsisTables.living).map { state in
            rule == .fatal
                ? [TabularCMDP.Successor(Self.death, 1)]
                : Self.average(admissible.actions(in: state).map { tables.transitions[state * actions + $0] })
        }
        (self.tables, self.admissible) = (tables, admissible)
        model = try TabularCMDP(
            states: Self.states, actions: actions, start: tables.start + [0, 0], costNames: Self.costNames,
            isTerminal: (0..<Self.states).map { $0 >= Self.death }
        ) { state, action in
            let isAdmissible = admissible.contains(state, action)
            let successors = isAdmissible ? tables.transitions[state * actions + action] : others[state]
            return .init(
                successors,
                reward: successors.reduce(0) { $1.state == Self.survival ? $0 + $1.probability : $0 },
                costs: isCritical.map { $0[state] ? 1 : 0 } + [isAdmissible ? 0 : 1])
        }
        let none = [Float](repeating: 0, count: Self.observationSize - 2)
        let observations = tables.features.map { $0 + [0, 0] } + [none + [1, 0], none + [0, 1]]
        self.observations = observations
        numbers = Dictionary(observations.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// The plain average of laws.
    private static func average(_ laws: [[TabularCMDP.Successor]]) -> [TabularCMDP.Successor] {
        var mass = [Double](repeating: 0, count: states)
        for law in laws { for successor in law { mass[successor.state] += successor.probability } }
        return mass.enumerated().filter { $0.element > 0 }.map {
            .init($0.offset, $0.element / Double(laws.count))
        }
    }

    /// The state that has an observation.
    func state(of observation: [Float]) -> Int? { numbers[observation] }

    /// The clinicians' policy.
    var clinician: TabularPolicy {
        TabularPolicy(states: Self.states, actions: ICUSepsisTables.actions) { [tables] state, action in
            state < Self.death ? tables.clinician[state * ICUSepsisTables.actions + action] : 0
        }
    }

    // MARK: Loading

    private struct Key: Hashable {
        let folder: String
        let rule: InadmissibleActions
    }

    private static let loaded = Mutex<[Key: ICUSepsisModel]>([:])

    /// The model of a rule, read once a process from the folder that its variables name.
    ///
    /// - Throws: `ICUSepsisError`; a later call tries again.
    static func shared(_ rule: InadmissibleActions) throws -> ICUSepsisModel {
        let key = Key(folder: ICUSepsisFolder.path, rule: rule)
        return try loaded.withLock { loaded in
            if let model = loaded[key] { return model }
            let tables =
                try loaded.first { $0.key.folder == key.folder }?.value.tables
                ?? ICUSepsisTables(folder: key.folder)
            let model = try ICUSepsisModel(tables, rule)
            loaded[key] = model
            return model
        }
    }
}
