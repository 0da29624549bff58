import Foundation
import Guardians
import SaferlBenchmarks
import Tensors
import Testing

@Suite struct GuardianBenchmarkTests {
    @Test func whatIsReportedIsWhatGuardiansOfThesePointsGive() throws {
        let (rows, queries) = (2100, GuardianBenchmark.queries)
        let points = GuardianBenchmark.synthetic(rows: rows, size: 3)
        #expect(points.rows == rows + 2 * queries && points.columns == 3)
        let report = try GuardianBenchmark.run(on: points, repeats: 2)
        #expect(report.rows == rows && report.size == 3 && report.monomials == 10)

        let data = try GuardianData(
            points: points.rows(at: Array(0..<rows)),
            heldOut: points.rows(at: Array(rows..<rows + queries)))
        let asked = points.rows(at: Array(rows + queries..<points.rows))
        let psos = try PSoSGuardian(PSoSGuardian.Configuration(), fittedTo: data)
        #expect(report.psos.iterations == psos.report.iterations && report.psos.gap == psos.report.gap)
        #expect(report.psos.queries == rows)
        #expect(report.psos.outside == (try psos.isOutside(data.points).count { $0 }))
        var options = DensityGuardian.Configuration()
        options.threshold = .conformal(alpha: 0.05)
        let density = try DensityGuardian(options, fittedTo: data)
        #expect(report.density.threshold == density.threshold && report.density.queries == queries)
        #expect(report.density.outside == (try density.isOutside(asked).count { $0 }))
        #expect(report.density.outside > 0)

        for method in [report.psos, report.christoffel, report.density, report.neighbours] {
            #expect(method.fitSeconds > 0 && method.scoreSeconds > 0 && method.decideSeconds > 0)
        }
        let terms = Double(rows * queries) / report.density.scoreSeconds / Double(report.threads)
        #expect(report.kernelTermsPerCore == terms)
    }

    @Test func syntheticPointsAreTheSameEachTime() {
        let points = GuardianBenchmark.synthetic(rows: 10, size: 4)
        #expect(points == GuardianBenchmark.synthetic(rows: 10, size: 4))
        #expect(Set(points.elements).count > points.elements.count - 10)
    }
}
