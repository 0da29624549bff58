import Guardians
import Tensors
import Testing

/// Points of two features, of which the second is a rounded zero; what is judged is off by 10⁻⁹ in it.
@Suite struct ResolutionTests {
    private static func points(_ rows: Int, seed: UInt64, rounding: Double) -> Matrix {
        var points = SampledPoints.cloud(rows, 2, seed: seed)
        for row in 0..<rows { points[row, 1] *= rounding }
        return points
    }

    private static func guardians(_ data: GuardianData) throws -> [any SupportGuardian] {
        var density = DensityGuardian.Configuration()
        density.bandwidth = 0.2
        var christoffel = ChristoffelGuardian.Configuration()
        christoffel.polynomial.degree = 2
        return [
            try DensityGuardian(density, fittedTo: data),
            try NeighbourGuardian(NeighbourGuardian.Configuration(), fittedTo: data),
            try ChristoffelGuardian(christoffel, fittedTo: data),
        ]
    }

    private static func share(_ outside: [Bool]) -> Double {
        Double(outside.count { $0 }) / Double(outside.count)
    }

    @Test func whatCannotBeToldApartIsNotJudged() throws {
        let data = try GuardianData(points: Self.points(500, seed: 1, rounding: 1e-13))
        var asked = Self.points(300, seed: 2, rounding: 1e-13)
        for row in 0..<300 { asked[row, 1] += row.isMultiple(of: 2) ? 1e-9 : -1e-9 }
        for guardian in try Self.guardians(data) {
            #expect(Self.share(try guardian.isOutside(asked)) == 1, "\(type(of: guardian).kind)")
        }
        for guardian in try Self.guardians(data.resolving([0, 1e-9])) {
            let kind = type(of: guardian).kind
            #expect(Self.share(try guardian.isOutside(asked)) < 0.15, "\(kind)")
            // The first feature is judged as ever.
            var far = asked
            for row in 0..<300 { far[row, 0] = 50 }
            #expect(Self.share(try guardian.isOutside(far)) == 1, "\(kind)")
        }
    }

    @Test func whatCanBeToldApartIsJudgedAsBefore() throws {
        let data = try GuardianData(points: Self.points(500, seed: 1, rounding: 1))
        let asked = Self.points(300, seed: 2, rounding: 1)
        let resolved = data.resolving([0, 0.1])
        #expect(resolved.smallestRanges == [0, 0])
        for (one, other) in zip(try Self.guardians(data), try Self.guardians(resolved)) {
            #expect(try one.score(asked) == other.score(asked))
        }
    }
}
