import Dynamics
import OffPolicyEvaluation
import SafeRL

extension ModelData {
    /// All rows, or those of some episodes and those of the others.
    ///
    /// - Throws: `OptionIssue` where a part has no episode.
    func keepingApart(_ share: Double, seed: UInt64) throws -> (training: ModelData, test: ModelData?) {
        guard share > 0 else { return (self, nil) }
        do {
            let parts = try split(heldOut: share, seed: seed)
            return (try selecting(parts.training), try selecting(parts.heldOut))
        } catch {
            throw OptionIssue(
                "testShare", "\(firstRows.count) episodes are too few to keep some apart. Write 0.")
        }
    }

    /// What each episode returned, without discount.
    var episodeReturns: [Double] { episodeRows.map { rewards[$0].reduce(0, +) } }
}

/// Makes recorded episodes into what a test of improvement compares: under the policy, under the behaviour as counted, and
/// with forecasts of their returns that the training episodes suggest.
///
/// The behaviour is counted from all episodes, also those that are tested: from their actions, never from what they
/// returned. Counted from others alone it would be wrong about every pair that only the tested ones have.
struct ComparedRecords {
    private let clone: CountedClone, behaviour: CountedClone
    private let law: ([Float]) throws -> [Double]
    /// Forecasts of what is still to come at each step, `[steps][states · actions]`, and where a state is unknown `[steps]`.
    private let ahead: [[Double]], unknown: [Double]

    /// Most numbers that forecasts are made of; beyond, they are the mean return.
    private static let mostForecasts = 1 << 25
    /// Records that draw a pair's forecast towards its state's.
    private static let shrinkage = 10.0

    /// Counts, and forecasts by going back from the longest episode's end.
    ///
    /// - Parameters:
    ///   - training: what the policy was learned from.
    ///   - clone: counted from it.
    ///   - behaviour: counted from all episodes.
    ///   - longest: steps of the longest episode that is compared.
    ///   - law: the policy's probabilities for observations, row by row.
    /// - Throws: what the law throws.
    init(
        _ training: ModelData, _ clone: CountedClone, behaviour: CountedClone, longest: Int,
        law: @escaping ([Float]) throws -> [Double]
    ) throws {
        (self.clone, self.behaviour, self.law) = (clone, behaviour, law)
        let (states, actions) = (clone.states.count, clone.actions.count)
        let counts = training.episodeRows.map(\.count)
        let steps = max(longest, counts.max() ?? 0)
        guard states * actions * steps <= Self.mostForecasts else {
            ahead = []
            unknown = []
            return
        }
        let chosen = try law(clone.states.rows.elements.map { Float($0) })
        let (acted, taken) = (
            clone.states.numbers(of: training.observations), clone.actions.numbers(of: training.actions)
        )
        let reached = clone.states.numbers(of: training.nextObservations)
        var values = [Double](repeating: 0, count: states)
        var ahead: [[Double]] = [], unknown: [Double] = []
        for _ in 0..<steps {
            var sums = [Double](repeating: 0, count: states * actions), numbers = sums
            let lone = unknown.last ?? 0
            for row in 0..<training.count {
                guard let state = acted[row], let action = taken[row] else { continue }
                let next =
                    training.isTerminated[row] || !training.hasSuccessor[row]
                    ? 0 : reached[row].map { values[$0] } ?? lone
                sums[state * actions + action] += training.rewards[row] + next
                numbers[state * actions + action] += 1
            }
            for state in 0..<states {
                let own = state * actions..<(state + 1) * actions
                Self.draw(&sums, numbers, of: own)
                values[state] = own.reduce(0) { $0 + chosen[$1] * sums[$1] }
            }
            ahead.append(sums)
            unknown.append(mean(values))
        }
        (self.ahead, self.unknown) = (ahead.reversed(), unknown.reversed())
    }

    /// Makes means of sums, each drawn towards its state's.
    private static func draw(_ sums: inout [Double], _ numbers: [Double], of own: Range<Int>) {
        let pooled = sums[own].reduce(0, +) / max(numbers[own].reduce(0, +), 1)
        for pair in own { sums[pair] = (sums[pair] + shrinkage * pooled) / (numbers[pair] + shrinkage) }
    }

    /// Episodes as the test compares them.
    ///
    /// - Parameters:
    ///   - data: recorded episodes.
    ///   - expected: the forecast where there is no better one.
    /// - Returns: in the order of the data.
    /// - Throws: what the law throws.
    func episodes(of data: ModelData, expecting expected: Double) throws -> [ComparedEpisode] {
        let actions = clone.actions.count
        let policy = try law(data.observations.elements.map { Float($0) })
        let behaviour = behaviour.probabilities(at: data.observations, isOpen: true)
        let (states, taken) = (
            clone.states.numbers(of: data.observations), clone.actions.numbers(of: data.actions)
        )
        return data.episodeRows.map { rows in
            var so = 0.0
            var forecasts: [[Double]] = []
            for (step, row) in rows.enumerated() {
                // One number more, for an action that only the compared episodes have: neither law takes it.
                forecasts.append(
                    (0...actions).map { action in
                        guard !ahead.isEmpty else { return expected }
                        guard let state = states[row], action < actions else { return so + unknown[step] }
                        return so + ahead[step][state * actions + action]
                    })
                so += data.rewards[row]
            }
            func laws(_ values: [Double]) -> [[Double]] {
                rows.map { Array(values[$0 * actions..<($0 + 1) * actions]) + [0] }
            }
            return ComparedEpisode(
                policy: laws(policy), behaviour: laws(behaviour), forecasts: forecasts,
                taken: rows.map { taken[$0] ?? actions }, outcome: so)
        }
    }
}

extension ComparedEpisode {
    /// ρ of the action taken at each step.
    var ratios: [Double] {
        taken.indices.map { step in
            let (target, recorded) = (policy[step][taken[step]], behaviour[step][taken[step]])
            return target == 0 ? 0 : target / recorded
        }
    }
}
