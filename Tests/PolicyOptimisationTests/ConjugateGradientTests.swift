import PolicyOptimisation
import Tensors
import TestSupport
import Testing

@Suite struct ConjugateGradientTests {
    @Test(arguments: [1, 2, 10, 40])
    func theSolutionIsCholeskys(order: Int) throws {
        var random = RandomNumbers(seed: UInt64(order))
        let h = random.positiveDefinite(order), b = random.vector(order)
        let found = try thorough.solve(b, name: "b", product(h))
        let expected = try CholeskyFactor(h).solve(Matrix(order, 1, b))
        #expect(relativeError(found.x, expected.elements) <= 1e-9)
        #expect(found.residual <= 1e-14)
    }

    @Test func theResidualIsReportedAndIterationsAreCounted() throws {
        var random = RandomNumbers(seed: 11)
        let h = random.positiveDefinite(30), b = random.vector(30)
        let few = try ConjugateGradient(iterations: 4, tolerance: 0).solve(b, name: "b", product(h))
        let rest = zip(b, (h * Matrix(30, 1, few.x)).elements).map { $0 - $1 }
        #expect(few.iterations == 4)
        #expect(abs(few.residual - (inner(rest, rest) / inner(b, b)).squareRoot()) <= 1e-12)
        let loose = try ConjugateGradient(iterations: 1000, tolerance: 0.1).solve(b, name: "b", product(h))
        #expect(loose.residual <= 0.1 && loose.iterations < 30)
    }

    @Test func nothingOnTheRightTakesNoProduct() throws {
        let found = try ConjugateGradient().solve([0, 0], name: "b") { _, _ in Issue.record("a product") }
        #expect(found.x == [0, 0] && found.iterations == 0 && found.residual == 0)
    }

    @Test func aDirectionWithoutCurvatureEndsTheIteration() throws {
        let found = try ConjugateGradient().solve([1, 1], name: "b") { v, result in result = [v[0], -v[1]] }
        #expect(found.x == [0, 0] && found.iterations == 0 && found.residual == 1)
    }

    @Test func whatIsNotFiniteIsNamed() {
        #expect(throws: NonFiniteError("gradient of b")) {
            try ConjugateGradient().solve([1, .nan], name: "gradient of b") { v, result in result = v }
        }
        #expect(throws: NonFiniteError("curvature along b")) {
            try ConjugateGradient().solve([1, 1], name: "b") { _, result in result = [.infinity, 1] }
        }
    }
}
