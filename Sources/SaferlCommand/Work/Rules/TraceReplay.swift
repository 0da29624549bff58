import Rules
import SafeRL

/// What rules say of a whole trace.
struct TraceReplay: Encodable {
    struct Line: Encodable {
        let rule: String
        let isWatched: Bool
        /// `kept`, `open` or `broken` behind the last step.
        let verdict: String
        /// The first step in which it was false.
        let step: Int?
        /// Steps in which it was false.
        let falseSteps: Int
        /// The smallest margin of any step; nothing for a response, or where it is infinite.
        let margin: Double?

        private enum CodingKeys: String, CodingKey {
            case rule, verdict, step, margin
            case isWatched = "watched"
            case falseSteps = "false_steps"
        }
    }

    let trace: String
    let steps: Int
    let rules: [Line]

    /// Whether a rule that is enforced is broken.
    var isBroken: Bool { rules.contains { !$0.isWatched && $0.verdict == "broken" } }

    /// Judges every step.
    ///
    /// - Throws: `TraceFault` where a step cannot be judged.
    init(_ trace: String, _ rules: RuleFile, _ steps: [TraceStep]) throws {
        var monitor = RuleMonitor(rules)
        monitor.measureRobustness()
        var falseSteps = [Int](repeating: 0, count: rules.rules.count)
        var margins = [Double](repeating: .infinity, count: rules.rules.count)
        for (number, step) in steps.enumerated() {
            do throws(RuleFault) { _ = try monitor.propose(step) } catch {
                throw TraceFault(trace: trace, step: number, fault: error)
            }
            for rule in rules.rules.indices {
                if !monitor.truth[rule] { falseSteps[rule] += 1 }
                margins[rule] = min(margins[rule], monitor.robustness(of: rule) ?? .infinity)
            }
            monitor.commit()
        }
        (self.trace, self.steps) = (trace, steps.count)
        self.rules = zip(rules.rules, monitor.verdicts).enumerated().map { number, found in
            let (rule, verdict) = found
            var (word, first): (String, Int?) = ("kept", nil)
            switch verdict {
            case .kept: break
            case .open: word = "open"
            case .broken(let step): (word, first) = ("broken", step)
            }
            return Line(
                rule: rule.name, isWatched: rule.isWatched, verdict: word, step: first,
                falseSteps: falseSteps[number],
                margin: margins[number].isFinite ? margins[number] : nil)
        }
    }

    /// For a person.
    var text: String {
        let rows = rules.map { line in
            var said = line.verdict
            if let step = line.step { said += " at step \(step), false in \(line.falseSteps) of \(steps)" }
            if line.verdict == "open" { said += ": the trace ends before what must follow" }
            if let margin = line.margin { said += ", smallest margin \(margin)" }
            return ((line.isWatched ? "watch " : "rule ") + line.rule, said)
        }
        return "\(trace): \(steps) steps\n" + aligned(rows)
    }
}

/// A step of a trace that cannot be judged.
struct TraceFault: Fault {
    let trace: String
    let step: Int
    let fault: RuleFault

    var kind: FaultKind { .badData }
    var description: String { "\(trace), step \(step): \(fault)" }
}
