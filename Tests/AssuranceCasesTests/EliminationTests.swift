import AssuranceCases
import Foundation
import Storage
import Testing

/// Random problems, whose answers are checked here anew.
@Suite struct EliminationTests {
    /// Small whole numbers from a stream of our own.
    private struct Draw {
        var state: UInt64
        mutating func callAsFunction(_ range: ClosedRange<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int(state >> 33) % range.count
        }
    }

    private func sum(_ row: LinearRow, _ values: [Rational]) -> Rational {
        var sum = row.constant
        for (factor, value) in zip(row.factors, values) { sum = sum + factor * value }
        return sum
    }

    private func isSatisfied(_ row: LinearRow, _ values: [Rational]) -> Bool {
        let sum = sum(row, values)
        switch row.relation {
        case .atLeast: return sum >= .zero
        case .above: return sum > .zero
        case .equal: return sum == .zero
        }
    }

    /// Whether multiples of rows add up to 0 ≥ c > 0, 0 > 0 or the like (Farkas).
    private func isCertificate(_ shares: [Rational], of rows: [LinearRow], quantities: Int) -> Bool {
        guard shares.count == rows.count else { return false }
        for quantity in 0..<quantities {
            var total = Rational.zero
            for (row, share) in zip(rows, shares) { total = total + row.factors[quantity] * share }
            if !total.isZero { return false }
        }
        var (constant, isStrict, isEquation) = (Rational.zero, false, true)
        for (row, share) in zip(rows, shares) where !share.isZero {
            if row.relation != .equal, share < .zero { return false }
            constant = constant + row.constant * share
            isStrict = isStrict || row.relation == .above
            isEquation = isEquation && row.relation == .equal
        }
        if isEquation { return constant != .zero }
        return isStrict ? constant <= .zero : constant < .zero
    }

    @Test func answersOfRandomProblemsCarryTheirProof() {
        var draw = Draw(state: 5)
        var (solved, contradicted) = (0, 0)
        for _ in 0..<800 {
            let (quantities, count) = (draw(1...6), draw(1...9))
            let rows = (0..<count).map { _ in
                let factors = (0..<quantities).map { _ in
                    draw(0...2) == 0 ? .zero : Rational(draw(-4...4)) / Rational(draw(1...3))
                }
                let relation: LinearRow.Relation = [.atLeast, .atLeast, .above, .equal][draw(0...3)]
                return LinearRow(factors: factors, constant: Rational(draw(-5...5)), relation: relation)
            }
            var work = Elimination.mostWork
            switch Elimination.answer(rows, quantities: quantities, work: &work) {
            case .solution(let values):
                solved += 1
                #expect(values.count == quantities && rows.allSatisfy { isSatisfied($0, values) })
            case .contradiction(let shares):
                contradicted += 1
                #expect(isCertificate(shares, of: rows, quantities: quantities))
            case .gaveUp: Issue.record("gave up a small problem")
            }
        }
        #expect(solved > 150 && contradicted > 150)
    }

    @Test func aProblemNearEqualityIsDecidedByStrictness() {
        func answer(_ relation: LinearRow.Relation) -> Bool {
            let rows = [
                LinearRow(factors: [.one, -.one], constant: .zero, relation: .atLeast),
                LinearRow(factors: [-.one, .one], constant: .zero, relation: relation),
            ]
            var work = 100
            if case .solution = Elimination.answer(rows, quantities: 2, work: &work) { return true }
            return false
        }
        #expect(answer(.atLeast) && answer(.equal) && !answer(.above))
    }

    @Test func noPremiseMoreUndoesAProof() throws {
        var draw = Draw(state: 11)
        var proved = 0
        for _ in 0..<200 {
            func row() -> String {
                "\(draw(-3...3))*x + \(draw(-3...3))*y + \(draw(-2...2))*z <= \(draw(-3...5))"
            }
            var premises = (0..<draw(2...5)).map { _ in row() }
            let conclusion = row()
            func decide() throws -> Entailment {
                try ArithmeticStep(premises: premises, conclusion: conclusion).decide { _ in nil }
            }
            guard case .proved = try decide() else { continue }
            proved += 1
            premises.append(row())
            switch try decide() {
            case .proved, .contradiction: break
            case let other: Issue.record("\(premises) ⊨ \(conclusion): \(other)")
            }
        }
        #expect(proved > 5)
    }

    @Test(.enabled(if: Installed.isThere, Installed.reason)) func z3SaysTheSameOfRandomSteps() throws {
        var draw = Draw(state: 23)
        var confirmed = 0
        let signs = ["<=", "<", ">=", ">", "==", "!="]
        for _ in 0..<120 {
            func row() -> String {
                "\(draw(-3...3))*x/\(draw(1...3)) + \(draw(-3...3))*y - \(draw(-2...2))*z \(signs[draw(0...5)]) \(draw(-3...3))"
            }
            let premises = (0..<draw(1...5)).map { _ in row() }
            // A disagreement throws.
            switch try ArithmeticStep(premises: premises, conclusion: row()).decide(
                { _ in nil }, opinion: Z3Apart())
            {
            case .proved(let solvers), .refuted(_, let solvers), .contradiction(let solvers):
                confirmed += solvers.contains("Z3") ? 1 : 0
            case .undecided(let reason): Issue.record("\(reason)")
            }
        }
        // A busy machine may let one be late.
        #expect(confirmed > 100)
    }
}
