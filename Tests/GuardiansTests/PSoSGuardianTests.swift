import Foundation
import Guardians
import Tensors
import TestSupport
import Testing

@Suite struct PSoSGuardianTests {
    private static func options(
        degree: Int = 1, trimming: Double = 0, tolerance: Double = 1e-10, isScaled: Bool = false
    ) -> PSoSGuardian.Configuration {
        var options = PSoSGuardian.Configuration()
        (options.polynomial.degree, options.polynomial.isScaled) = (degree, isScaled)
        (options.trimming, options.tolerance) = (trimming, tolerance)
        return options
    }

    @Test(arguments: [2, 3, 5]) func theEllipsoidOfACubeIsTheBallThroughItsCorners(n: Int) throws {
        let data = try GuardianData(points: SampledPoints.corners(n))
        let guardian = try PSoSGuardian(Self.options(), fittedTo: data)
        let points = SampledPoints.cloud(50, n, seed: 1)
        for (row, score) in try guardian.score(points).enumerated() {
            let square = (0..<n).reduce(0.0) { $0 + points[row, $1] * points[row, $1] }
            let exact = (1 + square) / Double(n + 1)
            #expect(abs(score - exact) <= 1e-8 * exact)
        }
        #expect(try guardian.isOutside(SampledPoints.corners(n)).allSatisfy { !$0 })
    }

    @Test func anEllipsoidMovesWithItsPoints() throws {
        let points = SampledPoints.cloud(300, 3, seed: 2)
        let map = Matrix(3, 3, [2, 1, 0, -1, 3, 0.5, 0.25, 0, -4])
        var moved = points * map
        for row in 0..<300 { for column in 0..<3 { moved[row, column] += Double(column) - 7 } }
        for degree in [1, 2] {
            let options = Self.options(degree: degree)
            let here = try PSoSGuardian(options, fittedTo: GuardianData(points: points))
            let there = try PSoSGuardian(options, fittedTo: GuardianData(points: moved))
            for (a, b) in zip(try here.score(points), try there.score(moved)) {
                #expect(abs(a - b) <= 1e-7 * max(a, b))
            }
        }
    }

    @Test func theOptimumMeetsItsConditions() throws {
        let points = SampledPoints.cloud(400, 4, seed: 3)
        var fit = try PSoSFit(
            Self.options(degree: 2, trimming: 0.1, tolerance: 1e-6), to: GuardianData(points: points))
        try fit.advance(iterations: 100_000)
        let guardian = try fit.guardian()
        let (scores, weights) = (try guardian.score(points), fit.weights)
        let trimmed = Set(fit.trimmedRows)
        #expect(fit.isConverged && fit.gap <= 1e-6 && trimmed.count == 40)
        #expect(abs(weights.reduce(0, +) - 1) <= 1e-12 && weights.allSatisfy { $0 >= 0 })
        for row in 0..<400 {
            if trimmed.contains(row) {
                #expect(weights[row] == 0)
            } else {
                #expect(scores[row] <= 1 + 1.1e-6)
                if weights[row] > 0 { #expect(scores[row] >= 1 - 1.1e-6) }
            }
        }
        // P is the inverse of the weighted moments, divided by their order.
        let basis = try PolynomialBasis(.monomial, variables: 4, degree: 2)
        var moments = Matrix(15, 15)
        for row in 0..<400 where weights[row] > 0 {
            let e = basis.exponents.map { exponents in
                exponents.enumerated().reduce(1.0) { $0 * pow(points[row, $1.offset], Double($1.element)) }
            }
            for i in 0..<15 { for j in 0..<15 { moments[i, j] += 15 * weights[row] * e[i] * e[j] } }
        }
        let product = moments * guardian.matrix
        for i in 0..<15 { for j in 0..<15 { #expect(abs(product[i, j] - (i == j ? 1 : 0)) <= 1e-7) } }
    }

    @Test func pointsKeptAreInsideHoweverLargeTheGap() throws {
        let points = SampledPoints.cloud(2000, 3, seed: 4)
        for tolerance in [0.5, 1e-2, 1e-4] {
            let options = Self.options(degree: 2, trimming: 0.05, tolerance: tolerance, isScaled: true)
            let guardian = try PSoSGuardian(options, fittedTo: GuardianData(points: points))
            let outside = try guardian.isOutside(points).count { $0 }
            #expect(outside <= 100 && guardian.threshold >= 1 && guardian.threshold <= 1 + tolerance)
            #expect(guardian.report.trainingShareOutside == Double(outside) / 2000)
        }
    }

    @Test func outliersAreLeftOut() throws {
        var points = SampledPoints.cloud(500, 2, seed: 5)
        for row in 0..<5 { points[100 * row, 1] = 1000 }
        let data = try GuardianData(points: points)
        var fit = try PSoSFit(
            Self.options(degree: 2, trimming: 0.01, tolerance: 1e-4, isScaled: true), to: data)
        try fit.advance(iterations: 100_000)
        #expect(fit.trimmedRows == [0, 100, 200, 300, 400])
        #expect(try fit.guardian().isOutside(points).enumerated().allSatisfy { $1 == ($0 % 100 == 0) })
    }

    @Test func aHoleIsSeenFromTheSecondDegreeOn() throws {
        let data = try GuardianData(points: SampledPoints.ring(1500, radii: 0.9..<1, seed: 6))
        let centre = Matrix(1, 2, [0, 0])
        for (degree, isSeen) in [(1, false), (2, true), (4, true)] {
            let options = Self.options(degree: degree, tolerance: 1e-4, isScaled: true)
            let guardian = try PSoSGuardian(options, fittedTo: data)
            #expect(try guardian.isOutside(centre) == [isSeen], "degree \(degree)")
            #expect(guardian.report.trainingShareOutside == 0)
        }
    }

    @Test func theFitDoesNotDependOnTheNumberOfThreads() throws {
        let data = try GuardianData(points: SampledPoints.cloud(5000, 5, seed: 7))
        let options = Self.options(degree: 2, trimming: 0.05, tolerance: 1e-4, isScaled: true)
        let record = try PSoSGuardian(options, fittedTo: data).encoded()
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        #expect(try PSoSGuardian(options, fittedTo: data).encoded() == record)
    }

    @Test func interruptingAFitChangesNoBit() throws {
        let data = try GuardianData(points: SampledPoints.cloud(3000, 4, seed: 8))
        let options = Self.options(degree: 2, trimming: 0.02, tolerance: 1e-8, isScaled: true)
        var whole = try PSoSFit(options, to: data)
        var parts = try PSoSFit(options, to: data)
        var rounds = 0
        while !whole.isConverged {
            try whole.advance(iterations: 333)
            for portion in [1, 150, 182] {
                let text = try JSONEncoder().encode(try parts.encoded())
                let record = try JSONDecoder().decode(GuardianRecord.self, from: text)
                parts = try PSoSFit(resuming: record, on: data)
                try parts.advance(iterations: portion)
            }
            #expect(try parts.encoded() == whole.encoded() && parts.gap == whole.gap)
            rounds += 1
        }
        #expect(rounds > 1 && whole.iterations > 600)
        #expect(try parts.guardian().encoded() == whole.guardian().encoded())
    }

    @Test func aStateGoesOnOnlyOnItsPoints() throws {
        let data = try GuardianData(points: SampledPoints.cloud(200, 2, seed: 9))
        let fit = try PSoSFit(Self.options(), to: data)
        let others = try GuardianData(points: SampledPoints.cloud(200, 2, seed: 10))
        let record = try fit.encoded()
        #expect(throws: GuardianError.malformed(kind: "psos.fit", reason: "it was fitted to other points")) {
            try PSoSFit(resuming: record, on: others)
        }
        #expect(throws: GuardianError.notConverged(gap: .infinity, tolerance: 1e-10, iterations: 0)) {
            try fit.guardian()
        }
    }

    @Test func aFitThatMayNotEndIsRefused() throws {
        let data = try GuardianData(points: SampledPoints.cloud(3000, 3, seed: 11))
        var options = Self.options(degree: 2)
        options.iterations = 5
        #expect(throws: GuardianError.self) { try PSoSGuardian(options, fittedTo: data) }
    }
}
