import Guardians
import Tensors
import Testing

/// Binary and constant features, which make moment matrices singular.
@Suite struct DependentFeatureTests {
    /// A cloud in two features, a binary one and a constant one.
    private static let points: Matrix = {
        let cloud = SampledPoints.cloud(800, 3, seed: 1)
        var points = Matrix(800, 4)
        for row in 0..<800 {
            (points[row, 0], points[row, 1]) = (cloud[row, 0], cloud[row, 1])
            (points[row, 2], points[row, 3]) = (cloud[row, 2] > 0 ? 1 : 0, 5)
        }
        return points
    }()

    private static func guardians(_ options: PolynomialConfiguration) throws -> [any SupportGuardian] {
        let data = try GuardianData(points: points)
        var (psos, christoffel) = (PSoSGuardian.Configuration(), ChristoffelGuardian.Configuration())
        (psos.polynomial, psos.trimming, christoffel.polynomial) = (options, 0, options)
        return [
            try PSoSGuardian(psos, fittedTo: data), try ChristoffelGuardian(christoffel, fittedTo: data),
        ]
    }

    @Test func pointsThatBreakADependenceAreOutside() throws {
        for guardian in try Self.guardians(PolynomialConfiguration()) {
            let mean = Matrix(4, 4, [0.1, 0, 1, 5, 0.1, 0, 0, 5, 0.1, 0, 0.5, 5, 0.1, 0, 1, 5.01])
            #expect(try guardian.isOutside(mean) == [false, false, true, true], "\(type(of: guardian).kind)")
            #expect(try guardian.score(mean)[3] == .infinity)
            #expect(guardian.report.ridge == 1e-9)
            let notes = guardian.report.notes
            #expect(
                notes.contains(
                    "Constant on the training points: feature 3; points that differ there count as outside."))
            #expect(
                notes.contains(
                    "1 of 10 monomials depend on the others on these points, as the square of a binary feature does; "
                        + "points that break the dependence count as outside (ridge 1e-09)."))
        }
    }

    @Test func aWiderRidgeForgivesMore() throws {
        var options = PolynomialConfiguration()
        let near = Matrix(1, 4, [0.1, 0, 0.999, 5])
        let strict = try Self.guardians(options).map { try $0.score(near)[0] }
        options.ridge = 1e-3
        let wide = try Self.guardians(options).map { try $0.score(near)[0] }
        for (strict, wide) in zip(strict, wide) { #expect(strict > 100 * wide) }
    }

    @Test func withoutARidgeADependenceIsRefused() throws {
        var options = PolynomialConfiguration()
        options.ridge = 0
        #expect(throws: GuardianError.singularMoments(order: 10, ridge: 0)) {
            _ = try Self.guardians(options)
        }
    }

    @Test func independentMonomialsNeedNoRidge() throws {
        let data = try GuardianData(points: SampledPoints.cloud(100, 3, seed: 2))
        let guardian = try ChristoffelGuardian(ChristoffelGuardian.Configuration(), fittedTo: data)
        #expect(guardian.report.ridge == 0 && guardian.report.notes.isEmpty)
        // The mean of the score over the training points is the number of monomials.
        let mean = try guardian.score(data.points).reduce(0, +) / 100
        #expect(abs(mean - 10) <= 1e-10)
    }

    @Test func trimmingMayMakeAFeatureConstant() throws {
        // The only points with the rare value are trimmed, so that it must not be called inside afterwards.
        var points = SampledPoints.cloud(400, 2, seed: 3)
        for row in 0..<400 { points[row, 1] = row < 4 ? 1 : 0 }
        var options = PSoSGuardian.Configuration()
        (options.trimming, options.polynomial.degree) = (0.02, 1)
        let guardian = try PSoSGuardian(options, fittedTo: GuardianData(points: points))
        #expect(try guardian.isOutside(points).prefix(4).allSatisfy { $0 })
        #expect(try guardian.isOutside(Matrix(2, 2, [0, 0.5, 0, 0])) == [true, false])
        #expect(guardian.report.ridge > 0)
    }
}
