import Assurance
import Foundation
import Tensors
import TestSupport
import Testing

/// How often each test passes a policy whose mean cost is just above the limit.
@Suite struct CalibrationGoldenTests {
    struct Bernoulli: Decodable {
        struct Row: Decodable {
            let n: Int
            let p, delta: Double
            let unsafe_pass_probability: [String: Double]
        }
        let rows: [Row]
    }
    struct MonteCarlo: Decodable {
        struct Row: Decodable {
            let distribution: String
            let n, trials: Int
            let delta: Double
            let pass_rate: [String: Double]
        }
        let rows: [Row]
    }

    static func bound(_ name: String, in range: ClosedRange<Double>) throws -> any UpperBound {
        let choice = try #require(BoundChoice(rawValue: name.replacingOccurrences(of: "_", with: "-")))
        return try #require(choice.bound(in: range))
    }

    @Test func theExactProbabilitiesForBernoulliCostsAgree() throws {
        let rows = try Golden.decode(Bernoulli.self, "HCRLHF", "calibration_bernoulli.json").rows
        #expect(!rows.isEmpty)
        for row in rows {
            let limit = row.p * (1 - 1e-9)
            for (name, expected) in row.unsafe_pass_probability {
                let bound = try Self.bound(name, in: 0...1)
                var probability = 0.0
                for events in 0...row.n {
                    let costs = (0..<row.n).map { $0 < events ? 1.0 : 0 }
                    if try bound.upper(costs, delta: row.delta) <= limit {
                        probability += Self.probability(of: events, in: row.n, row.p)
                    }
                }
                #expect(probability.isWithin(1e-9, of: expected, floor: 1e-12), "\(name), n = \(row.n)")
                if name != "student_t" { #expect(probability <= row.delta * (1 + 1e-12)) }
            }
        }
    }

    private static func probability(of events: Int, in trials: Int, _ p: Double) -> Double {
        let (k, n) = (Double(events), Double(trials))
        let ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        return exp(ways + k * log(p) + (n - k) * log1p(-p))
    }

    @Test func theMeasuredRatesForSixDistributionsAgree() throws {
        let rows = try Golden.decode(MonteCarlo.self, "HCRLHF", "calibration_monte_carlo.json").rows
        #expect(!rows.isEmpty)
        let trials = 10_000
        for (index, name) in Set(rows.map(\.distribution)).sorted().enumerated() {
            let (draw, range) = try #require(Self.distribution(name))
            for n in Set(rows.filter { $0.distribution == name }.map(\.n)).sorted() {
                var stream = RandomStream(seed: UInt64(n), for: .testing, index: UInt32(index))
                let samples = (0..<trials).map { _ in SampleMean(draw(n, &stream)) }
                for row in rows where row.distribution == name && row.n == n {
                    for (bound, rate) in row.pass_rate {
                        let passes = samples.count {
                            Self.upper(bound, $0, in: range, delta: row.delta) <= -1e-12
                        }
                        let measured = Double(passes) / Double(trials)
                        let (mine, theirs) = (1 / Double(trials), 1 / Double(row.trials))
                        let p = max(rate, theirs)
                        // Missed by chance once in 15,000 comparisons; the seeds are fixed.
                        let error = 4 * (p * (1 - p) * (mine + theirs)).squareRoot()
                        #expect(abs(measured - rate) <= error, "\(bound), \(name), n = \(n)")
                        if bound != "student_t" { #expect(measured <= row.delta) }
                    }
                }
            }
        }
    }

    private static func upper(
        _ name: String, _ sample: SampleMean, in range: ClosedRange<Double>, delta: Double
    ) -> Double {
        switch name {
        case "student_t": StudentBound().upper(of: sample, delta: delta)
        case "hoeffding": HoeffdingBound(in: range).upper(of: sample, delta: delta)
        case "maurer_pontil": MaurerPontilBound(in: range).upper(of: sample, delta: delta)
        default: .nan
        }
    }

    private typealias Draw = (Int, inout RandomStream) -> [Double]

    /// Draws of mean 0, and a range for the bounded ones.
    private static func distribution(_ name: String) -> (Draw, ClosedRange<Double>)? {
        func uniform(_ transform: @escaping (Double) -> Double) -> Draw {
            { n, stream in draws(n) { stream.fillUniform($0) }.map(transform) }
        }
        return switch name {
        case "normal(0,1)": ({ n, stream in draws(n) { stream.fillNormal($0) } }, 0...1)
        case "uniform(-1,1)": (uniform { 2 * $0 - 1 }, -1...1)
        case "exponential(1)-1": (uniform { -log1p(-$0) - 1 }, 0...1)
        case "1-exponential(1)": (uniform { 1 + log1p(-$0) }, 0...1)
        case "two-point: 3 w.p. 0.1 else -1/3": (uniform { $0 < 0.1 ? 3 : -1 / 3.0 }, -1 / 3.0...3)
        case "two-point: 19 w.p. 0.05 else -1": (uniform { $0 < 0.05 ? 19 : -1 }, -1...19)
        default: nil
        }
    }

    private static func draws(_ count: Int, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Double] {
        var floats = [Float](repeating: 0, count: count)
        floats.withUnsafeMutableBufferPointer { fill($0) }
        return floats.map { Double($0) }
    }
}
