// Proposals of a controller, whose step is an observation and an action.
extension RuleMonitor {
    /// Judges an action in what is observed, as `proposeAhead` judges a step without events.
    ///
    /// - Parameters:
    ///   - action: the numbers that action signals read, as they would be done.
    ///   - observation: the numbers that observation signals read.
    ///   - isEnd: whether the episode ends with this step, as far as that is known before.
    /// - Returns: what the rules say of it.
    /// - Throws: `RuleFault` where the step cannot be judged, which is a refusal.
    public mutating func propose(
        _ action: Span<Float>, seeing observation: Span<Float>, isEnd: Bool = false
    ) throws(RuleFault) -> Judgement {
        TraceStep.fill(&step.signals, program.readings, action, observation)
        step.isEnd = isEnd
        return try judgeAhead()
    }

    /// Judges the proposed step again as one that the episode ended with, which is known only behind it.
    ///
    /// - Returns: nothing where there is no judged proposal.
    @discardableResult public mutating func proposeEnd() -> Judgement? {
        guard pending.isComplete else { return nil }
        step.isEnd = true
        return try? judgeAhead()
    }

    /// The comparisons of numbers in a rule, each side that is no constant with its value in the proposed step.
    ///
    /// - Parameter rule: its number.
    /// - Returns: texts of the terms and what they are worth, each once, in the rule's order, next signals as models say without
    ///   error; what cannot be computed is left out.
    public func terms(of rule: Int) -> [(text: String, value: Double)] {
        var copy = predicted
        var found: [(text: String, value: Double)] = []
        for (term, node) in program.compared[rule] {
            let text = rules.content.text(term)
            guard !found.contains(where: { $0.text == text }), let value = try? copy.number(of: node),
                value.isFinite
            else { continue }
            found.append((text, value))
        }
        return found
    }

    /// The margin of a rule in the proposed step, next signals as models say without error.
    ///
    /// Nothing for a response, or where margins are not measured. It is for reports and allows nothing.
    public func predictedRobustness(of rule: Int) -> Double? {
        var copy = predicted
        return copy.robustness(of: rule)
    }

    /// A copy that takes what models say for what is.
    private var predicted: RuleMonitor {
        var copy = self
        for model in program.predicted {
            guard let value = try? copy.number(of: model.node) else { continue }
            copy.step.signals[model.signal] = value
        }
        return copy
    }
}

extension RuleExpression {
    /// The terms that are compared, without constants and without what depends on variables.
    var comparedTerms: [RuleExpression] {
        guard case .compare(_, let left, let right) = self else { return parts.flatMap(\.comparedTerms) }
        return [left, right].filter { term in
            if case .number = term { return false }
            return term.free.isEmpty
        }
    }
}

extension TraceStep {
    /// A step of a controller.
    ///
    /// - Parameters:
    ///   - rules: whose signals it has.
    ///   - action: the numbers that action signals read.
    ///   - observation: the numbers that observation signals read.
    ///   - isEnd: whether the episode ends with it.
    public init(
        for rules: RuleFile, doing action: Span<Float>, seeing observation: Span<Float>, isEnd: Bool = false
    ) {
        self.init(for: rules)
        Self.fill(&signals, Program.readings(of: rules), action, observation)
        self.isEnd = isEnd
    }

    /// Writes what signals read; next signals, and those beyond the sizes, are not a number.
    static func fill(
        _ signals: inout [Double], _ readings: [Program.Reading], _ action: Span<Float>,
        _ observation: Span<Float>
    ) {
        for (number, signal) in readings.enumerated() {
            switch signal.source {
            case .observation where signal.index < observation.count:
                signals[number] = Double(observation[signal.index])
            case .action where signal.index < action.count: signals[number] = Double(action[signal.index])
            default: signals[number] = .nan
            }
        }
    }
}
