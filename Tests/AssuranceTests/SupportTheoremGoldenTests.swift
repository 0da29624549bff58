import Assurance
import Foundation
import TestSupport
import Testing

/// Theorem values and binomial bounds of `metrics_and_bounds.json`.
@Suite struct SupportTheoremGoldenTests {
    struct File: Decodable {
        let paper_bounds: [Bounds]
        let clopper_pearson_upper: [Binomial]
    }
    struct Bounds: Decodable {
        let thm1_printed, thm1_proof, cor1_N_printed, cor1_N_proof, eps_H, eps_k: Double
        let trivial_range, confidence, rigorous_ood_budget_beta_gammaH: Double
        let vacuous: Bool
        let min_H_for_eps_H_below_trivial: Int
        let theorem: SupportTheorem

        private enum CodingKeys: CodingKey {
            case thm1_printed, thm1_proof, cor1_N_printed, cor1_N_proof, eps_H, eps_k, trivial_range
            case confidence, rigorous_ood_budget_beta_gammaH, vacuous, min_H_for_eps_H_below_trivial
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            func number(_ key: CodingKeys) throws -> Double { try values.decode(Double.self, forKey: key) }
            (thm1_printed, thm1_proof) = (try number(.thm1_printed), try number(.thm1_proof))
            (cor1_N_printed, cor1_N_proof) = (try number(.cor1_N_printed), try number(.cor1_N_proof))
            (eps_H, eps_k) = (try number(.eps_H), try number(.eps_k))
            (trivial_range, confidence) = (try number(.trivial_range), try number(.confidence))
            rigorous_ood_budget_beta_gammaH = try number(.rigorous_ood_budget_beta_gammaH)
            vacuous = try values.decode(Bool.self, forKey: .vacuous)
            min_H_for_eps_H_below_trivial = try values.decode(
                Int.self, forKey: .min_H_for_eps_H_below_trivial)
            theorem = try SupportTheorem(from: decoder)
        }
    }
    struct Binomial: Decodable { let n, k: Int, delta, upper: Double }

    @Test func theTheoremsHaveTheReferenceValues() throws {
        let file = try Golden.decode(File.self, "OGSRL", "metrics_and_bounds.json")
        #expect(!file.paper_bounds.isEmpty)
        for row in file.paper_bounds {
            let c = try row.theorem.certificate()
            #expect(c.escapeAsPrinted.isWithin(1e-10, of: row.thm1_printed))
            #expect(c.escapeAsProved.isWithin(1e-10, of: row.thm1_proof))
            #expect(c.samplesAsPrinted.isWithin(1e-10, of: row.cor1_N_printed))
            #expect(c.samplesAsProved.isWithin(1e-10, of: row.cor1_N_proof))
            #expect(c.horizonError.isWithin(1e-10, of: row.eps_H))
            #expect(c.kernelError.isWithin(1e-10, of: row.eps_k))
            #expect(c.trivialRange.isWithin(1e-10, of: row.trivial_range))
            #expect(c.confidence.isWithin(1e-10, of: row.confidence))
            #expect(c.rigorousBudget.isWithin(1e-10, of: row.rigorous_ood_budget_beta_gammaH))
            #expect(c.isVacuous == row.vacuous)
            #expect(c.horizonNeeded == row.min_H_for_eps_H_below_trivial)
        }
    }

    @Test func rolloutsHaveTheReferenceBound() throws {
        let file = try Golden.decode(File.self, "OGSRL", "metrics_and_bounds.json")
        #expect(!file.clopper_pearson_upper.isEmpty)
        for row in file.clopper_pearson_upper {
            let certificate = ModelRolloutCertificate(outside: row.k, of: row.n, delta: row.delta)
            #expect(certificate.upperBound.isWithin(1e-10, of: row.upper))
        }
    }
}
