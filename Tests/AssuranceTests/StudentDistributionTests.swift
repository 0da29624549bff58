import Assurance
import Foundation
import TestSupport
import Testing

@Suite struct StudentDistributionTests {
    @Test(arguments: [1e-300, 1e-40, 1e-3, 0.1, 0.3, 0.4999, 0.7, 0.999])
    func oneDegreeIsCauchys(alpha: Double) {
        // P(T > t) = arctan(1/t)/π.
        let t = StudentDistribution(degrees: 1).quantile(upperTail: alpha)
        let closed = alpha < 0.25 ? 1 / tan(Double.pi * alpha) : tan(Double.pi * (0.5 - alpha))
        #expect(t.isWithin(1e-12, of: closed))
    }

    @Test(arguments: [1e-14, 1e-6, 0.1, 0.45])
    func twoDegreesHaveAClosedForm(alpha: Double) {
        let t = StudentDistribution(degrees: 2).quantile(upperTail: alpha)
        #expect(t.isWithin(1e-12, of: (1 - 2 * alpha) / (2 * alpha * (1 - alpha)).squareRoot()))
    }

    @Test(arguments: [1, 1.5, 3, 17.25, 400, 1e6, 1e12])
    func theQuantileInvertsTheTail(degrees: Double) {
        let distribution = StudentDistribution(degrees: degrees)
        for alpha in [1e-12, 1e-5, 0.04, 0.26, 0.499, 0.6, 0.98] {
            let t = distribution.quantile(upperTail: alpha)
            #expect(distribution.upperTail(t).isWithin(1e-12, of: alpha))
        }
    }

    @Test func manyDegreesAreNormal() {
        let distribution = StudentDistribution(degrees: 1e18)
        for t in [-3, -0.5, 0, 0.2, 1.7, 1.8, 6, 30] {
            #expect(distribution.upperTail(t).isWithin(1e-11, of: erfc(t / 2.0.squareRoot()) / 2))
        }
    }

    @Test func bothBranchesMeet() {
        for degrees in [1, 2.5, 30, 1e5, 1e9] {
            let distribution = StudentDistribution(degrees: degrees)
            let root = 3.0.squareRoot()
            let (below, above) = (distribution.upperTail(root - 1e-9), distribution.upperTail(root + 1e-9))
            let slope = (below - above) / 2e-9
            #expect(slope > 0)
            #expect(below.isWithin(0, of: above, floor: 1e-8))
            // A jump between the branches would show in the slope, which is the density there: 0.07 … 0.09.
            #expect(slope.isWithin(0.4, of: 0.08))
        }
    }
}
