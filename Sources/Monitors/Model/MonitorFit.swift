import Networks
import Tensors

/// Fits one classifier of steps.
struct MonitorFit {
    /// What the rows are, and how to learn.
    let rows: MonitorRows
    let options: MonitorTraining
    /// Network, target class of each row, and its weight in the loss.
    let plan: MonitorNetwork.Plan
    let targets: [Int32]
    let weights: [Float]
    /// Decides weights and batches.
    let seed: UInt64

    /// A network that learned as long as the loss on held-out episodes fell.
    ///
    /// - Parameters:
    ///   - name: for messages.
    ///   - training: numbers of episodes.
    ///   - heldOut: likewise, others.
    /// - Returns: the network at its lowest loss.
    /// - Throws: `NonFiniteError`.
    func learn(_ name: String, on training: [Int], until heldOut: [Int]) throws -> Learner<MonitorNetwork> {
        var weightStream = RandomStream(seed: seed, for: .weights)
        var order = RandomStream(seed: seed, for: .sampling)
        let learner = Learner(name, optimizer: Adam(rate: .constant(options.rate)), using: &weightStream) {
            MonitorNetwork(plan, in: &$0)
        }
        let tape = Tape()
        var (best, kept, since) = (Float.infinity, learner.remembered(), 0)
        var shuffled = training
        for _ in 0..<options.epochs {
            for place in shuffled.indices {
                shuffled.swapAt(place, place + order.nextInteger(below: shuffled.count - place))
            }
            for first in stride(from: 0, to: shuffled.count, by: options.batch) {
                let batch = Array(shuffled[first..<min(first + options.batch, shuffled.count)])
                tape.reset()
                try learner.descend(on: tape) { loss(of: learner, batch, on: tape) }
            }
            let held = heldOut.isEmpty ? 0 : heldOutLoss(of: learner, heldOut, on: tape)
            since += 1
            if held < best { (best, kept, since) = (held, learner.remembered(), 0) }
            if since >= options.patience { break }
        }
        learner.restore(kept)
        return learner
    }

    private func heldOutLoss(of learner: Learner<MonitorNetwork>, _ episodes: [Int], on tape: Tape) -> Float {
        var sum: Float = 0
        for first in stride(from: 0, to: episodes.count, by: options.batch) {
            let batch = Array(episodes[first..<min(first + options.batch, episodes.count)])
            tape.reset()
            sum += loss(of: learner, batch, on: tape).scalar * Float(batch.count)
        }
        return sum / Float(episodes.count)
    }

    /// Mean over episodes of the mean over their steps of the cross-entropy, and of the channels' where a step is not safe.
    private func loss(of learner: Learner<MonitorNetwork>, _ episodes: [Int], on tape: Tape) -> Variable {
        let own = episodes.flatMap { rows.episodes[$0] }
        let shares = episodes.flatMap { episode in
            let range = rows.episodes[episode]
            let share = 1 / Float(range.count * episodes.count)
            return range.map { _ in share }
        }
        let output = learner(input(own, on: tape))
        let logits = plan.channels > 0 ? output.columns(0..<plan.classes) : output
        let picked = own.map { targets[$0] }.withUnsafeBufferPointer { logits.logSoftmax().picking($0) }
        let loss = -(picked * tape.column(zip(own, shares).map { weights[$0] * $1 })).sum()
        guard plan.channels > 0 else { return loss }
        return loss + channelLoss(output.columns(plan.classes..<plan.classes + plan.channels), own, shares)
    }

    /// Σ share·(ln(1 + eᶻ) − y·z) over the steps that are not safe and whose channels are known.
    private func channelLoss(_ logits: Variable, _ own: [Int], _ shares: [Float]) -> Variable {
        var (truths, counted): ([Float], [Float]) = ([], [])
        for (row, share) in zip(own, shares) {
            let known = targets[row] == 0 ? nil : rows.channels[row]
            for channel in 0..<plan.channels {
                truths.append(known?[channel] == true ? 1 : 0)
                counted.append(known == nil ? 0 : share / Float(plan.channels))
            }
        }
        let tape = logits.tape
        let (y, w) = (
            truths.withUnsafeBufferPointer { tape.constant($0, own.count, plan.channels) },
            counted.withUnsafeBufferPointer { tape.constant($0, own.count, plan.channels) }
        )
        return ((logits.softplus() - y * logits) * w).sum()
    }

    private func input(_ own: [Int], on tape: Tape) -> Variable {
        let width = rows.features.count
        var values: [Float] = []
        values.reserveCapacity(own.count * width)
        for row in own { values += rows.values[row * width..<(row + 1) * width] }
        return values.withUnsafeBufferPointer { tape.constant($0, own.count, width) }
    }

    /// The class of each row of some episodes, by the largest logit.
    func classes(of learner: Learner<MonitorNetwork>, in episodes: [Int]) -> [Int: Int] {
        var found: [Int: Int] = [:]
        for (row, logits) in self.logits(of: learner, in: episodes) {
            found[row] = logits.indices.max { logits[$0] < logits[$1] } ?? 0
        }
        return found
    }

    /// The logits of the classes of each row of some episodes.
    func logits(of learner: Learner<MonitorNetwork>, in episodes: [Int]) -> [(row: Int, logits: [Float])] {
        let tape = Tape()
        var found: [(row: Int, logits: [Float])] = []
        for episode in episodes {
            tape.reset()
            let own = Array(rows.episodes[episode])
            let output = learner(input(own, on: tape)), columns = output.shape.columns
            for (place, row) in own.enumerated() {
                let start = place * columns
                found.append((row, Array(output.values[start..<start + plan.classes])))
            }
        }
        return found
    }
}
