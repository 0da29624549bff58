import Environments
import Foundation
import SafeRL
import TestSupport
import Testing

@Suite(NeedsICUSepsis(), .withICUSepsis) struct ICUSepsisTests {
    @Test func everyPromiseOfAnEnvironmentIsKept() {
        for check in [EnvironmentCheck(ICUSepsis.self), EnvironmentCheck(ICUSepsisTerminating.self)] {
            #expect(check.isPassed, "\(check.table)")
        }
    }

    @Test func theSizesAreThoseOfThePackage() throws {
        let admissible = try ICUSepsis.admissibleActions()
        let live = (0..<713).map { admissible.actions(in: $0).count }
        #expect(live.reduce(0, +) == 2_238 && live.min() == 1 && live.max() == 13)
        let model = try ICUSepsis.model()
        #expect(model.states == 715 && model.start.count { $0 > 0 } == 712)
        #expect(model.isTerminal.count { $0 } == 2)
        let successors = (0..<713).flatMap { state in
            admissible.actions(in: state).map { model.successors(of: state, after: $0).count }
        }.sorted()
        #expect(successors.first == 3 && successors.last == 189 && successors[successors.count / 2] == 38)
        let sofa = try ICUSepsis.sofaScores()
        #expect(sofa.count == 713)
        #expect(((sofa.min() ?? 0) * 100).rounded() == 115 && ((sofa.max() ?? 0) * 100).rounded() == 1_802)
        let clinician = try ICUSepsis.behaviourPolicy("clinician")
        let outside = (0..<713).reduce(0.0) { sum, state in
            (0..<25).reduce(sum) {
                admissible.contains(state, $1) ? $0 : $0 + clinician.probability(of: $1, in: state)
            }
        }
        #expect((outside / 713 * 1_000).rounded() == 156)
    }

    @Test func inadmissibleActionsAverageOrKill() throws {
        let admissible = try ICUSepsis.admissibleActions()
        let (mild, harsh) = (try ICUSepsis.model(), try ICUSepsisTerminating.model())
        for state in stride(from: 0, to: 713, by: 50) {
            let possible = admissible.actions(in: state)
            for action in 0..<25 where !admissible.contains(state, action) {
                var mean = [Double](repeating: 0, count: 715)
                for other in possible {
                    for successor in mild.successors(of: state, after: other) {
                        mean[successor.state] += successor.probability / Double(possible.count)
                    }
                }
                let law = mild.successors(of: state, after: action)
                #expect(law.map(\.state) == mean.indices.filter { mean[$0] > 0 })
                #expect(law.allSatisfy { abs($0.probability - mean[$0.state]) <= 1e-12 })
                #expect(harsh.successors(of: state, after: action) == [.init(713, 1)])
                #expect(mild.costs[3][state * 25 + action] == 1 && harsh.costs[3][state * 25 + action] == 1)
            }
            for action in possible {
                #expect(
                    mild.successors(of: state, after: action) == harsh.successors(of: state, after: action))
                #expect(mild.costs[3][state * 25 + action] == 0 && harsh.costs[3][state * 25 + action] == 0)
            }
        }
    }

    @Test func criticalStatesAreTheLowestTenthOfTheCliniciansSteps() throws {
        let model = try ICUSepsis.model()
        let occupancy = try model.occupancy(of: ICUSepsis.behaviourPolicy("clinician"))
        let names = try ICUSepsis.featureNames()
        let expected = [("SpO2", 92, -0.402), ("output_4hourly", 77, -1.822), ("MeanBP", 85, -0.752)]
        for (channel, (feature, states, threshold)) in expected.enumerated() {
            let column = try #require(names.firstIndex(of: feature))
            let critical = (0..<713).filter { model.costs[channel][$0 * 25] == 1 }
            #expect(critical.count == states, "\(feature)")
            // The definition itself: the smallest value up to which at least a tenth of the visits lie.
            let values = try (0..<713).map {
                (value: try ICUSepsis.observation(inState: $0)[column], state: $0)
            }
            .sorted { $0.value < $1.value }
            var visits = 0.0
            var lowest: [Int] = []
            for entry in values {
                lowest.append(entry.state)
                visits += occupancy.visits(of: entry.state)
                if visits >= 0.1 * occupancy.total {
                    #expect(abs(Double(entry.value) - threshold) <= 6e-4, "\(feature)")
                    break
                }
            }
            #expect(lowest.sorted() == critical, "\(feature)")
        }
    }

    @Test func visitsOfCriticalStatesAreThePublishedOnes() throws {
        let model = try ICUSepsis.model()
        let policies = [
            try ICUSepsis.behaviourPolicy("clinician"), try ICUSepsis.behaviourPolicy("uniform"),
            try model.optimum().policy,
        ]
        let published: [[Double]] = [[0.932, 0.933, 0.935], [0.946, 0.942, 0.978], [1.034, 0.952, 1.138]]
        for (policy, expected) in zip(policies, published) {
            let costs = try ExactEvaluation(of: policy, in: ICUSepsis.self).costs
            for (cost, value) in zip(costs, expected) { #expect(abs(cost - value) <= 5.1e-4, "\(costs)") }
        }
    }

    @Test func observationsAndActionsHaveTheirNumbers() throws {
        for state in 0..<715 {
            let observation = try ICUSepsis.observation(inState: state)
            #expect(observation.count == 49)
            #expect(try ICUSepsis.number(ofObservation: observation) == state)
            #expect(observation.suffix(2) == (state < 713 ? [0, 0] : state == 713 ? [1, 0] : [0, 1]))
        }
        #expect(try ICUSepsis.number(ofObservation: [Float](repeating: 0, count: 49)) == nil)
        for number in 0..<25 {
            #expect(ICUSepsis.number(ofAction: ICUSepsis.action(numbered: number).span) == number)
        }
        let numbers =
            ([[-9, -0.76], [-0.74, -0.26], [-0.24, 0.24], [0.26, 0.74], [0.76, 9]] as [[Float]]).map {
                ICUSepsis.number(ofAction: $0.span)
            }
        #expect(numbers == [0, 6, 12, 18, 24])
    }

    private func sums(_ task: (some ICUSepsisTask).Type, _ behaviour: String) throws {
        let record = try task.collect(.episodes(2_000), behaviour: behaviour, seed: 4)
        #expect(record.episodes == 2_000)
        #expect(try record == task.collect(.episodes(2_000), behaviour: behaviour, seed: 4))
        let exact = try ExactEvaluation(of: task.behaviourPolicy(behaviour), in: task)
        let episodes = EpisodeSums(record)
        #expect(MonteCarloMean(episodes.returns).agrees(with: exact.value))
        #expect(MonteCarloMean(episodes.lengths).agrees(with: exact.length))
        for (channel, costs) in episodes.costs.enumerated() {
            if behaviour.hasSuffix("admissible") && channel == 3 {
                #expect(exact.costs[3] == 0 && costs.allSatisfy { $0 == 0 })
            } else {
                #expect(
                    MonteCarloMean(costs).agrees(with: exact.costs[channel]), "\(exact.costNames[channel])")
            }
        }
    }

    @Test(arguments: ICUSepsis.behaviours) func recordsAreWhatTheModelSays(behaviour: String) throws {
        try sums(ICUSepsis.self, behaviour)
        try sums(ICUSepsisTerminating.self, behaviour)
    }

    @Test func successorsAreAsFrequentAsTheLawSays() throws {
        let model = try ICUSepsis.model()
        for (state, action) in [(179, 20), (0, 0), (500, 12)] {
            var stream = RandomStream(seed: 9, for: .testing)
            var counts = [Double](repeating: 0, count: 715)
            for _ in 0..<20_000 {
                counts[model.successor(of: state, after: action, using: &stream)] += 1
            }
            let law = model.successors(of: state, after: action)
            #expect(law.reduce(0) { $0 + counts[$1.state] } == 20_000)
            for successor in law {
                let p = successor.probability
                #expect(
                    abs(counts[successor.state] - 20_000 * p)
                        <= 6 * (20_000 * p * (1 - p)).squareRoot() + 1)
            }
        }
    }

    @Test func aPolicyInTheEnvironmentIsWorthItsExactValue() throws {
        // Half the clinicians, half uniform: an inadmissible action is taken now and then.
        let policy = try ICUSepsis.behaviourPolicy("clinician-admissible").mixed(
            with: ICUSepsis.behaviourPolicy("uniform"), share: 0.1)
        let exact = try ExactEvaluation(of: policy, in: ICUSepsisTerminating.self)
        let run = try Evaluator(episodes: 2_000, seed: 21).run(
            TabularActor(policy, in: ICUSepsisTerminating.self), in: ICUSepsisTerminating.self
        ).episodes
        #expect(MonteCarloMean(run.map(\.totalReward)).agrees(with: exact.value))
        #expect(MonteCarloMean(run.map { Double($0.length) }).agrees(with: exact.length))
        let unsupported = run.map { $0.channels?[3].totalCost ?? .nan }
        #expect(MonteCarloMean(unsupported).agrees(with: exact.costs[3]))
        #expect(exact.value < 0.7 && exact.costs[3] > 0.1)
    }
}

/// What needs no parameters.
@Suite struct ICUSepsisSetUpTests {
    @Test func withoutParametersResetSaysWhatToDo() throws {
        ICUSepsisFolder.$ofTask.withValue("/nowhere/icu") {
            var task = ICUSepsis()
            var values = [Float](repeating: 0, count: 49)
            let error = #expect(throws: ICUSepsisError.absent(folder: "/nowhere/icu")) {
                var span = values.mutableSpan
                try task.reset(seed: 1, observation: &span)
            }
            #expect(
                error?.description
                    == "/nowhere/icu: the parameters of ICU-Sepsis are not there. Fetch them with "
                    + "\"saferl env setup icu-sepsis\", or name their folder in SAFERL_ICU_SEPSIS.")
            #expect(ICUSepsis.readiness == .missing("saferl env setup icu-sepsis"))
            #expect(throws: ICUSepsisError.self) { try ICUSepsis.collect(10, seed: 1) }
        }
    }

    @Test func aFileOfOtherContentIsRefused() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("icu-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["transitions_admissible", "initial", "expert_policy", "state_features"] {
            try Data("s,p\n0,1\n".utf8).write(to: folder.appendingPathComponent(name + ".csv"))
        }
        ICUSepsisFolder.$ofTask.withValue(folder.path) {
            let error = #expect(throws: ICUSepsisError.self) { try ICUSepsis.model() }
            #expect(error?.description.contains("not the file of icu-sepsis 2.0.1") == true)
            #expect(error?.isMissing == false)
        }
    }
}
