import Storage

extension Study {
    /// The study as a log that Optuna opens as its JournalStorage: one operation a line.
    ///
    /// - Parameter plan: of the study.
    /// - Returns: the lines.
    /// - Throws: `StudyError`.
    public func optunaLog(of plan: SweepPlan) throws(StudyError) -> String {
        let (name, records, reports) = (try description().name, try records(), try reports())
        let (worker, direction) = ("saferl", plan.direction == .minimise ? 1 : 2)
        func line(_ code: Int, _ members: [(String, JSONValue)]) -> String {
            JSONValue.object([("op_code", .integer(code)), ("worker_id", .text(worker))] + members).compact
                + "\n"
        }
        var log = line(0, [("study_name", .text(name)), ("directions", .list([.integer(direction)]))])
        for record in records {
            let trial = record.trial
            let id = ("trial_id", JSONValue.integer(trial.number))
            log += line(
                4, [("study_id", .integer(0)), ("datetime_start", .text(Self.time(record.started)))])
            for (parameter, value) in zip(plan.space, trial.parameters) {
                log += line(
                    5,
                    [
                        id, ("param_name", .text(parameter.name)), ("param_value_internal", .number(value)),
                        ("distribution", .text(parameter.optunaDistribution.compact)),
                    ])
            }
            for report in reports where report.number == trial.number {
                log += line(
                    7,
                    [
                        id, ("step", .integer(report.step)),
                        ("intermediate_value", report.value.map { .number($0) } ?? .null),
                    ])
            }
            log += line(
                9,
                [
                    id,
                    (
                        "system_attr",
                        .object([("constraints", .list([.number(min(trial.violation, 1e300))]))])
                    ),
                ])
            guard let state = trial.optunaState else { continue }
            let values = state == 1 ? JSONValue.list([.number(trial.value ?? 0)]) : .null
            log += line(
                6,
                [
                    id, ("state", .integer(state)), ("values", values),
                    ("datetime_complete", .text(Self.time(record.ended ?? record.started))),
                ])
        }
        return log
    }

    /// Optuna takes times without a zone.
    private static func time(_ text: String) -> String {
        text.hasSuffix("Z") ? String(text.dropLast()) : text
    }
}

extension Trial {
    /// Optuna's number of a state; nothing while it runs.
    fileprivate var optunaState: Int? {
        switch state {
        case .running: nil
        // One without a value is no complete trial to Optuna.
        case .complete: value == nil ? 3 : 1
        case .pruned: 2
        case .failed: 3
        }
    }
}

extension SearchParameter {
    fileprivate var optunaDistribution: JSONValue {
        func distribution(_ name: String, _ attributes: [(String, JSONValue)]) -> JSONValue {
            .object([("name", .text(name)), ("attributes", .object(attributes))])
        }
        switch domain {
        case .real(let range, let isLogarithmic, let step):
            return distribution(
                "FloatDistribution",
                [
                    ("step", step.map { .number($0) } ?? .null), ("low", .number(range.lowerBound)),
                    ("high", .number(range.upperBound)), ("log", .boolean(isLogarithmic)),
                ])
        case .integer(let range, let isLogarithmic, let step):
            return distribution(
                "IntDistribution",
                [
                    ("step", .integer(step)), ("low", .integer(range.lowerBound)),
                    ("high", .integer(range.upperBound)), ("log", .boolean(isLogarithmic)),
                ])
        case .choices(let choices):
            // Lists and objects are no choices of Optuna's.
            let plain = choices.map { $0.elements == nil && $0.members == nil ? $0 : .text($0.compact) }
            return distribution("CategoricalDistribution", [("choices", .list(plain))])
        }
    }
}
