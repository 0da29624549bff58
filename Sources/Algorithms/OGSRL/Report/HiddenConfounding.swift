import Assurance
import Dynamics
import OffPolicyEvaluation
import SafeRL

/// Whether recorded actions, and what followed them, depend on the past although the observation is known: a sign of
/// something at work that the observation does not have.
struct HiddenConfounding {
    /// The probability of a false alarm of either test.
    static let level = 0.01
    /// Most columns of an observation that are looked at; of more, evenly spread ones.
    private static let mostColumns = 8
    /// Most categories of a column; of more, thirds of its rows.
    private static let mostCategories = 6
    /// Most rows.
    private static let mostRows = 60_000

    /// Of a_t on (o_{t−1}, a_{t−1}) given o_t.
    let actions: PastDependence?
    /// Of o_{t+1} and ending on (o_{t−1}, a_{t−1}) given (o_t, a_t).
    let successors: PastDependence?

    init(_ data: ModelData, seed: UInt64) {
        let states = DistinctRows(of: data.observations).numbers(of: data.observations).map { $0 ?? 0 }
        let table = DistinctRows(of: data.actions)
        let taken = table.numbers(of: data.actions).map { $0 ?? 0 }
        let rows = Array(
            data.episodes.indices.dropFirst().filter { data.episodes[$0] == data.episodes[$0 - 1] }
                .prefix(Self.mostRows))
        func of(_ values: [Int], _ shift: Int = 0) -> [Int] { rows.map { values[$0 + shift] } }
        let seen = Self.columns(of: data.observations, "")
        let past =
            seen.map { CategoryColumn("the earlier \($0.name)", of($0.values, -1)) }
            + [CategoryColumn("the earlier action", of(taken, -1))]
        actions = PastDependence(
            of: [CategoryColumn("action", of(taken))], on: past, given: of(states), seed: seed)
        let next = Self.columns(of: data.nextObservations, "next ")
        let ends = CategoryColumn("ending", data.isTerminated.map { $0 ? 1 : 0 })
        let choices = table.count
        successors = PastDependence(
            of: (next + [ends]).map { CategoryColumn($0.name, of($0.values)) }, on: past,
            given: rows.map { states[$0] * choices + taken[$0] }, seed: seed &+ 1)
    }

    private static func columns(of observations: Matrix, _ prefix: String) -> [CategoryColumn] {
        let stride = (observations.columns + mostColumns - 1) / mostColumns
        return Swift.stride(from: 0, to: observations.columns, by: stride).map { column in
            let values = (0..<observations.rows).map { observations[$0, column] }
            let exact = CategoryColumn("\(prefix)observation \(column)", distinct: values)
            guard Set(exact.values).count > mostCategories else { return exact }
            let sorted = values.sorted()
            let thirds = [sorted[sorted.count / 3], sorted[2 * sorted.count / 3]]
            return CategoryColumn(exact.name, values.map { value in thirds.count { value > $0 } })
        }
    }

    private static func isRejected(_ test: PastDependence?) -> Bool { (test?.p ?? 1) <= level }

    /// What speaks against any estimate from these records.
    var objections: [Objection] {
        guard let actions, Self.isRejected(actions) else { return [] }
        return [.confounded("recorded actions", p: actions.p)]
    }

    /// What speaks against the model only.
    var cautions: [String] {
        guard let successors, Self.isRejected(successors) else { return [] }
        return [
            "What follows an action depends on the past although the observation is known (p ≤ \(successors.p)): the "
                + "model, which knows the observation only, may promise what is not so."
        ]
    }

    /// The same for the report's reader, also where the policy is not tested.
    var notes: [String] {
        (objections.isEmpty
            ? []
            : [
                "Warning: \(objections.words). What the model and the records promise may be an effect of that and not of "
                    + "the policy; more observations, or their history, may have it."
            ]) + cautions.map { "Warning: \($0)" }
    }

    /// Both tests.
    var section: TrainingReport.Section {
        .init(
            "Hidden confounding: does the past matter where the observation is known?",
            [
                line("Recorded actions", "confounding_actions", actions),
                line("What followed", "confounding_successors", successors),
            ])
    }

    private func line(_ label: String, _ key: String, _ test: PastDependence?) -> TrainingReport.Line {
        guard let test else {
            return .init(label, key: key, nil, "not tested: observations do not repeat")
        }
        let figures = "p \(test.p) on \(test.rows) steps, level \(Self.level)"
        return .init(
            label, key: key, test.p,
            Self.isRejected(test)
                ? "yes, \(test.response) on \(test.past): \(figures)"
                : "no sign of it, which is no proof: \(figures)")
    }
}
