import Algorithms
import Foundation
import SafeRL
import Testing

/// A learner's parameters as they are now, in double precision.
private struct Numbers {
    var values: [String: [Double]] = [:]
    var columns: [String: Int] = [:]

    init<Body>(_ learner: Learner<Body>, _ role: LearnerRole = .weights) {
        for entry in learner.layout.entries {
            values[entry.name] = learner.elements(entry, role).map { Double($0) }
            columns[entry.name] = entry.shape.columns
        }
    }

    /// Fully connected layers for one row, written out: products, layer norm where there is one, ReLU, factors of dropout.
    func network(_ prefix: String, _ x: [Double], keeping keeps: [[Double]] = []) -> [Double] {
        var (x, layer) = (x, 0)
        while values["\(prefix)l\(layer).weight"] != nil {
            x = linear("\(prefix)l\(layer)", x)
            if let scale = values["\(prefix)norm\(layer).scale"],
                let shift = values["\(prefix)norm\(layer).bias"]
            {
                let mean = x.reduce(0, +) / Double(x.count)
                let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
                for index in x.indices {
                    x[index] =
                        (x[index] - mean) / (variance + 1e-6).squareRoot() * scale[index] + shift[index]
                }
            }
            for index in x.indices { x[index] = max(x[index], 0) }
            if !keeps.isEmpty { for index in x.indices { x[index] *= keeps[layer][index] } }
            layer += 1
        }
        return linear("\(prefix)out", x)
    }

    private func linear(_ name: String, _ x: [Double]) -> [Double] {
        let (weight, bias) = (values["\(name).weight"] ?? [], values["\(name).bias"] ?? [])
        return bias.indices.map { column in
            var sum = bias[column]
            for row in x.indices { sum += x[row] * weight[row * bias.count + column] }
            return sum
        }
    }

    /// What every member of an ensemble says.
    func members(_ x: [Double]) -> [Double] {
        var found: [Double] = []
        while values["\(found.count).out.bias"] != nil { found += network("\(found.count).", x) }
        return found
    }

    /// ln N(a; tanh of the network, σ).
    func logDensity(_ prefix: String, _ a: [Double], _ x: [Double], keeping keeps: [[Double]]) -> Double {
        let mean = network(prefix, x, keeping: keeps).map { tanh($0) }
        var sum = 0.0
        for index in a.indices {
            let deviation = min(max(values["\(prefix)log_std"]?[index] ?? 0, -5), 2)
            let z = (a[index] - mean[index]) / exp(deviation)
            sum -= 0.5 * z * z + deviation + 0.5 * log(2 * Double.pi)
        }
        return sum
    }
}

/// One update of BCRL against the same mathematics in plain loops.
@Suite struct BCRLReferenceTests {
    /// An update with the numbers that it began with.
    private struct Update {
        let c: BCRL.Configuration
        let bcrl: BCRL
        let costV, costQ, rewardV, rewardQ, policies, costTarget, rewardTarget: Numbers
        let newCostV, newRewardV, newRewardQ, newCostTarget: Numbers
        let metrics: BCRL.Metrics

        init(_ dynamics: BCRL.Dynamics, dropout: Float) throws {
            c = .with {
                ($0.rows, $0.widths, $0.dynamics, $0.dropout) = (16, [7, 6], dynamics, dropout)
                ($0.rewardExpectile, $0.costExpectile, $0.temperature) = (0.6, 0.3, 0.4)
                ($0.discount, $0.targetRate, $0.valueRate, $0.actorRate) = (0.9, 0.1, 0.01, 0.01)
                ($0.rewardScale, $0.weightCap) = (0.5, 1.1)
            }
            bcrl = try BCRL(c, on: try randomTransitions(), seed: 4)
            for _ in 0..<3 { _ = try bcrl.update() }
            (costV, costQ) = (Numbers(bcrl.costV), Numbers(bcrl.costQ))
            (rewardV, rewardQ) = (Numbers(bcrl.rewardV), Numbers(bcrl.rewardQ))
            policies = Numbers(bcrl.policies)
            (costTarget, rewardTarget) = (Numbers(bcrl.costQ, .target), Numbers(bcrl.rewardQ, .target))
            metrics = try bcrl.update()
            (newCostV, newRewardV) = (Numbers(bcrl.costV), Numbers(bcrl.rewardV))
            (newRewardQ, newCostTarget) = (Numbers(bcrl.rewardQ), Numbers(bcrl.costQ, .target))
        }

        var rows: Range<Int> { 0..<c.rows }
        var batch: TransitionBatch { bcrl.transitions.batch }
        var most: Double { Double(bcrl.largestBudget) }
        var gamma: Double { Double(c.discount) }
        var isDeterministic: Bool { c.dynamics == .deterministic }

        func row(_ tensor: borrowing Tensor, _ row: Int) -> [Double] {
            (0..<tensor.shape.columns).map { Double(tensor[row, $0]) }
        }
        func s(_ i: Int) -> [Double] { row(batch.observations, i) }
        func a(_ i: Int) -> [Double] { row(batch.actions, i) }
        func s2(_ i: Int) -> [Double] { row(batch.nextObservations, i) }
        func cost(_ i: Int) -> Double { Double(batch.costs[i, 0]) }
        /// γ where the episode goes on; time-outs do not end it.
        func future(_ i: Int) -> Double { batch.terminated[i, 0] == 1 ? 0 : gamma }
        func kept(_ value: Double) -> Double { isDeterministic ? abs(value) : value }
        func mean(_ body: (Int) -> Double) -> Double { rows.map(body).reduce(0, +) / Double(c.rows) }
        func expectile(_ u: Double, _ tau: Float) -> Double {
            (u > 0 ? Double(tau) : 1 - Double(tau)) * u * u
        }

        func needOfPair(_ numbers: Numbers, _ i: Int) -> Double {
            numbers.members(s(i) + a(i)).map(kept).max() ?? .nan
        }
        func needOfState(_ state: [Double]) -> Double { kept(newCostV.network("", state)[0]) }

        /// The budget of a row as states and as pairs see it.
        func budget(_ i: Int, _ draws: borrowing Tensor) -> (state: Double, pair: Double) {
            let (u, pair) = (Double(draws[i, 0]), needOfPair(newCostTarget, i))
            if isDeterministic {
                let least = min(pair, most)
                let budget = least + u * (most - least)
                return (budget, budget)
            }
            let state = needOfState(s(i)), budget = u * most + max(pair, state)
            return (budget - state, budget - pair)
        }

        // MARK: Losses, of numbers that may be changed

        func costVLoss(_ own: Numbers) -> Double {
            mean { expectile(needOfPair(costTarget, $0) - kept(own.network("", s($0))[0]), c.costExpectile) }
        }
        func costQLoss(_ own: Numbers) -> Double {
            mean { i in
                let y = cost(i) + future(i) * needOfState(s2(i))
                let errors = own.members(s(i) + a(i)).map { (kept($0) - y) * (kept($0) - y) }
                return errors.reduce(0, +) / Double(errors.count)
            }
        }
        func rewardVLoss(_ own: Numbers) -> Double {
            mean { i in
                let budget = budget(i, bcrl.draws.value)
                let q = rewardTarget.members(s(i) + a(i) + [budget.pair]).min() ?? .nan
                return expectile(q - own.network("", s(i) + [budget.state])[0], c.rewardExpectile)
            }
        }
        func rewardQLoss(_ own: Numbers) -> Double {
            mean { i in
                let u = Double(bcrl.draws.critic[i, 0])
                var left = u * most, budget = gamma * u * most
                if isDeterministic {
                    let over = (needOfPair(newCostTarget, i) - cost(i)) / gamma
                    let least = min(max(needOfState(s2(i)), over, 0), most)
                    left = least + u * (most - least)
                    budget = cost(i) + gamma * left
                }
                let reward = Double(c.rewardScale) * Double(batch.rewards[i, 0])
                let y = reward + future(i) * newRewardV.network("", s2(i) + [left])[0]
                let errors = own.members(s(i) + a(i) + [budget]).map { ($0 - y) * ($0 - y) }
                return errors.reduce(0, +) / Double(errors.count)
            }
        }
        func policyLoss(_ own: Numbers) -> Double {
            func keeps(_ policy: Int, _ i: Int) -> [[Double]] {
                bcrl.draws.keeps[policy].map { row($0.factors, i) }
            }
            return mean { i in
                let budget = budget(i, bcrl.draws.policies),
                    (beta, cap) = (Double(c.temperature), Double(c.weightCap))
                let q = newRewardQ.members(s(i) + a(i) + [budget.pair]).min() ?? .nan
                let gain = q - newRewardV.network("", s(i) + [budget.state])[0]
                let saved = needOfState(s(i)) - needOfPair(newCostTarget, i)
                let seen = s(i) + [min(max(budget.state, 0), most)]
                return -min(exp(beta * gain), cap)
                    * own.logDensity("spending.", a(i), seen, keeping: keeps(0, i))
                    - min(exp(beta * saved), cap)
                    * own.logDensity("saving.", a(i), s(i), keeping: keeps(1, i))
            }
        }
    }

    private func expectClose(_ value: Float, _ expected: Double, _ name: String) {
        #expect(
            abs(Double(value) - expected) <= 2e-5 * max(abs(expected), 1e-2), "\(name): \(value), \(expected)"
        )
    }

    @Test(arguments: BCRL.Dynamics.allCases) func theLossesOfAnUpdateAreThoseOfPlainLoops(
        _ dynamics: BCRL.Dynamics
    ) throws {
        let update = try Update(dynamics, dropout: 0.2)
        let m = update.metrics
        expectClose(m.costVLoss, update.costVLoss(update.costV), "V_c")
        expectClose(m.costQLoss, update.costQLoss(update.costQ), "Q_c")
        expectClose(m.rewardVLoss, update.rewardVLoss(update.rewardV), "V")
        expectClose(m.rewardQLoss, update.rewardQLoss(update.rewardQ), "Q")
        expectClose(m.policyLoss, update.policyLoss(update.policies), "policies")
    }

    /// Compares a few elements of every parameter with central differences.
    private func expectGradients<Body>(
        of learner: Learner<Body>, at numbers: Numbers, _ loss: (Numbers) -> Double
    ) {
        let all = learner.layout.entries.flatMap { Array(learner.elements($0, .gradient)) }
        let scale = Double(all.map { abs($0) }.max() ?? 0)
        #expect(scale > 0)
        for entry in learner.layout.entries {
            let gradient = learner.elements(entry, .gradient)
            for index in Set([0, gradient.count / 2, gradient.count - 1]) {
                func moved(_ by: Double) -> Double {
                    var numbers = numbers
                    numbers.values[entry.name]?[index] += by
                    return loss(numbers)
                }
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
                #expect(
                    abs(Double(gradient[index]) - slope) <= 1e-3 * scale,
                    "\(learner.name).\(entry.name)[\(index)]: \(gradient[index]), \(slope)")
            }
        }
    }

    @Test(arguments: BCRL.Dynamics.allCases) func theGradientsOfAnUpdateAreThoseOfPlainLoops(
        _ dynamics: BCRL.Dynamics
    ) throws {
        let update = try Update(dynamics, dropout: 0.2)
        expectGradients(of: update.bcrl.costV, at: update.costV, update.costVLoss)
        expectGradients(of: update.bcrl.costQ, at: update.costQ, update.costQLoss)
        expectGradients(of: update.bcrl.rewardV, at: update.rewardV, update.rewardVLoss)
        expectGradients(of: update.bcrl.rewardQ, at: update.rewardQ, update.rewardQLoss)
        expectGradients(of: update.bcrl.policies, at: update.policies, update.policyLoss)
    }

    @Test func theAverageFollowsItsNetwork() throws {
        let update = try Update(.stochastic, dropout: 0)
        let now = Numbers(update.bcrl.costQ)
        for (name, values) in update.newCostTarget.values {
            for index in values.indices {
                let before = update.costTarget.values[name]?[index] ?? .nan
                let expected = 0.1 * (now.values[name]?[index] ?? .nan) + 0.9 * before
                #expect(abs(values[index] - expected) <= 1e-6, "\(name)")
            }
        }
    }
}
