import Assurance
import PerturbablePhysics
import Pictures
import Reliability
import SafeRL

/// What rising faults of sensors and actuators, and a changed physics, do to return and cost, from the same starts at every level.
struct PerturbationSection {
    let assessed: AssessedPolicy
    let plan: AssessmentPlan
    let seeds: AssessmentSeeds
    /// Standard deviations of the observation's columns.
    let spread: [Double]
    /// What the spreads are of.
    let spreadSource: String
    /// Told of each kind that is done.
    let say: (String) -> Void

    private var kinds: [PerturbationKind] {
        PerturbationKind.sensors(columns: spread.count)
            + (assessed.policy.actionChoices == nil ? PerturbationKind.actuators : [])
            + PerturbationKind.physics(assessed.physics?.quantities ?? [])
    }

    func result() throws -> SectionResult {
        var result = SectionResult()
        let base = try figures(nil, "none")
        var (worst, layers) = ([(name: String, retained: Double)](), [(String, [ChartFigure.Point])]())
        for kind in kinds {
            let levels = (kind.isScale ? [0] : []) + kind.levels
            var rows = kind.isScale ? [base] : []
            for level in kind.levels { rows.append(try figures(kind.make(level), kind.name)) }
            say(kind.name)
            let summary =
                kind.isScale
                ? try PerturbationSummary(
                    levels: levels, returns: rows.map(\.totalReward), costs: rows.map(\.cost),
                    limit: plan.limit ?? .infinity) : nil
            result.members.append((kind.name, json(kind, levels, rows, summary)))
            if let retained = summary?.retained { worst.append((kind.name, retained)) }
            if kind.isScale {
                layers.append(
                    (
                        kind.name,
                        zip(levels, rows).map { .init($0 / (levels.last ?? 1), $1.violatedShare) }
                    ))
            }
        }
        let least = worst.min { $0.retained < $1.retained }
        result.lines = [
            (
                "Perturbations",
                least.map { "least return retained \(short($0.retained)) (\($0.name))" }
                    ?? "the return without any is not above 0, so no share of it is retained",
                least.map { $0.retained >= 0.9 ? .good : $0.retained >= 0.5 ? .look : .bad }
            )
        ]
        let rise = layers.map { ($0.0, ($0.1.last?.y ?? 0) - base.violatedShare) }.max { $0.1 < $1.1 }
        if let rise {
            result.lines.append(
                (
                    "  violations",
                    "\(percent(base.violatedShare)) without, \(percent(base.violatedShare + rise.1)) at the "
                        + "largest level of \(rise.0)", nil
                ))
        }
        if plan.limit == nil {
            result.unavailable.append("critical levels: no cost limit; name one with --limit")
        }
        if let line = physicsLine(worst) {
            result.lines.append(("  physics", line, nil))
        } else if assessed.physics == nil {
            result.unavailable.append(
                "physics: \(assessed.placeName) does not say how its mass, friction or gravity change")
        }
        result.figure = picture(layers, base.violatedShare)
        return result
    }

    /// What episodes at one level amounted to.
    private struct Figures {
        let totalReward, cost, violatedShare, violatedBound: Double
    }

    /// The changed quantities at their worst, of kinds with what each retains; nothing where none was changed.
    private func physicsLine(_ retained: [(name: String, retained: Double)]) -> String? {
        let names = Set(PerturbationKind.physics(assessed.physics?.quantities ?? []).map(\.name))
        let own = retained.filter { names.contains($0.name) }.map { "\($0.name) \(short($0.retained))" }
        return own.isEmpty ? nil : "return retained: " + own.joined(separator: ", ")
    }

    private func figures(_ change: PerturbationKind.Change?, _ kind: String) throws -> Figures {
        let episodes = try assessed.episodes(plan.perturbedEpisodes, seed: seeds("perturbed episodes")) {
            base in
            switch change {
            case nil: base
            case .fault(let fault):
                PerturbedEnvironment(base, fault, spread: spread, seed: seeds("perturbation, \(kind)"))
            case .physics(let factors): try assessed.place(obeying: factors)
            }
        }
        let count = Double(episodes.count)
        let violated = BinomialCount(events: episodes.count(where: \.isViolated), trials: episodes.count)
        return Figures(
            totalReward: episodes.reduce(0) { $0 + $1.totalReward } / count,
            cost: episodes.reduce(0) { $0 + $1.totalCost } / count, violatedShare: violated.share,
            violatedBound: violated.upperBound(delta: plan.delta))
    }

    private func json(
        _ kind: PerturbationKind, _ levels: [Double], _ rows: [Figures], _ summary: PerturbationSummary?
    ) -> JSONValue {
        func list(_ value: (Figures) -> Double) -> JSONValue { .list(rows.map { .figure(value($0)) }) }
        return .object([
            ("levels", .list(levels.map { .figure($0) })), ("episodes", .integer(plan.perturbedEpisodes)),
            ("spread", .text(spreadSource)), ("return_mean", list(\.totalReward)),
            ("cost_mean", list(\.cost)),
            ("violated", list(\.violatedShare)), ("violated_upper_bound", list(\.violatedBound)),
            (
                "within_limit",
                plan.limit.map { limit in .list(rows.map { .boolean($0.cost <= limit) }) } ?? .null
            ),
            ("retained", .figure(summary?.retained)), ("mean_return", .figure(summary?.meanReturn)),
            ("critical_level", .figure(plan.limit == nil ? nil : summary?.criticalLevel)),
        ])
    }

    /// The four kinds that raise the share of violated episodes most.
    private func picture(_ layers: [(String, [ChartFigure.Point])], _ base: Double) -> ChartFigure {
        let most = layers.sorted { ($1.1.last?.y ?? 0, $0.0) < ($0.1.last?.y ?? 0, $1.0) }.prefix(4)
        return ChartFigure(
            title: "Violations under faults and changes",
            across: ("Level, as a share of the largest", .share), upwards: ("Share violated", .nonNegative),
            most.map { ($0.0, .line($0.1)) } + [("", .horizontal(base))],
            notes: ["\(plan.perturbedEpisodes) episodes a level, the same starts"])
    }
}
