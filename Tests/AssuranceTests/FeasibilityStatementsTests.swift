import Assurance
import Tensors
import Testing

@Suite struct FeasibilityStatementsTests {
    private typealias Starts = [(value: Double, isViolated: Bool)]

    @Test func aLevelTakesEnoughViolatingStarts() {
        func level(_ count: Int, _ alpha: Double = 0.05) -> FalseSafeLevel {
            FalseSafeLevel(violating: (0..<count).map(Double.init).reversed(), alpha: alpha)
        }
        #expect(level(18).level == nil && level(18).needed == 19)
        #expect(level(19).level == 0 && level(19).rank == 1)
        #expect(level(39).level == 1)
        #expect(level(0, 0.3).needed == 3 && level(3, 0.3).level == 0)
        #expect(level(0, 0.9).needed == 1 && level(1, 0.9).level == 0)
    }

    @Test func whatCannotBeSaidIsSaidInWords() {
        func starts(_ count: Int, _ first: Double, by step: Double, _ isViolated: (Int) -> Bool) -> Starts {
            (0..<count).map { (value: first + step * Double($0), isViolated: isViolated($0)) }
        }
        func texts(_ starts: Starts) -> [String] {
            FeasibilityStatements(starts, confidence: 0.95).rows.map(\.text)
        }
        let few = starts(20, -14.2, by: 1) { $0 < 12 }
        #expect(
            texts(few)[0] == "no level: 12 violating starts, 19 are needed at 5 %")
        #expect(
            texts(few)[1]
                == "no level: 15 starts with V_h at most 0, 29 are needed for 10 % at 95 % confidence")
        let bad = starts(40, -0.834, by: 0.01) { $0 % 2 == 0 }
        #expect(
            texts(bad)[0]
                == "V_h below -0.834: at most 5 % of the starts that lead to a violation, by 20 violating starts"
        )
        #expect(
            texts(bad)[1]
                == "no level: with V_h at most -0.55, 15 of 29 led to a violation, too many for 10 % at 95 % confidence"
        )
        let good = starts(40, -0.834, by: 0.01) { $0 == 39 }
        #expect(texts(good)[0] == "no level: 1 violating start, 19 are needed at 5 %")
        #expect(
            texts(good)[1]
                == "V_h at most -0.45: at most 10 % lead to a violation at 95 % confidence (0 of 39, bound 7.39 %)"
        )
        #expect(texts(good)[2] == "both of starts, environment and policy as evaluated")
    }

    /// Of 30,000 starts 5 % ± 0.13 % (a standard deviation) lie below a level whose own chance is 2 of 40.
    @Test func aViolatingStartIsCalledSafeAsOftenAsStated() {
        var stream = RandomStream(seed: 1, for: .testing)
        let calls = (0..<30_000).count { _ in
            let values = (0..<39).map { _ in Double(stream.nextUniform()) }
            let fresh = Double(stream.nextUniform())
            return FalseSafeLevel(violating: values, alpha: 0.05).level.map { fresh < $0 } ?? false
        }
        // Six standard deviations: missed by chance twice in 10⁹ runs, and the seed is fixed.
        #expect(abs(Double(calls) / 30_000 - 0.05) < 6 * 0.00126)
    }

    /// Starts whose risk is 11 % at every level: a level passes with probability 5 % at most.
    @Test func aRiskAboveTheStatedPassesSeldom() {
        var stream = RandomStream(seed: 2, for: .testing)
        let passes = (0..<4000).count { _ in
            let starts: Starts = (0..<200).map { _ in
                let value = -Double(stream.nextUniform())
                return (value: value, isViolated: stream.nextUniform() < 0.11)
            }
            return FeasibilityStatements(starts, confidence: 0.95).calledSafe.accepted != nil
        }
        // Five standard deviations above 5 %.
        #expect(Double(passes) / 4000 <= 0.05 + 5 * 0.0035, "\(passes)")
        #expect(passes > 20)  // the comparison means something only if levels were tested
    }

    @Test func theSequenceStopsAtTheFirstFailure() {
        // 40 good starts at −2, 60 bad ones at −1, 300 good ones at 0: the loosest level by itself would pass.
        let starts: Starts = (0..<400).map { row in
            let value = row < 40 ? -2.0 : row < 100 ? -1 : 0
            return (value: value, isViolated: (40..<65).contains(row))
        }
        let risk = CalledSafeRisk(starts, levels: [0, -1, -2, -3], alpha: 0.1, delta: 0.05)
        #expect(risk.levels.map(\.level) == [-3, -2, -1, 0])
        #expect(risk.levels.map(\.isAccepted) == [false, true, false, false])
        #expect(risk.levels[3].pValue < 0.05 && risk.levels[0].upperBound == nil)
        #expect(risk.accepted?.level == -2)
    }
}
