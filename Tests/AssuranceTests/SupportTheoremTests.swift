import Assurance
import Foundation
import TestSupport
import Testing

@Suite struct SupportTheoremTests {
    /// The settings of the published sepsis experiments, where they are known.
    static let sepsis = SupportTheorem(
        samples: 148_159, outsideShare: 0.04, outsideShareInData: 0.05, delta: 0.05, beta: 0.05,
        discount: 0.99, horizon: 20, largestValue: 1, bandwidth: 0.535, smoothness: 1, densityConstant: 1,
        stateSize: 13, actionSize: 2)

    /// Settings at which the theorems say something: a discount and a horizon that fit, and very much data.
    static let lucky = SupportTheorem(
        samples: 1_000_000_000, outsideShare: 0.01, outsideShareInData: 0.02, delta: 0.01, beta: 0.01,
        discount: 0.5, horizon: 30, largestValue: 1, bandwidth: 0.1, smoothness: 1, densityConstant: 1,
        stateSize: 1, actionSize: 1)

    func changed(_ change: (inout SupportTheorem) -> Void) -> SupportTheorem {
        var theorem = Self.sepsis
        change(&theorem)
        return theorem
    }

    @Test func theTableSaysVacuousForEveryErrorAtThePublishedSettings() throws {
        let table = try Self.sepsis.certificate().table
        let lines = table.split(separator: "\n").filter {
            $0.hasPrefix("ε_") || $0.hasPrefix("Theorem 2, err")
        }
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains("vacuous") })
        #expect(table.contains("needs H ≥ 459"))
        #expect(table.split(separator: "\n").contains { $0.hasPrefix("Theorem 3") && $0.contains("vacuous") })
    }

    @Test func theTableDoesNotSayVacuousWhereTheTheoremsSaySomething() throws {
        let certificate = try Self.lucky.certificate()
        #expect(!certificate.isVacuous && certificate.vacuous.isEmpty)
        let rows = certificate.table.split(separator: "\n").filter { !$0.hasPrefix("\"vacuous\" stands") }
        #expect(!rows.contains { $0.contains("vacuous") })
    }

    @Test func anErrorThatReachesTheTrivialRangeIsVacuous() throws {
        // ε_H falls below the trivial range at H = 459 and not at 458; ε_k is made negligible.
        var theorem = changed { ($0.densityConstant, $0.horizon) = (1e-12, 458) }
        #expect(try theorem.certificate().vacuous.contains("epsilon_H"))
        theorem.horizon = 459
        #expect(try !theorem.certificate().vacuous.contains("epsilon_H"))
    }

    @Test func aConfidenceOfNoMoreThanZeroIsVacuous() throws {
        var theorem = Self.lucky
        (theorem.beta, theorem.delta) = (0.1, 0.2)
        let certificate = try theorem.certificate()
        #expect(certificate.valueError < certificate.trivialRange && certificate.isVacuous)
        #expect(certificate.vacuous.contains("confidence"))
    }

    @Test func theProvedVersionNeedsTheSquareOfThePrintedSampleSize() throws {
        // With a gap g: printed √(L/2g), proved L/2g², so proved = printed²/g.
        let certificate = try Self.sepsis.certificate()
        let gap = Self.sepsis.outsideShareInData - Self.sepsis.outsideShare
        #expect(
            certificate.samplesAsProved.isWithin(
                1e-12, of: certificate.samplesAsPrinted * certificate.samplesAsPrinted / gap))
        // At exactly the proved size the proved bound is δ.
        let exact = changed { $0.samples = Int(certificate.samplesAsProved.rounded(.up)) }
        #expect(try exact.certificate().escapeAsProved.isWithin(1e-3, of: 0.05))
        #expect(try exact.certificate().escapeAsProved <= 0.05)
        #expect(try !exact.certificate().vacuous.contains("corollary_1_as_proved"))
        let fewer = changed { $0.samples = exact.samples - 1 }
        #expect(try fewer.certificate().vacuous.contains("corollary_1_as_proved"))
    }

    @Test func learnedRewardsAddTheRegressionError() throws {
        let regression = SupportTheorem.Regression(norm: 2, informationGain: 3, largestDeviation: 0.5)
        let certificate = try changed { $0.regression = regression }.certificate()
        let root = 1 + 8 * (4 - log(0.05)).squareRoot()
        #expect(try #require(certificate.regressionErrorAsPrinted).isWithin(1e-12, of: root * root * 50))
        #expect(try #require(certificate.regressionErrorAsUsual).isWithin(1e-12, of: root * 50))
        let known = try Self.sepsis.certificate()
        #expect(known.regressionErrorAsPrinted == nil)
        #expect(certificate.valueError.isWithin(1e-12, of: known.valueError + root * root * 50))
        #expect(certificate.table.contains("Theorem 6"))
    }

    @Test func aQuantityOutsideItsRangeIsNamed() {
        func expect(_ message: String, _ change: (inout SupportTheorem) -> Void) {
            let error = #expect(throws: SupportTheoremError.self) { try changed(change).certificate() }
            #expect(error.map { "\($0)" } == message)
        }
        expect("alpha_c is 0.04: the theorems need it above alpha, at most 1.") {
            $0.outsideShareInData = 0.04
        }
        expect("gamma is 1: the theorems need it in (0, 1).") { $0.discount = 1 }
        expect("N is 0: the theorems need it at least 1.") { $0.samples = 0 }
        expect("bandwidth is 0: the theorems need it above 0.") { $0.bandwidth = 0 }
        expect("delta is nan: the theorems need it in (0, 1).") { $0.delta = .nan }
        expect("zeta is 2: the theorems need it in (0, 1].") { $0.smoothness = 2 }
        expect("nu_N is -1: the theorems need it at least 0.") {
            $0.regression = .init(norm: 1, informationGain: -1, largestDeviation: 1)
        }
    }

    @Test func theJSONTellsBothVersionsAndWhatIsVacuous() throws {
        let text = try Self.sepsis.certificate().json()
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["theorem_1_as_printed"] as? Double == 0)
        #expect((json["theorem_1_as_proved"] as? Double)?.isWithin(1e-9, of: exp(-2 * 148159 * 1e-4)) == true)
        #expect(json["is_vacuous"] as? Bool == true)
        #expect((json["vacuous"] as? [String])?.contains("epsilon_H") == true)
        #expect((json["inputs"] as? [String: Any])?["N"] as? Int == 148_159)
        let again = try JSONDecoder().decode(SupportCertificate.self, from: Data(text.utf8))
        #expect(again == (try Self.sepsis.certificate()))
    }

    @Test func anInfiniteErrorIsAWordInJSON() throws {
        // A bandwidth to the power 28 that no number can hold.
        let text = try changed { $0.bandwidth = 1e-20 }.certificate().json()
        #expect(text.contains("\"epsilon_k\" : \"infinite\""))
    }

    @Test func rolloutsSayThatTheyAreRelativeToTheModel() throws {
        let certificate = ModelRolloutCertificate(outside: 0, of: 300, delta: 0.05)
        #expect(certificate.upperBound.isWithin(1e-9, of: 1 - pow(0.05, 1 / 300.0)))
        #expect(
            certificate.statement
                == "0 of 300 model roll-outs left the support: with probability 0.95 at least, a roll-out leaves it "
                + "with probability 0.009936 at most. This is relative to the learned model, not to the system that "
                + "it models.")
        #expect(!certificate.isVacuous)
        #expect(ModelRolloutCertificate(outside: 4, of: 4, delta: 0.05).isVacuous)
        let copy = try JSONDecoder().decode(
            ModelRolloutCertificate.self, from: JSONEncoder().encode(certificate))
        #expect(copy == certificate)
    }
}
