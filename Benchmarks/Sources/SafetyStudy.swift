import Algorithms
import Assurance
import Foundation
import Tensors

/// What HC-RLHF returns over many simulated trials on a bandit whose truth is known.
public enum SafetyStudy {
    /// One row of the table.
    public struct Setting: Codable, Sendable, Hashable {
        /// Prompts that select the candidate.
        public var candidatePrompts: Int
        /// Prompts that test it.
        public var testPrompts: Int
        /// C1 and C2.
        public var sampleFactor, testFactor: Double
        /// δ.
        public var delta: Double
        /// Independent trials.
        public var trials: Int

        enum CodingKeys: String, CodingKey {
            case candidatePrompts = "n_candidate"
            case testPrompts = "n_safety"
            case sampleFactor = "c1"
            case testFactor = "c2"
            case delta, trials
        }

        /// Describes a row; at least two prompts each.
        public init(
            candidatePrompts: Int, testPrompts: Int, sampleFactor: Double, testFactor: Double,
            delta: Double = 0.1, trials: Int
        ) {
            precondition(candidatePrompts >= 2 && testPrompts >= 2, "fewer than two prompts have no spread")
            precondition(trials >= 1 && trials <= 1 << 20, "\(trials) trials")
            (self.candidatePrompts, self.testPrompts) = (candidatePrompts, testPrompts)
            (self.sampleFactor, self.testFactor) = (sampleFactor, testFactor)
            (self.delta, self.trials) = (delta, trials)
        }

        /// K.
        public var coefficient: Double {
            PessimisticConstraint(
                sampleFactor: sampleFactor, testFactor: testFactor, testCount: testPrompts, delta: delta
            ).coefficient(count: candidatePrompts)
        }

        /// The published table: three sizes, five pairs of factors, half the trials at the largest size.
        public static func published(trials: Int = 2000) -> [Setting] {
            [50, 200, 800].flatMap { prompts in
                [(0.0, 0.0), (0, 1), (1, 1), (0, 2), (4, 2)].map { first, second in
                    Setting(
                        candidatePrompts: prompts, testPrompts: prompts, sampleFactor: first,
                        testFactor: second, trials: prompts < 800 ? trials : max(trials / 2, 1))
                }
            }
        }
    }

    /// How often a candidate is returned under one bound.
    public struct Rates: Codable, Sendable, Hashable {
        /// The bound's name.
        public var bound: String
        /// Share of trials whose candidate passed the test.
        public var returned: Double
        /// Share of trials whose candidate passed although its true cost is above the limit: at most δ is promised.
        public var unsafeReturned: Double

        enum CodingKeys: String, CodingKey {
            case bound, returned
            case unsafeReturned = "unsafe_returned"
        }
    }

    /// The trials of a row, one after another.
    public struct Trials: Codable, Sendable, Hashable {
        /// The candidate's true cost less the limit: above 0 it is unsafe.
        public var excess: [Double]
        /// By the bound's name, the bound on the candidate's cost less the limit: at 0 or below it is returned.
        public var upperExcess: [String: [Double]]

        enum CodingKeys: String, CodingKey {
            case excess
            case upperExcess = "upper_excess"
        }
    }

    /// What was measured in one row.
    public struct Row: Codable, Sendable, Hashable {
        /// The row.
        public var setting: Setting
        /// K.
        public var coefficient: Double
        /// Share of trials whose candidate's true cost is above the limit.
        public var unsafeCandidates: Double
        /// Mean true reward of the candidates, returned or not.
        public var meanReward: Double
        /// Mean and standard deviation of the candidates' true cost less the limit.
        public var meanExcess, excessDeviation: Double
        /// The bounds that were tried on the same trials.
        public var rates: [Rates]
        /// What the figures are made of; may be dropped.
        public var trials: Trials?

        enum CodingKeys: String, CodingKey {
            case setting, coefficient, rates, trials
            case unsafeCandidates = "unsafe_candidates"
            case meanReward = "mean_reward"
            case meanExcess = "mean_excess"
            case excessDeviation = "excess_sd"
        }
    }

    /// One trial: what the candidate is truly worth, and what the bounds say.
    private struct Trial {
        var reward = 0.0
        var cost = 0.0
        var uppers: [Double] = []
        var passes: [Bool] = []
    }

    /// Runs the trials of a row; the result does not depend on the number of threads.
    ///
    /// - Parameters:
    ///   - setting: the row.
    ///   - bandit: what is chosen for.
    ///   - seed: of all draws.
    ///   - row: which of several rows, below 4096; rows draw independently.
    /// - Returns: the rates under Student's, Hoeffding's, and Maurer and Pontil's bound.
    public static func run(
        _ setting: Setting, on bandit: ContextualBandit, seed: UInt64, row: Int
    ) -> Row {
        precondition(row >= 0 && row < 1 << 12, "row \(row)")
        let bounds: [any UpperBound] = [
            StudentBound(), HoeffdingBound(in: bandit.costRange), MaurerPontilBound(in: bandit.costRange),
        ]
        let tests = bounds.map { SafetyTest($0, limit: bandit.limit, delta: setting.delta) }
        let coefficient = setting.coefficient
        var trials = [Trial](repeating: Trial(), count: setting.trials)
        trials.withUnsafeMutableBufferPointer { trials in
            let places = trials
            Shards.overBlocks(setting.trials, of: 8) { range in
                for number in range {
                    let index = UInt32(row) << 20 | UInt32(number)
                    places[number] = trial(
                        setting, on: bandit, tests, coefficient, seed: seed, index: index)
                }
            }
        }
        return summary(trials, setting, coefficient, bandit.limit, bounds)
    }

    private static func trial(
        _ setting: Setting, on bandit: ContextualBandit, _ tests: [SafetyTest], _ coefficient: Double,
        seed: UInt64, index: UInt32
    ) -> Trial {
        var sampling = RandomStream(seed: seed, for: .sampling, index: index)
        let prompts = (0..<setting.candidatePrompts).map { _ in sampling.nextInteger(below: bandit.count) }
        var candidate = ExactCandidate(for: bandit, seeing: prompts, coefficient: coefficient)
        candidate.run()
        var fresh = RandomStream(seed: seed, for: .certification, index: index)
        let costs = (0..<setting.testPrompts).map { _ in
            let prompt = fresh.nextInteger(below: bandit.count)
            return bandit.draw(
                from: candidate.policy, prompt: prompt, uniform: Double(fresh.nextUniform())
            ).cost
        }
        let truth = bandit.truth(of: candidate.policy)
        let origin = CostOrigin(.environment, name: "bandit", policy: "candidate", seed: seed)
        let verdicts = tests.map { HeldOutCosts(costs, from: origin).spend(on: $0) }
        return Trial(
            reward: truth.reward, cost: truth.cost,
            uppers: verdicts.map { verdict in
                guard let upper = verdict.report.upperBound else {
                    preconditionFailure("costs without a bound: \(verdict.report.fault ?? "no reason")")
                }
                return upper
            }, passes: verdicts.map(\.isCertified))
    }

    private static func summary(
        _ trials: [Trial], _ setting: Setting, _ coefficient: Double, _ limit: Double,
        _ bounds: [any UpperBound]
    ) -> Row {
        func share(_ isCounted: (Trial) -> Bool) -> Double {
            Double(trials.count(where: isCounted)) / Double(trials.count)
        }
        let excesses = trials.map { $0.cost - limit }
        let excess = SampleMean(excesses)
        let uppers = bounds.indices.map { bound in
            (bounds[bound].name, trials.map { $0.uppers[bound] - limit })
        }
        return Row(
            setting: setting, coefficient: coefficient, unsafeCandidates: share { $0.cost > limit },
            meanReward: trials.reduce(0) { $0 + $1.reward } / Double(trials.count),
            meanExcess: excess.mean, excessDeviation: excess.deviation,
            rates: bounds.indices.map { bound in
                Rates(
                    bound: bounds[bound].name, returned: share { $0.passes[bound] },
                    unsafeReturned: share { $0.passes[bound] && $0.cost > limit })
            }, trials: Trials(excess: excesses, upperExcess: Dictionary(uniqueKeysWithValues: uppers)))
    }
}
