import Foundation
import Guardians
import Tensors
import TestSupport
import Testing

/// One set-up of `kde_guardian.json`.
private struct DensityCase: Decodable {
    var name: String
    var sigma, alpha, thresholdPercentile, bisectionThreshold: Double
    var rows, normalized: [[Double]]
    var trainIdx, testIdx, trainOod, testOod, testOodBisection: [Int]
    var trainMin, trainMax, trainDensity, testDensity: [Double]

    enum CodingKeys: String, CodingKey {
        case name, sigma, alpha, normalized
        case rows = "X"
        case thresholdPercentile = "threshold_percentile"
        case bisectionThreshold = "bisection_threshold"
        case trainIdx = "train_idx"
        case testIdx = "test_idx"
        case trainOod = "train_ood"
        case testOod = "test_ood"
        case testOodBisection = "test_ood_bisection"
        case trainMin = "train_min"
        case trainMax = "train_max"
        case trainDensity = "train_density"
        case testDensity = "test_density"
    }

    func matrix(_ chosen: [Int]) -> Matrix { Matrix(rows: chosen.map { rows[$0] }) }
}

/// One set-up of `psos_guardian.json`.
private struct PSoSCase: Decodable {
    var name: String
    var n, degree, trimmed: Int
    var alpha, objective: Double
    var rows, testRows, form: [[Double]]
    var exponents: [[Int]]
    var christoffel, trainScores, testScores: [Double]
    var kept: [Int]
    var trainOutside, testOutside: [Int]

    enum CodingKeys: String, CodingKey {
        case name, n, trimmed
        case degree = "degree_d"
        case alpha = "alpha_c"
        case objective = "objective_logdet_Pinv"
        case rows = "X"
        case testRows = "X_test"
        case form = "P"
        case exponents = "monomial_exponents"
        case christoffel = "christoffel_score_uniform"
        case trainScores = "q_train"
        case testScores = "q_test"
        case kept = "kept_idx"
        case trainOutside = "train_outside"
        case testOutside = "test_outside"
    }
}

private struct Cases<Case: Decodable>: Decodable {
    var cases: [Case]

    static func read(_ name: String) throws -> [Case] {
        let cases = try Golden.decode(Self.self, "OGSRL", name).cases
        try #require(!cases.isEmpty)
        return cases
    }
}

/// Guardians against the values of the set `OGSRL`; `SAFERL_GOLDEN_OGSRL` names another of the same layout.
@Suite struct GuardianGoldenTests {
    /// Largest difference relative to the expected values, each by itself.
    private static func error(_ actual: [Double], _ expected: [Double]) -> Double {
        zip(actual, expected).reduce(actual.count == expected.count ? 0 : .infinity) {
            max($0, $1.0 == $1.1 ? 0 : abs($1.0 - $1.1) / max(abs($1.1), .leastNormalMagnitude))
        }
    }

    @Test func scalingIsThatOfTheTrainingRows() throws {
        for it in try Cases<DensityCase>.read("kde_guardian.json") {
            let scaling = try FeatureScaling(of: it.matrix(it.trainIdx), constantFeatures: .raw)
            #expect(scaling.lower == it.trainMin && scaling.upper == it.trainMax, "\(it.name)")
            let scaled = scaling.scaled(Matrix(rows: it.rows))
            let worst = zip(scaled.elements, it.normalized.flatMap { $0 }).map { abs($0 - $1) }.max() ?? 1
            #expect(worst <= 1e-12, "\(it.name): \(worst)")
        }
    }

    @Test func densitiesThresholdsAndLabelsAreThoseOfTheReleasedFunctions() throws {
        for it in try Cases<DensityCase>.read("kde_guardian.json") {
            let (train, test) = (it.matrix(it.trainIdx), it.matrix(it.testIdx))
            var options = DensityGuardian.Configuration()
            options.bandwidth = it.sigma
            options.threshold = .quantile(alpha: it.alpha)
            let guardian = try DensityGuardian(options, fittedTo: GuardianData(points: train))
            #expect(Self.error(try guardian.densities(train), it.trainDensity) <= 1e-12, "\(it.name)")
            #expect(Self.error(try guardian.densities(test), it.testDensity) <= 1e-12, "\(it.name)")
            #expect(Self.error([exp(-guardian.threshold)], [it.thresholdPercentile]) <= 1e-12, "\(it.name)")
            #expect(try guardian.isOutside(train) == it.trainOod.map { $0 == 1 }, "\(it.name)")
            #expect(try guardian.isOutside(test) == it.testOod.map { $0 == 1 }, "\(it.name)")

            options.threshold = .bisection(alpha: it.alpha, halvings: 60)
            let bisected = try DensityGuardian(options, fittedTo: GuardianData(points: train))
            #expect(Self.error([exp(-bisected.threshold)], [it.bisectionThreshold]) <= 1e-12, "\(it.name)")
            #expect(try bisected.isOutside(test) == it.testOodBisection.map { $0 == 1 }, "\(it.name)")
            #expect(bisected.report.trainingShareOutside <= it.alpha, "\(it.name)")
        }
    }

    @Test func theEllipsoidIsThatOfTheReferenceSolver() throws {
        for it in try Cases<PSoSCase>.read("psos_guardian.json") {
            let data = try GuardianData(points: Matrix(rows: it.rows))
            var options = PSoSGuardian.Configuration()
            (options.polynomial.degree, options.polynomial.family) = (it.degree, .monomial)
            (options.polynomial.isScaled, options.trimming, options.tolerance) = (false, it.alpha, 1e-12)
            let basis = try PolynomialBasis(.monomial, variables: it.n, degree: it.degree)
            #expect(basis.exponents == it.exponents, "\(it.name)")

            var fit = try PSoSFit(options, to: data)
            try fit.advance(iterations: 1_000_000)
            #expect(fit.gap <= 1e-12 && fit.trimmedRows.count == it.trimmed, "\(it.name): \(fit.gap)")
            #expect(
                (0..<it.rows.count).filter { !fit.trimmedRows.contains($0) } == it.kept.sorted(), "\(it.name)"
            )
            let guardian = try fit.guardian()
            let objective = -(try CholeskyFactor(guardian.matrix)).logDeterminant
            #expect(abs(objective - it.objective) <= 1e-8, "\(it.name): \(objective)")
            try expectLabels(guardian, it)

            let form = it.form.flatMap { $0 }
            let largest = form.map { abs($0) }.max() ?? 0
            let worst = zip(guardian.matrix.elements, form).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= 1e-6 * largest, "\(it.name): P")
        }
    }

    @Test func orthogonalPolynomialsDrawTheSameSet() throws {
        for it in try Cases<PSoSCase>.read("psos_guardian.json") {
            for family in [PolynomialBasis.Family.legendre, .chebyshev] {
                var options = PSoSGuardian.Configuration()
                (options.polynomial.degree, options.polynomial.family) = (it.degree, family)
                (options.polynomial.isScaled, options.trimming, options.tolerance) = (false, it.alpha, 1e-12)
                let data = try GuardianData(points: Matrix(rows: it.rows))
                try expectLabels(try PSoSGuardian(options, fittedTo: data), it)
            }
        }
    }

    private func expectLabels(_ guardian: PSoSGuardian, _ it: PSoSCase) throws {
        let (train, test) = (Matrix(rows: it.rows), Matrix(rows: it.testRows))
        #expect(Self.error(try guardian.score(train), it.trainScores) <= 1e-6, "\(it.name)")
        #expect(Self.error(try guardian.score(test), it.testScores) <= 1e-6, "\(it.name)")
        #expect(try guardian.isOutside(train) == it.trainOutside.map { $0 == 1 }, "\(it.name)")
        #expect(try guardian.isOutside(test) == it.testOutside.map { $0 == 1 }, "\(it.name)")
    }

    @Test func theChristoffelScoreIsThatOfEqualWeights() throws {
        for it in try Cases<PSoSCase>.read("psos_guardian.json") {
            var options = ChristoffelGuardian.Configuration()
            (options.polynomial.degree, options.polynomial.isScaled) = (it.degree, false)
            let points = Matrix(rows: it.rows)
            let guardian = try ChristoffelGuardian(options, fittedTo: GuardianData(points: points))
            #expect(Self.error(try guardian.score(points), it.christoffel) <= 1e-9, "\(it.name)")
        }
    }
}
