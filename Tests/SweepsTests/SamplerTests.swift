import Foundation
import Storage
import Sweeps
import Tensors
import Testing

/// A noisy quadratic of four parameters of every kind, with a condition whose edge the best point lies behind.
private struct Quadratic {
    let space = [
        SearchParameter("x", .real(-5...5, isLogarithmic: false, step: nil)),
        SearchParameter("rate", .real(1e-5...1e-1, isLogarithmic: true, step: nil)),
        SearchParameter("width", .integer(8...256, isLogarithmic: true, step: 1)),
        SearchParameter("kind", .choices([.text("a"), .text("b"), .text("c")])),
    ]

    /// The objective without noise, and by how much the condition is missed.
    func truth(_ values: [Double]) -> (value: Double, violation: Double) {
        let (x, rate, width) = (values[0], log10(values[1]), log2(values[2]))
        let value =
            (x - 2) * (x - 2) + (rate + 3) * (rate + 3) + (width - 6) * (width - 6) / 2
            + [0, 1, 3][Int(values[3])]
        return (value, max(0, x + rate / 2 - 0.25))
    }

    /// The best feasible value without noise after so many trials.
    func best(_ sampler: Sampler, seed: UInt64, trials count: Int) -> Double {
        var (trials, noise) = ([Trial](), RandomStream(seed: seed, for: .noise))
        for number in 0..<count {
            let values =
                sampler.parameters(of: number, seed: seed, over: space, after: trials, .minimise) ?? []
            let truth = truth(values)
            trials.append(
                Trial(
                    number: number, parameters: values, state: .complete,
                    value: truth.value + 0.1 * Double(noise.nextNormal()), violation: truth.violation,
                    steps: 1))
        }
        return trials.filter(\.isFeasible).map { truth($0.parameters).value }.min() ?? .infinity
    }
}

@Suite struct SamplerTests {
    /// In 8 of 10 seeds at least, which equal samplers would reach with probability 0.055.
    @Test func whatWasTriedHelpsToFindTheBestThatKeepsTheCondition() {
        let quadratic = Quadratic()
        let pairs = (0..<10).map { seed in
            (
                quadratic.best(.tpe, seed: seed, trials: 60),
                quadratic.best(.random, seed: seed, trials: 60)
            )
        }
        let wins = pairs.count { $0.0 < $0.1 }
        print("TPE better than random in \(wins) of 10: \(pairs)")
        #expect(wins >= 8)
    }

    @Test func equalArgumentsGiveEqualParameters() throws {
        let space = Quadratic().space
        for sampler in [Sampler.random, .tpe] {
            var trials: [Trial] = []
            for number in 0..<14 {
                let first = sampler.parameters(of: number, seed: 4, over: space, after: trials, .maximise)
                #expect(
                    first == sampler.parameters(of: number, seed: 4, over: space, after: trials, .maximise))
                #expect(
                    first != sampler.parameters(of: number, seed: 5, over: space, after: trials, .maximise))
                trials.append(
                    Trial(
                        number: number, parameters: try #require(first), state: .complete,
                        value: Double(number % 5)))
            }
        }
    }

    @Test func everyValueLiesInItsDomain() throws {
        let space =
            Quadratic().space + [
                SearchParameter("q", .real(0...1, isLogarithmic: false, step: 0.25)),
                SearchParameter("n", .integer(1...9, isLogarithmic: false, step: 4)),
            ]
        var trials: [Trial] = []
        for number in 0..<200 {
            let values = try #require(
                Sampler.tpe.parameters(of: number, seed: 1, over: space, after: trials, .minimise))
            #expect((-5...5).contains(values[0]) && (1e-5...1e-1).contains(values[1]))
            #expect((8...256).contains(values[2]) && values[2] == values[2].rounded())
            #expect([0, 1, 2].contains(values[3]) && [0, 0.25, 0.5, 0.75, 1].contains(values[4]))
            #expect([1, 5, 9].contains(values[5]))
            trials.append(
                Trial(number: number, parameters: values, state: .complete, value: values[0] * values[0]))
        }
        let parameters = (0..<6).map { index in Set(trials.map { $0.parameters[index] }) }
        #expect(parameters[3].count == 3 && parameters[4].count == 5 && parameters[5].count == 3)
    }

    @Test func aRunningTrialCountsAsBad() {
        let space = Quadratic().space
        var trials = (0..<20).map { number in
            Trial(
                number: number,
                parameters: Sampler.random.parameters(
                    of: number, seed: 3, over: space, after: [], .minimise) ?? [], state: .complete,
                value: Double(number))
        }
        let before = Sampler.tpe.parameters(of: 30, seed: 3, over: space, after: trials, .minimise)
        trials.append(Trial(number: 20, parameters: before ?? []))
        #expect(TrialSplit(trials, .minimise).above.contains { $0.number == 20 })
        #expect(Sampler.tpe.parameters(of: 30, seed: 3, over: space, after: trials, .minimise) != before)
        // What failed is no evidence.
        trials[20].state = .failed
        #expect(Sampler.tpe.parameters(of: 30, seed: 3, over: space, after: trials, .minimise) == before)
    }

    @Test func infeasibleTrialsStandBehindFeasibleOnesAtARung() {
        let rule = SuccessiveHalving(minimum: 1, reduction: 2)
        func standing(_ value: Double, _ violation: Double = 0) -> SuccessiveHalving.Standing {
            SuccessiveHalving.Standing(value, violation: violation, .maximise)
        }
        #expect(rule.goesOn(standing(1), among: [standing(9, 0.5)]))
        #expect(!rule.goesOn(standing(9, 0.5), among: [standing(1)]))
        #expect(rule.goesOn(standing(9, 0.5), among: [standing(10, 0.7)]))
        #expect(!rule.goesOn(standing(.nan), among: []))
    }
}
