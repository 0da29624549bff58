import Solvers
import Storage

/// Whether premises imply a conclusion.
package enum Entailment: Equatable, Sendable {
    /// They do; `solvers` says who found so.
    case proved(solvers: String)
    /// They do not: values of the quantities satisfy the premises and not the conclusion.
    case refuted(model: [String: Rational], solvers: String)
    /// No values satisfy the premises, which therefore prove anything.
    case contradiction(solvers: String)
    /// Nobody knows.
    case undecided(reason: String)
}

/// Two solvers that contradict each other.
package struct SolverDisagreement: Fault, Equatable {
    /// What one says, and the other.
    let builtIn: String, other: String, solver: String

    /// What kind of fault it is: one of them is wrong.
    package var kind: FaultKind { .internalFault }
    /// One line.
    package var description: String {
        "the built-in elimination says \(builtIn) and \(solver) says \(other). Nothing is decided: report this "
            + "with the case, or set \(Z3Library.variable) to another library."
    }
}

/// Premises and a conclusion, linear over named quantities.
package struct ArithmeticStep: Sendable {
    /// Cases that ≠ makes at most.
    static let mostCases = 256
    static let builtIn = "built-in elimination"

    /// As they were written.
    package let premises: [String], conclusion: String
    let parsed: [Expression]

    /// Reads premises and a conclusion.
    ///
    /// - Throws: `PredicateTextError`.
    package init(premises: [String], conclusion: String) throws(PredicateTextError) {
        (self.premises, self.conclusion) = (premises, conclusion)
        var parsed: [Expression] = []
        for text in premises + [conclusion] {
            parsed.append(try PredicateParser.expression(text, isStep: true))
        }
        self.parsed = parsed
    }

    /// Names of evidence that it mentions.
    package var evidence: [String] {
        parsed.flatMap(\.evidence).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Decides the step.
    ///
    /// - Parameters:
    ///   - evidence: what stands in a file; nothing where it may not be relied on.
    ///   - opinion: is asked as well; an answer that it does not give changes nothing.
    /// - Returns: what the built-in elimination finds.
    /// - Throws: `SolverDisagreement`.
    package func decide(
        _ evidence: (String) -> JSONValue?, opinion: (any SecondOpinion)? = nil
    ) throws(SolverDisagreement) -> Entailment {
        var constraints: [LinearConstraint] = []
        do throws(LinearForm.Failure) {
            for expression in parsed { constraints.append(try LinearConstraint(expression, evidence)) }
        } catch { return .undecided(reason: error.description) }
        return try LinearEntailment(constraints).decide(opinion)
    }
}

/// The premises of a step without its conclusion, and with the conclusion's opposite.
private struct LinearEntailment {
    let premises: [LinearConstraint], conclusion: LinearConstraint
    let names: [String]

    init(_ constraints: [LinearConstraint]) {
        premises = Array(constraints.dropLast())
        conclusion = constraints[constraints.count - 1]
        names = Set(constraints.flatMap(\.form.factors.keys)).sorted()
    }

    func decide(_ opinion: (any SecondOpinion)?) throws(SolverDisagreement) -> Entailment {
        let counter = solve(premises + [conclusion.opposite])
        let outcome: Entailment
        switch counter {
        case .solution(let values):
            let model = Dictionary(uniqueKeysWithValues: zip(names, values))
            guard premises.allSatisfy({ $0.holds(for: model) }), !conclusion.holds(for: model) else {
                return .undecided(reason: "the solver gave up")
            }
            outcome = .refuted(model: model, solvers: ArithmeticStep.builtIn)
        case .contradiction:
            switch solve(premises) {
            case .solution: outcome = .proved(solvers: ArithmeticStep.builtIn)
            case .contradiction: outcome = .contradiction(solvers: ArithmeticStep.builtIn)
            case .gaveUp: return .undecided(reason: "the solver gave up")
            }
        case .gaveUp: return .undecided(reason: "the solver gave up")
        }
        return try confirm(outcome, opinion)
    }

    private func solve(_ constraints: [LinearConstraint]) -> Elimination.Answer {
        var cases: [[LinearRow]] = [[]]
        for constraint in constraints {
            let rows = constraint.cases(names)
            guard cases.count * rows.count <= ArithmeticStep.mostCases else { return .gaveUp }
            cases = cases.flatMap { known in rows.map { known + [$0] } }
        }
        var (gaveUp, work) = (false, Elimination.mostWork)
        for rows in cases {
            switch Elimination.answer(rows, quantities: names.count, work: &work) {
            case .solution(let values): return .solution(values)
            case .contradiction: continue
            case .gaveUp: gaveUp = true
            }
        }
        return gaveUp ? .gaveUp : .contradiction([])
    }

    /// The same outcome with the other solver's name, where it says the same.
    private func confirm(
        _ outcome: Entailment, _ opinion: (any SecondOpinion)?
    ) throws(SolverDisagreement) -> Entailment {
        guard let (printed, solver) = opinion?.answer(to: commands) else { return outcome }
        let words = printed.split(whereSeparator: \.isWhitespace)
        let other: String
        switch (words.first, words.last) {
        case _ where words.count != 2: return outcome
        case ("sat", "sat"): other = "refuted"
        case ("unsat", "sat"): other = "proved"
        case ("unsat", "unsat"): other = "premises contradict each other"
        case ("sat", "unsat"): other = "contradicting answers"
        default: return outcome
        }
        let both = "\(ArithmeticStep.builtIn) and \(solver)"
        let (own, confirmed): (String, Entailment) =
            switch outcome {
            case .proved: ("proved", .proved(solvers: both))
            case .refuted(let model, _): ("refuted", .refuted(model: model, solvers: both))
            case .contradiction: ("premises contradict each other", .contradiction(solvers: both))
            case .undecided(let reason): ("undecided", .undecided(reason: reason))
            }
        guard own == other else { throw SolverDisagreement(builtIn: own, other: other, solver: solver) }
        return confirmed
    }

    /// Both questions as SMT-LIB; quantities have names of our own.
    private var commands: String {
        let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        func text(_ number: Rational) -> String {
            let fraction = "(/ \(number.numerator).0 \(number.denominator).0)"
            return number.isNegative ? "(- \(fraction))" : fraction
        }
        func formula(_ constraint: LinearConstraint) -> String {
            let terms = constraint.form.factors.sorted { $0.key < $1.key }
                .map { "(* \(text($0.value)) q\(places[$0.key] ?? 0))" }
            let sum = "(+ 0.0 \(text(constraint.form.constant)) \(terms.joined(separator: " ")))"
            return switch constraint.comparison {
            case .unequal: "(not (= \(sum) 0.0))"
            case .equal: "(= \(sum) 0.0)"
            default: "(\(constraint.comparison.rawValue) \(sum) 0.0)"
            }
        }
        let declarations = names.indices.map { "(declare-const q\($0) Real)" }
        let assertions = premises.map { "(assert \(formula($0)))" }
        let counter = "(push)\n(assert \(formula(conclusion.opposite)))\n(check-sat)\n(pop)\n(check-sat)"
        return (["(set-option :timeout 2000)"] + declarations + assertions + [counter]).joined(
            separator: "\n")
    }
}
