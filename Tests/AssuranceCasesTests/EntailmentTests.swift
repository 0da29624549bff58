import AssuranceCases
import Foundation
import Storage
import Testing

/// Steps of `assurance.json`, alone and with Z3 where it is installed.
@Suite struct EntailmentTests {
    private static func none(_ name: String) -> JSONValue? { nil }

    /// Whether a model satisfies all premises and not the conclusion, found by the predicate language.
    private func refutes(_ model: [String: Rational], _ premises: [String], _ conclusion: String) throws
        -> Bool
    {
        func holds(_ text: String) throws -> Bool {
            var text = text
            for (name, value) in model.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
                let number = "(\(value.isNegative ? "-" : "")\(value.numerator)/\(value.denominator))"
                text = text.replacing(try Regex("\\b\(name)\\b"), with: number)
            }
            return try EvidencePredicate(text).truth(Self.none) == .yes
        }
        return try premises.allSatisfy(holds) && !holds(conclusion)
    }

    @Test(arguments: [false, true]) func stepsAgreeWithTheGoldenFile(_ asksZ3: Bool) throws {
        let steps = try #require(try GoldenCase.file()["entailment"]?.elements)
        #expect(steps.count >= 18)
        for step in steps {
            let premises = (step["premises"]?.elements ?? []).compactMap(\.string)
            let conclusion = try #require(step["conclusion"]?.string)
            let verdict = try #require(step["verdict"]?.string)
            let found = try ArithmeticStep(premises: premises, conclusion: conclusion)
                .decide(Self.none, opinion: asksZ3 ? Z3Apart() : nil)
            switch found {
            case .proved(let solvers):
                #expect(verdict == "proved", "\(conclusion)")
                #expect(solvers.contains("Z3") == (asksZ3 && Installed.isThere))
            case .refuted(let model, _):
                #expect(verdict == "refuted" && step["reason"] == nil, "\(conclusion)")
                #expect(try refutes(model, premises, conclusion), "\(conclusion): \(model)")
            case .contradiction:
                #expect(verdict == "refuted")
                #expect(step["reason"]?.string == "premises contradict each other")
            case .undecided(let reason):
                #expect(verdict == "undecided" && step["reason"]?.string == reason, "\(conclusion)")
            }
        }
    }

    private func decide(_ premises: [String], _ conclusion: String, _ document: String = "{}") throws
        -> Entailment
    {
        let value = try JSONValue(parsing: Array(document.utf8))
        return try ArithmeticStep(premises: premises, conclusion: conclusion).decide {
            $0 == "a" ? value : nil
        }
    }

    @Test func placesInTheEvidenceStandForTheirNumbers() throws {
        let proved = Entailment.proved(solvers: "built-in elimination")
        #expect(try decide(["x <= ${a.d}"], "2*x <= 0.1", #"{"d": 0.05}"#) == proved)
        #expect(try decide(["x <= ${a.d}*abs(-${a.d})"], "x <= 0.0025", #"{"d": 0.05}"#) == proved)
        let missing = Entailment.undecided(reason: "a number is missing")
        #expect(try decide(["x <= ${a.d}"], "x <= 1", #"{"d": "0.05"}"#) == missing)
        #expect(try decide(["x <= ${b.d}"], "x <= 1") == missing)
        #expect(try decide(["x <= 1"], "x <= 1 && true") == .undecided(reason: "not linear"))
        #expect(try decide(["abs(x) <= 1"], "x <= 1") == .undecided(reason: "not linear"))
    }

    @Test(arguments: ["a.d <= 1", "${a.d <= 1", "x <=", "present(x)"])
    func whatIsNoStepIsRefused(_ text: String) {
        #expect(throws: PredicateTextError.self) { _ = try decide([text], "x <= 1") }
    }

    @Test func tooManyCasesAreGivenUp() throws {
        let premises = (0..<12).map { "x\($0) != 0" }
        #expect(try decide(premises, "x0 > 0") == .undecided(reason: "the solver gave up"))
    }

    @Test func tooManyRowsAreGivenUp() throws {
        // Every pair of bounds on a quantity makes a row.
        var premises: [String] = []
        for i in 0..<80 {
            premises.append("x >= \(i + 1)*y + \(i * i)*z - \(i)*u")
            premises.append("x <= \(2 * i + 1)*y - \(i * i + 7)*z + \(i)*u + w")
            premises.append("y <= \(3 * i + 1)*z + \(i)*u - \(i * i)*w")
            premises.append("y >= z*\(i) - u - \(i)")
        }
        let found = try decide(premises, "x <= 1")
        switch found {
        case .undecided(let reason): #expect(reason == "the solver gave up")
        case .refuted(let model, _): #expect(try refutes(model, premises, "x <= 1"))
        default: Issue.record("\(found)")
        }
    }
}
