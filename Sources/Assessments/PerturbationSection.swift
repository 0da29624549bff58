import Assurance
import Pictures
import Reliability
import SafeRL

/// What rising faults of sensors and actuators do to return and cost, from the same starts at every level.
struct PerturbationSection {
    /// One kind, with what each level is.
    private struct Kind {
        let name: String
        let levels: [Double]
        let make: (Double) -> Perturbation
        /// Whether levels rise from none to much; entries of an observation do not.
        var isScale = true
    }

    let assessed: AssessedPolicy
    let plan: AssessmentPlan
    let seeds: AssessmentSeeds
    /// Standard deviations of the observation's columns.
    let spread: [Double]
    /// What the spreads are of.
    let spreadSource: String
    /// Told of each kind that is done.
    let say: (String) -> Void

    /// Entries that are stuck, at most.
    private static let mostEntries = 8
    private static let shares = [0.05, 0.1, 0.2, 0.4]
    private static let delays = [1.0, 2, 4, 8]

    private var kinds: [Kind] {
        func sensor(_ name: String, _ inSpreads: Bool = false, _ fault: @escaping (Double) -> SensorFault)
            -> Kind
        {
            Kind(name: name, levels: Self.shares) { .sensor(fault($0), inSpreads: inSpreads) }
        }
        func actuator(_ name: String, _ fault: @escaping (Double) -> ActuatorFault) -> Kind {
            Kind(name: name, levels: Self.shares) { .actuator(fault($0)) }
        }
        var kinds = [
            sensor("noise") { .noise(level: $0) }, sensor("bias") { .bias(level: $0) },
            sensor("scale") { .scale(level: $0) },
            sensor("dropout-hold") { .heldDropout(probability: $0) },
            sensor("dropout-zero") { .zeroDropout(probability: $0) },
            sensor("quantise", true) { .quantised(step: $0) },
            Kind(name: "delay", levels: Self.delays) { .sensor(.delay(steps: Int($0))) },
            Kind(
                name: "stuck", levels: (0..<min(spread.count, Self.mostEntries)).map(Double.init),
                make: { .sensor(.stuck(entry: Int($0), from: 0)) }, isScale: false),
        ]
        guard assessed.policy.actionChoices == nil else { return kinds }
        kinds += [
            actuator("gain") { .gain(factor: 1 - $0) }, actuator("action-bias") { .bias(level: $0) },
            actuator("dead-zone") { .deadZone(width: $0) }, actuator("lag") { .lag(rate: 1 - $0) },
            Kind(name: "action-delay", levels: Self.delays) { .actuator(.delay(steps: Int($0))) },
        ]
        return kinds
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
        result.unavailable.append("physics: the environment has no mass, friction or gravity to vary")
        result.figure = picture(layers, base.violatedShare)
        return result
    }

    /// What episodes at one level amounted to.
    private struct Figures {
        let totalReward, cost, violatedShare, violatedBound: Double
    }

    private func figures(_ perturbation: Perturbation?, _ kind: String) throws -> Figures {
        let episodes = try assessed.episodes(plan.perturbedEpisodes, seed: seeds("perturbed episodes")) {
            base in
            guard let perturbation else { return base }
            return PerturbedEnvironment(
                base, perturbation, spread: spread, seed: seeds("perturbation, \(kind)"))
        }
        let count = Double(episodes.count)
        let violated = BinomialCount(events: episodes.count(where: \.isViolated), trials: episodes.count)
        return Figures(
            totalReward: episodes.reduce(0) { $0 + $1.totalReward } / count,
            cost: episodes.reduce(0) { $0 + $1.totalCost } / count, violatedShare: violated.share,
            violatedBound: violated.upperBound(delta: plan.delta))
    }

    private func json(
        _ kind: Kind, _ levels: [Double], _ rows: [Figures], _ summary: PerturbationSummary?
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
            title: "Violations under faults of sensors and actuators",
            across: ("Level, as a share of the largest", .share), upwards: ("Share violated", .nonNegative),
            most.map { ($0.0, .line($0.1)) } + [("", .horizontal(base))],
            notes: ["\(plan.perturbedEpisodes) episodes a level, the same starts"])
    }
}
