import TabularModels
import Testing

@Suite struct LinearProgramTests {
    private typealias Row = LinearProgram.Row

    private func optimum(
        _ objective: [Double], _ rows: [Row]
    ) throws -> (x: [Double], value: Double, prices: [Double]) {
        let result = try LinearProgram(maximising: objective, subjectTo: rows).solve()
        guard case .optimal(let x, let value, let prices) = result else {
            Issue.record("no optimum: \(result)")
            return ([], .nan, [])
        }
        return (x, value, prices)
    }

    @Test func aTextbookProgrammeHasItsKnownVertexAndPrices() throws {
        // 3x + 5y with x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18: 36 at (2, 6), prices 0, 3/2, 1.
        let (x, value, prices) = try optimum(
            [3, 5],
            [
                Row(coefficients: [1, 0], relation: .atMost, bound: 4),
                Row(coefficients: [0, 2], relation: .atMost, bound: 12),
                Row(coefficients: [3, 2], relation: .atMost, bound: 18),
            ])
        #expect(x == [2, 6] && value == 36 && prices == [0, 1.5, 1])
    }

    @Test func equationsAndNegativeBoundsAreKept() throws {
        // x + y = 1, −x ≤ −0.25 (x at least 0.25), maximise y.
        let (x, value, prices) = try optimum(
            [0, 1],
            [
                Row(coefficients: [1, 1], relation: .equal, bound: 1),
                Row(coefficients: [-1, 0], relation: .atMost, bound: -0.25),
            ])
        #expect(x == [0.25, 0.75] && value == 0.75 && prices == [1, 1])
    }

    @Test func aProgrammeThatCyclesWithoutBlandsRuleEnds() throws {
        // Beale's example: 3/4 x₁ − 150 x₂ + 1/50 x₃ − 6 x₄, optimum 1/20.
        let (_, value, _) = try optimum(
            [0.75, -150, 0.02, -6],
            [
                Row(coefficients: [0.25, -60, -0.04, 9], relation: .atMost, bound: 0),
                Row(coefficients: [0.5, -90, -0.02, 3], relation: .atMost, bound: 0),
                Row(coefficients: [0, 0, 1, 0], relation: .atMost, bound: 1),
            ])
        #expect(abs(value - 0.05) <= 1e-14)
    }

    @Test func redundantEquationsAreLeftOut() throws {
        let (x, value, _) = try optimum(
            [1, 2],
            [
                Row(coefficients: [1, 1], relation: .equal, bound: 2),
                Row(coefficients: [2, 2], relation: .equal, bound: 4),
                Row(coefficients: [1, 0], relation: .atMost, bound: 5),
            ])
        #expect(x == [0, 2] && value == 4)
    }

    @Test func whatHasNoSolutionIsSaidToHaveNone() throws {
        let impossible = LinearProgram(
            maximising: [1],
            subjectTo: [
                Row(coefficients: [1], relation: .atMost, bound: 1),
                Row(coefficients: [-1], relation: .atMost, bound: -2),
            ])
        guard case .infeasible = try impossible.solve() else {
            Issue.record("x ≤ 1 and x ≥ 2 has a solution")
            return
        }
        let endless = LinearProgram(
            maximising: [1, 0], subjectTo: [Row(coefficients: [0, 1], relation: .atMost, bound: 1)])
        guard case .unbounded = try endless.solve() else {
            Issue.record("x grows without end")
            return
        }
    }
}
