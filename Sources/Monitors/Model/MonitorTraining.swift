import Networks
import Tensors

/// How a step monitor is trained on labelled episodes.
///
/// The episodes are split into halves by the parity of their numbers. On each, a strict classifier learns with unsafe steps weighted
/// κ, which is doubled until it finds 95 % of them, and a loose one with safe steps weighted 4. Each pair labels the other half: unsafe or
/// safe where both agree, controversial elsewhere. The monitor learns these three classes on all.
///
/// Steps behind the first violation are left out: nothing is to be foreseen any more there.
public struct MonitorTraining: Codable, Sendable, Hashable {
    /// Widths of the hidden layers, and of the norm before the logits.
    public var widths = [128, 128]
    /// See `widths`.
    public var normWidth = 64
    /// Step size of Adam.
    public var rate: Float = 3e-4
    /// Episodes of an update.
    public var batch = 32
    /// Passes over the episodes at most, and how many without a lower loss on held-out episodes end the training.
    public var epochs = 600
    /// See `epochs`.
    public var patience = 40
    /// Share of the episodes that is held out, to stop and to calibrate by.
    public var heldOut = 0.2
    /// Decides weights, batches and what is held out.
    public var seed: UInt64 = 1

    /// The options as documented.
    public init() {}

    /// κ at first and at most, and the share of unsafe steps that the strict classifier must find.
    static let (firstWeight, largestWeight, recall): (Float, Float, Double) = (4, 64, 0.95)

    /// Trains a monitor.
    ///
    /// - Parameters:
    ///   - file: labelled episodes.
    ///   - progress: is told what begins.
    /// - Returns: the monitor, its temperature calibrated.
    /// - Throws: `MonitorError.tooFew`, `NonFiniteError`.
    public func train(on file: LabelFile, progress: (String) -> Void = { _ in }) throws -> StepMonitor {
        let rows = try MonitorRows(file)
        let numbers = Array(rows.episodes.indices)
        let halves = [numbers.filter { $0.isMultiple(of: 2) }, numbers.filter { !$0.isMultiple(of: 2) }]
        var classes = [StepClass](repeating: .safe, count: rows.isUnsafe.count)
        var weights: [Float] = []
        for (own, other) in [(halves[0], halves[1]), (halves[1], halves[0])] {
            progress("classifiers of half \(weights.count + 1)")
            let (strict, weight) = try strictClasses(rows, on: own, judging: other)
            let loose = try looseClasses(rows, on: own, judging: other)
            weights.append(weight)
            for row in other.flatMap({ rows.episodes[$0] }) {
                classes[row] = StepClass(strict: strict[row] == 1, loose: loose[row] == 1)
            }
        }
        progress("the monitor")
        return try monitor(rows, classes, file.head, weights: weights)
    }

    /// Whether each row of a half is unsafe to the strict classifier of the other, and κ.
    private func strictClasses(
        _ rows: MonitorRows, on own: [Int], judging other: [Int]
    ) throws -> ([Int: Int], Float) {
        var weight = Self.firstWeight
        while true {
            let fit = fit(rows, weights: rows.isUnsafe.map { $0 ? weight : 1 })
            let learner = try learn("strict classifier", fit, on: own)
            let found = fit.classes(of: learner, in: own)
            let unsafe = found.keys.filter { rows.isUnsafe[$0] }
            let recall = unsafe.isEmpty ? 1 : Double(unsafe.count { found[$0] == 1 }) / Double(unsafe.count)
            if recall >= Self.recall || weight >= Self.largestWeight {
                return (fit.classes(of: learner, in: other), weight)
            }
            weight *= 2
        }
    }

    private func looseClasses(
        _ rows: MonitorRows, on own: [Int], judging other: [Int]
    ) throws -> [Int: Int] {
        let fit = fit(rows, weights: rows.isUnsafe.map { $0 ? 1 : Self.firstWeight })
        return fit.classes(of: try learn("loose classifier", fit, on: own), in: other)
    }

    /// A classifier of two classes.
    private func fit(_ rows: MonitorRows, weights: [Float]) -> MonitorFit {
        MonitorFit(
            rows: rows, options: self, plan: plan(rows, classes: 2, channels: 0),
            targets: rows.isUnsafe.map { $0 ? 1 : 0 }, weights: weights, seed: seed)
    }

    private func plan(_ rows: MonitorRows, classes: Int, channels: Int) -> MonitorNetwork.Plan {
        MonitorNetwork.Plan(
            features: rows.features.count, classes: classes, channels: channels, widths: widths,
            normWidth: normWidth)
    }

    private func learn(_ name: String, _ fit: MonitorFit, on own: [Int]) throws -> Learner<MonitorNetwork> {
        let (training, held) = split(own)
        return try fit.learn(name, on: training, until: held)
    }

    /// Episodes to learn from, and those held out: one at least.
    private func split(_ own: [Int]) -> (training: [Int], heldOut: [Int]) {
        var (left, stream) = (own, RandomStream(seed: seed, for: .splitting))
        let count = max(1, Int((heldOut * Double(own.count)).rounded()))
        for place in 0..<count {
            left.swapAt(place, place + stream.nextInteger(below: left.count - place))
        }
        return (left.dropFirst(count).sorted(), left.prefix(count).sorted())
    }

    private func monitor(
        _ rows: MonitorRows, _ classes: [StepClass], _ head: LabelFile.Head, weights: [Float]
    ) throws -> StepMonitor {
        let order = StepClass.allCases
        let fit = MonitorFit(
            rows: rows, options: self, plan: plan(rows, classes: order.count, channels: head.costs.count),
            targets: classes.map { Int32(order.firstIndex(of: $0) ?? 0) },
            weights: classes.map { _ in 1 }, seed: seed)
        let (training, held) = split(Array(rows.episodes.indices))
        let learner = try fit.learn("step monitor", on: training, until: held)
        let judged = fit.logits(of: learner, in: held)
        let temperature = Temperature(judged.map { ($0.logits, Int(fit.targets[$0.row])) })
        var facts = StepMonitor.Facts(
            environment: head.environment, features: rows.features, costs: head.costs, plan: fit.plan,
            training: self)
        facts.temperature = temperature.value
        facts.strictWeights = weights
        facts.controversial = Double(classes.count { $0 == .controversial }) / Double(classes.count)
        // Of the labels, not of the classes: what is promised is about them.
        let unsafe = judged.map { temperature.probabilities($0.logits)[2] }
        facts.miscalibration =
            (unsafe.reduce(0, +) - Double(judged.count { classes[$0.row] == .unsafe })) / Double(judged.count)
        return StepMonitor(facts, rows.scaling, learner)
    }
}
