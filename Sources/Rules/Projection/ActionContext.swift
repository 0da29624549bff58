/// A step in which rules are judged before the action is chosen: the proposed one, or the one ahead of it.
struct ActionContext: Sendable {
    /// Behind the last step that was taken, with the step's signals, those of actions included, as they were proposed.
    var monitor: RuleMonitor
    let dependence: SignalDependence
    /// Of each signal, the next signal whose model tells it, −1 where it is known.
    let models: [Int]
    private let isAhead: Bool

    /// The proposed step.
    init(_ monitor: RuleMonitor, _ step: TraceStep, _ dependence: SignalDependence) {
        (self.monitor, self.dependence, isAhead) = (monitor, dependence, false)
        self.monitor.step = step
        self.monitor.bounds.removeAll()
        for model in monitor.program.predicted {
            guard let value = try? self.monitor.number(of: model.node) else { continue }
            self.monitor.bounds[model.signal] = Interval(value) + Interval(-model.error, model.error)
        }
        models = monitor.program.readings.enumerated().map { $1.source == .next ? $0 : -1 }
    }

    /// The step ahead of the proposed one, in which nothing happens; nothing where the proposed one cannot be judged.
    init?(after now: ActionContext, _ dependence: SignalDependence) {
        var ahead = now.monitor
        guard (try? ahead.proposeAhead(now.monitor.step)) != nil else { return nil }
        ahead.commit()
        let rules = ahead.rules
        ahead.step = TraceStep(for: rules)
        ahead.step.answers = now.monitor.step.answers
        models = ahead.program.readings.map { $0.source == .observation ? $0.next : -1 }
        ahead.bounds.removeAll()
        for (signal, next) in models.enumerated() where next >= 0 {
            ahead.bounds[signal] = now.monitor.bounds[next]
        }
        (monitor, self.dependence, isAhead) = (ahead, dependence, true)
    }

    /// The rules that are enforced and judged in this step.
    var rules: [Int] {
        monitor.program.goals.indices.filter {
            let goal = monitor.program.goals[$0]
            return !goal.isWatched && goal.isForeseen == isAhead
        }
    }

    /// The rules whose formulas are true for every action in a box, as far as intervals tell; none in the step ahead.
    mutating func rulesMet(everywhereIn box: NearestPoint) -> Set<Int> {
        let goals = monitor.program.goals
        let plain = rules.filter {
            !goals[$0].isResponse && dependence.isOpen[goals[$0].formula]
                && dependence.isBounded[goals[$0].formula]
        }
        // One rule alone is why the proposal was refused.
        guard !isAhead, rules.count > 1, !plain.isEmpty else { return [] }
        let bounds = monitor.bounds
        defer { monitor.bounds = bounds }
        for (signal, read) in monitor.program.readings.enumerated()
        where read.source == .action && read.index < box.size {
            monitor.bounds[signal] = Interval(box.low[read.index], box.high[read.index])
        }
        for model in monitor.program.predicted {
            let value = try? monitor.interval(of: model.node)
            monitor.bounds[model.signal] = value.map { $0 + Interval(-model.error, model.error) }
        }
        return Set(plain.filter { (try? monitor.certainty(of: goals[$0].formula)) == true })
    }

    /// The place in the action that a signal is, −1 where it is none that is still open.
    func action(_ signal: Int) -> Int {
        let read = monitor.program.readings[signal]
        return read.source == .action && !isAhead ? read.index : -1
    }

    /// What a rule asks of this step, whose past is settled.
    enum Demand {
        case nothing
        /// That a node is true.
        case formula(Int)
        /// That a formula is true, or its trigger false.
        case answer(Int, trigger: Int)
        /// What is not looked into.
        case unknown
    }

    /// What a rule asks.
    func demand(of rule: Int) -> Demand {
        let goal = monitor.program.goals[rule]
        guard goal.isResponse else { return .formula(goal.formula) }
        guard goal.pattern < 0 else { return dependence.isOpen[goal.formula] ? .unknown : .nothing }
        let memory = monitor.memories[goal.memory]
        guard let within = goal.deadline else {
            guard monitor.step.isEnd else { return .nothing }
            return memory.number(0) < .infinity
                ? .formula(goal.formula) : .answer(goal.formula, trigger: goal.trigger)
        }
        if within == 0 { return .answer(goal.formula, trigger: goal.trigger) }
        let past = memory.past
        return memory.withBits(0) { past.isAtItsEnd($0) } ? .formula(goal.formula) : .nothing
    }
}
