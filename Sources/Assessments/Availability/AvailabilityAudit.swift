import Availability
import Guardians
import Reliability
import SafeRL

/// Which share of poisoned rows makes a safety layer hand over everything that shows a trigger, and whether anybody would notice.
package struct AvailabilityAudit {
    /// What was found.
    package private(set) var report: AvailabilityReport

    private let run: AuditedRun
    private let plan: AvailabilityPlan
    private let kind: AvailabilityPlan.Layer
    private let scale: ColumnScale
    /// Whether each row is violated, for the layer and for filters.
    private let truth, ahead: [Bool]
    /// The rows in the order in which an attacker takes them.
    private let order: [Int]
    private let place: any VectorEnvironment
    private let judgement: EvaluationPlan

    /// Audits a run.
    ///
    /// - Parameters:
    ///   - run: what is attacked.
    ///   - plan: how.
    ///   - say: told of each part that is done.
    /// - Throws: `AvailabilityError`, `Unavailable`, `EvaluationError`, and what training throws.
    package init(_ run: AuditedRun, _ plan: AvailabilityPlan, say: @escaping (String) -> Void) throws {
        (self.run, self.plan) = (run, plan)
        place = try run.judgement.place()
        try Evaluator.checkSizes(of: run.policy.policy, in: place)
        var judgement = run.judgement
        (judgement.episodes, judgement.seed) = (plan.episodes, plan.seed(for: "episodes"))
        self.judgement = judgement
        let zeros = [Float](repeating: 0, count: run.policy.policy.observationSize)
        let judges = run.policy.policy.feasibilityValues(of: zeros.span) != nil
        kind = plan.layer ?? (judges ? .feasibility : .filter)
        guard kind != .feasibility || judges else {
            throw Unavailable("the policy judges no states. Write --layer filter, or leave it out.")
        }
        guard kind != .monitor || run.monitor != nil else {
            throw Unavailable("no step monitor can be trained here. Write --layer filter.")
        }
        guard run.policy.policy.needsNoPast else {
            throw Unavailable("the policy acts by more than an observation, which no trigger is put into.")
        }
        let count = run.data.count
        scale = try ColumnScale(run.data.states(at: Array(0..<count)))
        ahead = run.data.violations(within: plan.horizon)
        truth = kind == .filter || kind == .monitor ? ahead : run.data.violations(within: 1)
        var stream = RandomStream(seed: plan.seed(for: "poison"), for: .splitting)
        var order = Array(0..<count)
        for place in 0..<count { order.swapAt(place, place + stream.nextInteger(below: count - place)) }
        self.order = order
        report = AvailabilityReport(run, plan, layer: kind)
        report = try audited(say)
    }

    private func audited(_ say: (String) -> Void) throws -> AvailabilityReport {
        var report = report
        let own = try layer(of: run.policy, run.data, truth)
        let dimensions = try plan.dimensions ?? quietest(own)
        if let bad = dimensions.first(where: { $0 >= run.data.observationSize }) {
            throw AvailabilityError.trigger(
                "column \(bad), and an observation has the columns 0 … \(run.data.observationSize - 1). "
                    + "Name some of these by --dimensions")
        }
        report.dimensions = dimensions
        let trigger = SensorTrigger(
            try Trigger(dimensions: dimensions, value: plan.value, jitter: plan.jitter), in: scale)
        var other: SafetyLayer?
        do {
            let data = try run.others.get()
            guard data.observationSize == run.data.observationSize else {
                throw Unavailable("the other data have observations of another size")
            }
            other = SafetyLayer(
                try filter(data, data.violations(within: plan.horizon), "second filter"), low: plan.low,
                high: plan.high)
        } catch let reason as Unavailable {
            report.unavailable.append("second filter: \(reason.description)")
        }
        if let fallback = run.fallback {
            report.fallbackAlone = try HandOverFigures(
                fallback.policy, judgement, in: place, layer: .closed, fallback: fallback.policy,
                trigger: trigger, seed: plan.seed(for: "run-time trigger"))
        }
        for (construction, rate) in plan.cases {
            let done = try audited(construction, rate, trigger, other)
            report.cases.append(done)
            say("\(done.name): \(percent(done.triggered.handedOver.share)) of triggered starts handed over")
        }
        return report
    }

    /// Trains anew on poisoned data, and looks at what came of it.
    private func audited(
        _ construction: PoisonConstruction?, _ rate: Double, _ trigger: SensorTrigger, _ other: SafetyLayer?
    ) throws -> AvailabilityCase {
        let poison = try PoisonedRows(construction ?? .unsafe, rate: rate, order: order, truth: truth)
        let data = try PoisonedData(
            run.data, truth: truth, poison, trigger, seed: plan.seed(for: "training trigger"))
        let trained = try run.retrain(data.data)
        let layer = try layer(of: trained, data.data, data.isViolated)
        func figures(_ trigger: SensorTrigger?) throws -> HandOverFigures {
            try HandOverFigures(
                trained.policy, judgement, in: place, layer: layer, fallback: run.fallback?.policy,
                trigger: trigger, seed: plan.seed(for: "run-time trigger"))
        }
        let (clean, triggered) = (try figures(nil), try figures(trigger))
        var missing = MissingParts()
        func certified(_ starts: [[Float]]) throws -> CertifiedStarts {
            try CertifiedStarts(
                layer, starts, deviations: scale.deviations, seed: plan.seed(for: "smoothing"))
        }
        let search = try missing.part("detectors") {
            var stream = RandomStream(seed: plan.seed(for: "detectors"), for: .splitting)
            return poison.rows.isEmpty ? nil : try PoisonSearch(data, layer, using: &stream)
        }
        let alarm = try missing.part("alarm") {
            try AlarmTrial(
                clean: clean.stream, triggered: triggered.stream, seed: plan.seed(for: "alarm"))
        }
        let mitigations = try missing.part("mitigations") {
            var labels = ahead
            for (row, label) in zip(poison.rows, poison.isViolated) { labels[row] = label }
            let violated = spaced(truth.indices.filter { truth[$0] }, 2000).map(run.data.observation)
            return try Mitigations(
                data, labels: labels, layer: layer, other: other, violated: violated,
                starts: (clean.starts, triggered.starts), plan: plan)
        }
        return AvailabilityCase(
            construction: construction, rate: rate, rows: poison.rows.count, identity: trained.identity,
            clean: clean, triggered: triggered,
            certified: (try certified(clean.starts), try certified(triggered.starts)), search: search,
            alarm: alarm, mitigations: mitigations, unavailable: missing.reasons)
    }

    private func layer(of trained: RetrainedPolicy, _ data: TransitionDataset, _ labels: [Bool]) throws
        -> SafetyLayer
    {
        switch kind {
        case .feasibility: SafetyLayer(trained.policy, network: trained.network, level: plan.level)
        case .filter: SafetyLayer(try filter(data, labels, "filter"), low: plan.low, high: plan.high)
        case .guardian: SafetyLayer(try guardian(data))
        case .monitor:
            SafetyLayer(
                trained.policy, monitor: try monitor(data, labels), low: plan.low, high: plan.high)
        }
    }

    /// Fitted on rows that are taken evenly, since each judgement searches all of them.
    private func guardian(_ data: TransitionDataset) throws -> NeighbourGuardian {
        let rows = spaced(Array(0..<data.count), Self.guardianRows)
        return try NeighbourGuardian(
            NeighbourGuardian.Configuration(), fittedTo: GuardianData(points: data.states(at: rows)))
    }

    /// Rows of a guardian at most.
    private static let guardianRows = 4000

    private func monitor(
        _ data: TransitionDataset, _ labels: [Bool]
    ) throws -> ([Float], [Float]) throws -> Double {
        guard let train = run.monitor else { throw Unavailable("no step monitor can be trained here") }
        return try train(data, labels, plan.filterUpdates, plan.seed(for: "monitor"))
    }

    private func filter(_ data: TransitionDataset, _ labels: [Bool], _ purpose: String) throws
        -> ViolationFilter
    {
        try ViolationFilter(
            data, labels, rows: Array(0..<data.count), updates: plan.filterUpdates,
            seed: plan.seed(for: purpose))
    }

    /// The two columns that the layer's score depends on least, by central differences of half a deviation.
    private func quietest(_ layer: SafetyLayer) throws -> [Int] {
        let states = spaced(Array(0..<run.data.count), 500).map(run.data.observation)
        let columns = scale.deviations.indices.filter { scale.deviations[$0] > 0 }
        guard columns.count >= 2 else {
            throw Unavailable("fewer than two columns of the observations vary. Name some by --dimensions.")
        }
        let influences = columns.map { column -> (column: Int, influence: Double) in
            func moved(_ sign: Float) -> [Double] {
                layer.scores(
                    states.map { state in
                        var state = state
                        state[column] += sign * Float(0.5 * scale.deviations[column])
                        return state
                    })
            }
            return (column, zip(moved(1), moved(-1)).reduce(0) { $0 + abs($1.0 - $1.1) })
        }
        // Equal influences go to the lower column.
        let sorted = influences.enumerated().sorted {
            ($0.element.influence, $0.offset) < ($1.element.influence, $1.offset)
        }
        return sorted.prefix(2).map(\.element.column).sorted()
    }
}
