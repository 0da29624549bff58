import SafeRL
import Tensors

/// A toy: Adam on a noisy quadratic, with everything that a checkpoint has to hold.
final class Quadratic: Algorithm {
    struct Configuration: Defaulted {
        var rate: Float = 0.05
        var size = 5
        var isStaged = false
        /// Updates after which the stage "coarse" is complete.
        var coarseUpdates = Int.max
        /// The update whose loss is not a number.
        var poison = 0
        static var options: [Option] { [] }
    }

    final class Numbers: TrainingData {
        let identity: String
        let count = 3
        init(_ identity: String = "d0") { self.identity = identity }
    }

    struct Metrics: TrainingMetrics {
        var loss: Float
        var distance: Float
        func report(_ metric: (String, Float) -> Void) {
            metric("loss", loss)
            metric("distanceFromTheOptimum", distance)
        }
    }

    static let name = "quadratic"
    private let configuration: Configuration
    private let weights: Tensor
    private let first: Tensor
    private let second: Tensor
    private let noise: Tensor
    private var stream: RandomStream
    private var taken = 0
    /// Called after each update with the number taken.
    var onUpdate: (Int) -> Void = { _ in }

    init(_ configuration: Configuration, on data: Numbers, seed: UInt64) throws {
        self.configuration = configuration
        weights = Tensor(1, configuration.size)
        first = Tensor(1, configuration.size)
        second = Tensor(1, configuration.size)
        noise = Tensor(1, configuration.size)
        stream = RandomStream(seed: seed, for: .noise)
        stream.fillNormal(weights.buffer)
    }

    func stages(steps: Int) -> [Stage<Metrics>] {
        guard configuration.isStaged else {
            return [Stage("all", updates: steps) { self.update(slowing: 1) }]
        }
        return [
            Stage(
                "coarse", updates: steps / 3,
                isComplete: { self.taken >= self.configuration.coarseUpdates }
            ) { self.update(slowing: 1) },
            Stage("empty", updates: 0) { self.update(slowing: 1) },
            Stage("fine", updates: steps - steps / 3) { self.update(slowing: 10) },
        ]
    }

    private func update(slowing: Float) -> Metrics {
        stream.fillNormal(noise.buffer)
        taken += 1
        let rate = configuration.rate / slowing
        var loss: Float = 0
        var distance: Float = 0
        for i in 0..<configuration.size {
            let residual = weights.buffer[i] - 1
            let gradient = 2 * residual + 0.1 * noise.buffer[i]
            first.buffer[i] += 0.1 * (gradient - first.buffer[i])
            second.buffer[i] += 0.01 * (gradient * gradient - second.buffer[i])
            weights.buffer[i] -= rate * first.buffer[i] / (second.buffer[i].squareRoot() + 1e-3)
            loss += residual * residual
            distance += abs(residual)
        }
        if taken == configuration.poison { loss = .nan }
        onUpdate(taken)
        return Metrics(loss: loss, distance: distance)
    }

    func save(to checkpoint: inout CheckpointWriter) throws {
        let shape = [1, configuration.size]
        checkpoint.store("weights", shape: shape, of: .init(weights.buffer), ownedBy: self)
        checkpoint.store("first", shape: shape, of: .init(first.buffer), ownedBy: self)
        checkpoint.store("second", shape: shape, of: .init(second.buffer), ownedBy: self)
        try checkpoint.store("stream", stream)
        try checkpoint.store("taken", taken)
    }

    func load(from checkpoint: CheckpointReader) throws {
        let shape = [1, configuration.size]
        try checkpoint.load("weights", shape: shape, into: weights.buffer)
        try checkpoint.load("first", shape: shape, into: first.buffer)
        try checkpoint.load("second", shape: shape, into: second.buffer)
        stream = try checkpoint.value("stream", as: RandomStream.self)
        taken = try checkpoint.value("taken", as: Int.self)
    }

    func makePolicy() throws -> any Policy { Nothing() }
    static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws -> any Policy
    {
        Nothing()
    }

    private struct Nothing: Policy {
        var observationSize: Int { 1 }
        var actionSize: Int { 1 }
        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {}
    }
}
