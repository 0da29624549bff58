import Foundation
import Storage
import Sweeps
import TestSupport
import Testing

/// Figures of Optuna's own objects, and of a second program written from the text of the formulas.
private struct Golden: Decodable {
    enum Value: Decodable {
        case number(Double), text(String)
        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
        var json: JSONValue {
            switch self {
            case .number(let number): .number(number)
            case .text(let text): .text(text)
            }
        }
    }
    struct Parameter: Decodable {
        let name, kind: String
        let low, high, step: Double?
        let log: Bool?
        let choices: [String]?
    }
    struct Row: Decodable {
        let number, last_step: Int
        let parameters: [String: Value]
        let value, constraint: Double
        let state: String
    }
    struct Count: Decodable { let finished, below: Int }
    struct Weights: Decodable { let n: Int; let weights: [Double] }
    struct Split: Decodable { let n_below: Int; let below, above: [Int] }
    struct Kernel: Decodable {
        let name: String
        let mu, sigma: [Double]?
        let low, high: Double?
        let weights: [[Double]]?
    }
    struct Mixture: Decodable { let mixture_weights: [Double]; let kernels: [Kernel] }
    struct Candidates: Decodable {
        let values: [String: [Double]]
        let log_below, log_above, score: [Double]
        let best: Int
    }
    struct Independent: Decodable { let score: [Double]; let best: Int }
    struct Study: Decodable { let reduction, minimum: Int; let rows: [[Double]] }
    struct Brackets: Decodable {
        let minimum, maximum, reduction, brackets: Int
        let budgets, bracket_of_trial: [Int]
        let study: String
    }
    struct Table: Decodable { let R, eta: Int; let rungs: [[[Double]]] }
    struct Axis: Decodable {
        let name: String
        let values: [Value]
        init(from decoder: any Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            (name, values) = (try pair.decode(String.self), try pair.decode([Value].self))
        }
    }
    struct Grid: Decodable { let axes: [Axis]; let order: [[Value]] }

    let space: [Parameter]
    let trials: [Row]
    let n_below: [Count]
    let weights: [Weights]
    let split, split_with_constraint: Split
    let parzen: [String: Mixture]
    let candidates: Candidates
    let independent: [String: Independent]
    let prior_log_pdf_of_candidates: [Double]
    let asha_eta4_min1, asha_eta3_min2: Study
    let hyperband: Brackets
    let hyperband_table: Table
    let grid: Grid
}

private func isClose(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) <= 1e-9 }

@Suite struct SweepGoldenTests {
    private let golden: Golden
    private let space: [SearchParameter]

    init() throws {
        golden = try TestSupport.Golden.decode(Golden.self, "assess", "sweep.json")
        space = try golden.space.map { parameter in
            let isLogarithmic = parameter.log ?? false
            switch parameter.kind {
            case "category":
                return SearchParameter(
                    parameter.name, .choices(try #require(parameter.choices).map { .text($0) }))
            case "integer":
                let range = Int(try #require(parameter.low))...Int(try #require(parameter.high))
                return SearchParameter(
                    parameter.name,
                    .integer(range, isLogarithmic: isLogarithmic, step: Int(try #require(parameter.step))))
            default:
                let range = try #require(parameter.low)...(try #require(parameter.high))
                return SearchParameter(
                    parameter.name, .real(range, isLogarithmic: isLogarithmic, step: parameter.step))
            }
        }
    }

    private func trials(constrained: Bool) throws -> [Trial] {
        try golden.trials.map { row in
            let values = try space.map { parameter -> Double in
                switch (try #require(row.parameters[parameter.name]), parameter.domain) {
                case (.number(let number), _): return number
                case (.text(let text), .choices(let choices)):
                    return Double(try #require(choices.firstIndex(of: .text(text))))
                default: throw CancellationError()
                }
            }
            return Trial(
                number: row.number, parameters: values,
                state: try #require(Trial.State(rawValue: row.state)), value: row.value,
                violation: constrained ? max(0, row.constraint) : 0, steps: row.last_step)
        }
    }

    private func mixture(_ side: KeyPath<TrialSplit, [Trial]>, _ space: [SearchParameter]? = nil) throws
        -> ParzenMixture
    {
        let split = TrialSplit(try trials(constrained: false), .minimise)
        return ParzenMixture(split[keyPath: side].map(\.parameters), over: space ?? self.space)
    }

    private func draws() throws -> [[Double]] {
        try (0..<24).map { draw in
            try space.map { try #require(golden.candidates.values[$0.name])[draw] }
        }
    }

    @Test func asManyAreGoodAsInThePackage() {
        #expect(golden.n_below.count == 9)
        for count in golden.n_below { #expect(TrialSplit.goodCount(of: count.finished) == count.below) }
    }

    @Test func olderTrialsWeighLess() {
        for stored in golden.weights {
            let weights = ParzenMixture.weights(of: stored.n)
            #expect(weights.count == stored.weights.count && zip(weights, stored.weights).allSatisfy(isClose))
        }
    }

    @Test func trialsArePartedAsInThePackage() throws {
        for (constrained, stored) in [(false, golden.split), (true, golden.split_with_constraint)] {
            let split = TrialSplit(try trials(constrained: constrained), .minimise)
            #expect(split.below.map(\.number) == stored.below && stored.below.count == stored.n_below)
            #expect(split.above.map(\.number) == stored.above)
        }
    }

    @Test func kernelsAreThoseOfThePackage() throws {
        for (name, stored) in golden.parzen {
            let own = try mixture(name == "below" ? \.below : \.above)
            #expect(own.weights.count == stored.mixture_weights.count)
            #expect(zip(own.weights, stored.mixture_weights).allSatisfy(isClose), "\(name)")
            for (index, kernel) in stored.kernels.enumerated() {
                switch own.kernels[index] {
                case .choices(let rows):
                    let expected = try #require(kernel.weights)
                    #expect(rows.count == expected.count)
                    #expect(zip(rows.joined(), expected.joined()).allSatisfy(isClose), "\(kernel.name)")
                case .numbers(let laws):
                    let (means, deviations) = (try #require(kernel.mu), try #require(kernel.sigma))
                    #expect(laws.count == means.count)
                    #expect(zip(laws.map(\.mean), means).allSatisfy(isClose), "\(kernel.name)")
                    #expect(zip(laws.map(\.deviation), deviations).allSatisfy(isClose), "\(kernel.name)")
                    #expect(isClose(laws[0].range.lowerBound, try #require(kernel.low)))
                    #expect(isClose(laws[0].range.upperBound, try #require(kernel.high)))
                }
            }
        }
    }

    @Test func densitiesOfCandidatesAndTheChoiceAreThoseOfThePackage() throws {
        let (below, above, draws) = (try mixture(\.below), try mixture(\.above), try draws())
        let stored = golden.candidates
        for (draw, values) in draws.enumerated() {
            #expect(isClose(below.logDensity(at: values), stored.log_below[draw]), "below \(draw)")
            #expect(isClose(above.logDensity(at: values), stored.log_above[draw]), "above \(draw)")
            #expect(
                isClose(
                    below.logDensity(at: values) - above.logDensity(at: values), stored.score[draw]))
        }
        #expect(Sampler.choice(among: draws, below, above) == stored.best)
    }

    @Test func parametersAloneHaveTheirScores() throws {
        let split = TrialSplit(try trials(constrained: false), .minimise)
        #expect(golden.independent.count == space.count)
        for (index, parameter) in space.enumerated() {
            let stored = try #require(golden.independent[parameter.name])
            func mixture(_ trials: [Trial]) -> ParzenMixture {
                ParzenMixture(trials.map { [$0.parameters[index]] }, over: [parameter])
            }
            let (below, above) = (mixture(split.below), mixture(split.above))
            let draws = try #require(golden.candidates.values[parameter.name]).map { [$0] }
            for (draw, values) in draws.enumerated() {
                let score = below.logDensity(at: values) - above.logDensity(at: values)
                #expect(isClose(score, stored.score[draw]), "\(parameter.name) \(draw)")
            }
            #expect(Sampler.choice(among: draws, below, above) == stored.best)
        }
    }

    @Test func withoutTrialsTheWideKernelIsLeft() throws {
        let prior = ParzenMixture([], over: space)
        for (values, stored) in zip(try draws(), golden.prior_log_pdf_of_candidates) {
            #expect(isClose(prior.logDensity(at: values), stored))
        }
    }

    @Test func halvingDecidesAsThePackageDoes() throws {
        for study in [golden.asha_eta4_min1, golden.asha_eta3_min2] {
            let rule = SuccessiveHalving(minimum: study.minimum, reduction: study.reduction)
            var standings: [Int: [SuccessiveHalving.Standing]] = [:]
            var rungs: [Int: Int] = [:]
            for row in study.rows {
                let (trial, step) = (Int(row[0]), Int(row[1]))
                let rung = rungs[trial, default: 0]
                var stops = false
                if let steps = rule.steps(atRung: rung), step >= steps {
                    let own = SuccessiveHalving.Standing(row[2], .minimise)
                    stops = !rule.goesOn(own, among: standings[rung, default: []])
                    standings[rung, default: []].append(own)
                    rungs[trial] = rung + 1
                }
                #expect(stops == (row[3] == 1), "trial \(trial), step \(step)")
            }
        }
    }

    @Test func bracketsAreThoseOfThePackage() {
        let stored = golden.hyperband
        let hyperband = Hyperband(
            SuccessiveHalving(minimum: stored.minimum, reduction: stored.reduction), maximum: stored.maximum)
        #expect(hyperband.brackets == stored.brackets && hyperband.budgets == stored.budgets)
        let brackets = stored.bracket_of_trial.indices.map { hyperband.bracket(of: $0, in: stored.study) }
        #expect(brackets == stored.bracket_of_trial)
        let rungs = (0..<stored.brackets).map { bracket in
            hyperband.rungs(ofBracket: bracket).map { [Double($0.trials), Double($0.steps)] }
        }
        #expect(stored.maximum == golden.hyperband_table.R && rungs == golden.hyperband_table.rungs)
    }

    @Test func aGridTakesTheLastAxisFastest() throws {
        let axes = golden.grid.axes.map { SearchParameter($0.name, .choices($0.values.map(\.json))) }
        #expect(Sampler.gridSize(axes) == golden.grid.order.count)
        for (number, row) in golden.grid.order.enumerated() {
            let values = try #require(
                Sampler.grid.parameters(of: number, seed: 0, over: axes, after: [], .minimise))
            #expect(zip(axes, values).map { $0.json($1) } == row.map(\.json))
        }
        #expect(Sampler.grid.parameters(of: 6, seed: 0, over: axes, after: [], .minimise) == nil)
    }
}
