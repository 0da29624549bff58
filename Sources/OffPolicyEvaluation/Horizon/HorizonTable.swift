import Tensors

/// Values of a policy over a number of steps in the empirical model of distinct states and actions, from the last step back.
///
/// Rows are compared number by number. An action that was seldom taken in a state counts as one record more of what was done
/// there on the whole, and one that was never taken as that alone; a state that nobody acted in as the mean of the others.
public struct HorizonTable {
    /// Most distinct states, and most distinct actions, of which a table is made.
    public static let mostStates = 3000, mostActions = 256

    /// The distinct states acted in or reached, `[states, observationSize]`, and actions taken, `[actions, actionSize]`.
    public let states, actions: [[Float]]
    private let steps: RecordedSteps
    /// Numbers of the state and action of each step, and of its pair among those recorded.
    private let acted, taken, pair: [Int]
    /// State and action of each recorded pair.
    private let pairs: [(state: Int, action: Int)]
    /// Number of each step's change among those recorded; nothing where it ended its episode.
    private let change: [Int?]
    /// Pair and next state of each recorded change.
    private let changes: [(pair: Int, next: Int)]
    /// The steps of each episode, and the state that it starts in.
    private let episodeRows: [Range<Int>], startStates: [Int]

    /// Counts distinct states and actions; nil where there are too many of them, or fewer than four steps for each pair.
    ///
    /// - Parameter steps: all that was recorded.
    public init?(_ steps: RecordedSteps) {
        guard steps.count == steps.recordedSteps,
            let actions = DistinctNumbers(steps.actions, steps.actionSize, most: Self.mostActions),
            let states = DistinctNumbers(
                steps.observations + steps.nextObservations, steps.observationSize, most: Self.mostStates)
        else { return nil }
        self.steps = steps
        (self.states, self.actions) = (states.rows, actions.rows)
        (acted, taken) = (Array(states.numbers.prefix(steps.count)), actions.numbers)
        let reached = Array(states.numbers.dropFirst(steps.count))
        var pairNumbers: [Int: Int] = [:], pairs: [(state: Int, action: Int)] = []
        var changeNumbers: [Int: Int] = [:], changes: [(pair: Int, next: Int)] = []
        var (pair, change): ([Int], [Int?]) = ([], [])
        for step in 0..<steps.count {
            let key = acted[step] * actions.rows.count + taken[step]
            let number = pairNumbers[key] ?? pairs.count
            if number == pairs.count {
                pairNumbers[key] = number
                pairs.append((acted[step], taken[step]))
            }
            pair.append(number)
            guard !steps.isTerminated[step] else {
                change.append(nil)
                continue
            }
            let way = number * states.rows.count + reached[step]
            let own = changeNumbers[way] ?? changes.count
            if own == changes.count {
                changeNumbers[way] = own
                changes.append((number, reached[step]))
            }
            change.append(own)
        }
        guard pairs.count * 4 <= steps.count else { return nil }
        (self.pair, self.pairs, self.change, self.changes) = (pair, pairs, change, changes)
        let firsts = steps.episodes.indices.filter { $0 == 0 || steps.episodes[$0 - 1] != steps.episodes[$0] }
        episodeRows = zip(firsts, firsts.dropFirst() + [steps.count]).map { $0..<$1 }
        let acted = acted
        startStates = firsts.map { acted[$0] }
    }

    /// The recorded action that one counts as: the nearest one of real numbers, the same choice.
    ///
    /// - Parameter action: `actionSize` numbers.
    /// - Returns: nothing for a choice that nobody took.
    public func number(of action: ArraySlice<Float>) -> Int? {
        var nearest = 0, least = Float.infinity
        for (number, row) in actions.enumerated() {
            let distance = zip(row, action).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            if distance < least { (nearest, least) = (number, distance) }
        }
        return steps.actionChoices != nil && least > 0 ? nil : nearest
    }

    /// Share of the policy's actions, over the steps recorded, that nobody took in that state.
    ///
    /// - Parameter law: the policy's probabilities, `[states, actions]`.
    /// - Returns: in [0, 1].
    public func unseenShare(_ law: [Double]) -> Double {
        var seen = [Double](repeating: 0, count: states.count)
        for pair in pairs { seen[pair.state] += law[pair.state * actions.count + pair.action] }
        return acted.reduce(0) { $0 + max(0, 1 - seen[$1]) } / Double(steps.count)
    }

    /// Averages over the first states, by all episodes and by resamples.
    ///
    /// - Parameters:
    ///   - law: the policy's probabilities, `[states, actions]`; what a row lacks to 1 is for actions that nobody took.
    ///   - horizon: over how many steps.
    ///   - resamples: how often episodes are drawn anew.
    ///   - seed: of the draws.
    /// - Returns: the mean value of the first states.
    public func estimate(
        _ law: [Double], over horizon: ValueHorizon, resamples: Int, seed: UInt64
    ) -> HorizonEstimate {
        func means(_ weights: [Double]) -> [Double] {
            let table = values(law, over: horizon, weights: weights)
            let all = weights.reduce(0, +)
            return table.states.map { values in
                let first = horizon.steps * states.count
                return startStates.enumerated().reduce(0) {
                    $0 + weights[$1.offset] * values[first + $1.element]
                } / all
            }
        }
        return HorizonEstimate(
            values: means([Double](repeating: 1, count: steps.episodeCount)),
            resampled: (0..<resamples).map {
                means(EpisodeCounts.resample(steps.episodeCount, seed: seed, number: $0))
            })
    }

    /// Values at everything that was recorded, each by a fit to other episodes.
    ///
    /// - Parameters:
    ///   - law: the policy's probabilities.
    ///   - horizon: at least as long as the longest episode.
    ///   - seed: of the split into two halves.
    /// - Returns: one for each signal.
    public func recordedValues(_ law: [Double], over horizon: ValueHorizon, seed: UInt64) -> [RecordedValues]
    {
        precondition(
            horizon.steps >= steps.longest, "a horizon of \(horizon.steps) for \(steps.longest) steps")
        var stream = RandomStream(seed: seed, for: .splitting, index: .max)
        var order = Array(0..<steps.episodeCount)
        for place in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(place, stream.nextInteger(below: place + 1))
        }
        var isFirst = [Bool](repeating: false, count: steps.episodeCount)
        for episode in order.prefix(order.count / 2) { isFirst[episode] = true }
        let tables = [false, true].map { half in
            values(law, over: horizon, weights: isFirst.map { $0 == half ? 1 : 0 })
        }
        return steps.signals.indices.map { signal in
            var (actions, states): ([[Double]], [[Double]]) = ([], [])
            for (episode, own) in episodeRows.enumerated() {
                let table = tables[isFirst[episode] ? 0 : 1]
                actions.append(
                    own.map { step in
                        table.pairs[signal][
                            (horizon.steps - (step - own.lowerBound)) * pairs.count + pair[step]]
                    })
                var values = own.map { step in
                    table.states[signal][
                        (horizon.steps - (step - own.lowerBound)) * self.states.count + acted[step]]
                }
                let last = own.upperBound - 1
                values.append(
                    change[last].map {
                        table.states[signal][
                            (horizon.steps - own.count) * self.states.count + changes[$0].next]
                    } ?? 0)
                states.append(values)
            }
            return RecordedValues(actions: actions, states: states)
        }
    }

    /// π(a|s)/μ(a|s) of every step, where μ is how often the action was taken in the state.
    public func ratios(_ law: [Double]) -> ImportanceRatios {
        var (visits, counts) = (
            [Double](repeating: 0, count: states.count), [Double](repeating: 0, count: pairs.count)
        )
        for step in 0..<steps.count {
            visits[acted[step]] += 1
            counts[pair[step]] += 1
        }
        return ImportanceRatios(
            steps: episodeRows.map { rows in
                rows.map { step in
                    law[acted[step] * actions.count + taken[step]] * visits[acted[step]] / counts[pair[step]]
                }
            })
    }

    /// A signal's value at each step of each episode.
    public func signal(_ number: Int) -> [[Double]] { episodeRows.map { Array(steps.values[number][$0]) } }

    /// V of every state and Q of every recorded pair over 0 … `horizon.steps` steps, `[signals][(steps + 1) · count]`.
    private func values(
        _ law: [Double], over horizon: ValueHorizon, weights: [Double]
    ) -> (states: [[Double]], pairs: [[Double]]) {
        precondition(law.count == states.count * actions.count, "a law of \(law.count) probabilities")
        var (visits, counts) = (
            [Double](repeating: 0, count: states.count), [Double](repeating: 0, count: pairs.count)
        )
        var flow = [Double](repeating: 0, count: changes.count)
        for step in 0..<steps.count {
            let weight = weights[steps.episodes[step]]
            visits[acted[step]] += weight
            counts[pair[step]] += weight
            if let change = change[step] { flow[change] += weight }
        }
        let model = CountedSteps(visits: visits, counts: counts, flow: flow)
        var (ofStates, ofPairs): ([[Double]], [[Double]]) = ([], [])
        for signal in steps.signals.indices {
            var sums = [Double](repeating: 0, count: pairs.count)
            for step in 0..<steps.count {
                sums[pair[step]] += weights[steps.episodes[step]] * steps.values[signal][step]
            }
            var states = [Double](repeating: 0, count: self.states.count),
                pairs = [Double](repeating: 0, count: sums.count)
            var ahead = states
            for _ in 0..<horizon.steps {
                let (values, own) = step(back: ahead, sums, model, law, horizon.discount)
                ahead = values
                states += values
                pairs += own
            }
            ofStates.append(states)
            ofPairs.append(pairs)
        }
        return (ofStates, ofPairs)
    }

    /// How often, weighted, states were acted in, pairs occurred and changes followed.
    private struct CountedSteps {
        let visits, counts, flow: [Double]
    }

    /// V and Q over one step more.
    private func step(
        back ahead: [Double], _ sums: [Double], _ model: CountedSteps, _ law: [Double], _ discount: Double
    ) -> (states: [Double], pairs: [Double]) {
        var totals = sums
        for (change, flow) in zip(changes, model.flow) {
            totals[change.pair] += discount * flow * ahead[change.next]
        }
        var pooled = [Double](repeating: 0, count: states.count)
        for (pair, total) in zip(pairs, totals) { pooled[pair.state] += total }
        let all = pooled.reduce(0, +) / model.visits.reduce(0, +)
        for state in pooled.indices {
            pooled[state] = model.visits[state] > 0 ? pooled[state] / model.visits[state] : all
        }
        var (values, rest) = (
            [Double](repeating: 0, count: states.count), [Double](repeating: 1, count: states.count)
        )
        for (number, pair) in pairs.enumerated() {
            totals[number] = (totals[number] + pooled[pair.state]) / (model.counts[number] + 1)
            let share = law[pair.state * actions.count + pair.action]
            values[pair.state] += share * totals[number]
            rest[pair.state] -= share
        }
        for state in values.indices { values[state] += max(0, rest[state]) * pooled[state] }
        return (values, totals)
    }
}

/// Distinct rows by number, in the order in which they first occur.
private struct DistinctNumbers {
    let rows: [[Float]]
    let numbers: [Int]

    /// Nothing where there are more distinct rows than `most`.
    init?(_ elements: [Float], _ size: Int, most: Int) {
        var known: [[Float]: Int] = [:], rows: [[Float]] = [], numbers: [Int] = []
        for start in stride(from: 0, to: elements.count, by: size) {
            let row = Array(elements[start..<start + size])
            if let number = known[row] {
                numbers.append(number)
                continue
            }
            guard rows.count < most else { return nil }
            known[row] = rows.count
            numbers.append(rows.count)
            rows.append(row)
        }
        (self.rows, self.numbers) = (rows, numbers)
    }
}
