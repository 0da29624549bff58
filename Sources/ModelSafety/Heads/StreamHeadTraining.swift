import Alignment
import Networks
import Tensors

/// Trains a stream head on the states of a model that does not learn; nothing but the seed is random, and a seed gives one head.
public struct StreamHeadTraining: Sendable, Hashable {
    /// Width inside the towers, at least 1.
    public var inner = 64
    /// What the towers read.
    public var reading = HeadReading.whole
    /// Width of the layer between states and towers; 0 for none.
    public var reader = 128
    /// Passes over the rows, at least 1.
    public var epochs = 40
    /// Rows of an update, at least 1.
    public var batch = 32
    /// Largest step size of Adam: 3 % warm-up, then half a cosine.
    public var rate: Float = 3e-3
    /// Of weights and order.
    public var seed: UInt64 = 0

    /// Sizes for a model that was trained from scratch in minutes.
    public init() {}

    /// Trains.
    ///
    /// - Parameters:
    ///   - rows: at least one.
    ///   - model: whose states are read.
    ///   - progress: asked after every pass, with its number and the mean loss; what it throws ends the training.
    /// - Returns: the head in double precision, whose numbers are those of single precision.
    /// - Throws: `NonFiniteError`; what `progress` throws.
    public func callAsFunction(
        _ rows: [StreamRow], on model: FrozenModel, progress: (Int, Float) throws -> Void = { _, _ in }
    ) throws -> TrainedHead {
        let states = try model.states(rows.map { $0.prompt + $0.reply })
        let learner = learner(
            HeadSizes(
                hidden: model.file.description.hidden, reader: reader, inner: inner, reading: reading,
                epsilon: model.file.description.epsilon), rows: rows.count)
        let tape = Tape()
        var order = Array(rows.indices)
        var stream = RandomStream(seed: seed, for: .sampling)
        for epoch in 0..<epochs {
            for place in order.indices.dropFirst().reversed() {
                order.swapAt(place, stream.nextInteger(below: place + 1))
            }
            var sum: Float = 0
            for start in Swift.stride(from: 0, to: order.count, by: batch) {
                let chosen = order[start..<min(start + batch, order.count)]
                tape.reset()
                sum +=
                    try learner.descend(on: tape) {
                        learner.body.loss(
                            chosen.map { rows[$0] }, chosen.map { states[$0] }, learner.weights(on: tape))
                    } * Float(chosen.count)
            }
            try progress(epoch + 1, sum / Float(rows.count))
        }
        return learner.head(reading, epsilon: Double(model.file.description.epsilon))
    }

    /// A head with fresh weights.
    package func learner(_ sizes: HeadSizes, rows: Int) -> Learner<StreamHeadLayers> {
        let updates = epochs * ((rows + batch - 1) / batch)
        var stream = RandomStream(seed: seed, for: .weights)
        return Learner(
            "stream head",
            optimizer: Adam(rate: .warmedCosine(rate, warmUp: max(1, updates * 3 / 100), updates: updates)),
            using: &stream
        ) { StreamHeadLayers(sizes, in: &$0) }
    }
}

/// Towers with what stands between them and the model's states.
public struct TrainedHead: Sendable, Hashable {
    /// What is read.
    public let reading: HeadReading
    /// Of the reply's tower and of the prompt's; nothing where towers read states themselves.
    public let readers: [HeadReader]
    /// The towers, whose inputs the readers give.
    public let towers: StreamHead

    /// Puts parts together.
    ///
    /// - Parameters:
    ///   - reading: what is read.
    ///   - readers: two, or none.
    ///   - towers: read what the readers give.
    public init(_ reading: HeadReading, readers: [HeadReader], towers: StreamHead) {
        precondition(readers.isEmpty || readers.count == 2, "\(readers.count) readers of two towers")
        (self.reading, self.readers, self.towers) = (reading, readers, towers)
    }

    /// Numbers that are read of a token.
    var inputs: Int { readers.first?.weight[0].count ?? towers.response.pre[0].count }

    /// Logits of the risk of a token.
    ///
    /// - Parameters:
    ///   - input: of a `HeadTrace`.
    ///   - subject: which tower is asked.
    /// - Returns: in the order of `GuardLabel`.
    public func risk(_ input: [Float], _ subject: GuardVerdict.Subject) -> [Double] {
        let tower = subject == .prompt ? towers.prompt : towers.response
        let numbers = input.map(Double.init)
        let read = readers.isEmpty ? numbers : readers[subject == .prompt ? 1 : 0](numbers)
        return tower(read, epsilon: towers.epsilon).risk
    }
}

extension Learner<StreamHeadLayers> {
    /// The weights as they are now.
    package func head(_ reading: HeadReading, epsilon: Double) -> TrainedHead {
        func matrix(_ name: String) -> [[Double]]? {
            guard let entry = layout.entries.first(where: { $0.name == name }) else { return nil }
            let numbers = elements(entry, .weights)
            return (0..<entry.shape.rows).map { row in
                (0..<entry.shape.columns).map { Double(numbers[row * entry.shape.columns + $0]) }
            }
        }
        func needed(_ name: String) -> [[Double]] {
            guard let matrix = matrix(name) else { preconditionFailure("a stream head without \(name)") }
            return matrix
        }
        func tower(_ prefix: String) -> StreamTower {
            StreamTower(
                pre: needed(prefix + "risk_level_category_pre.weight"),
                norm: needed(prefix + "risk_level_category_layernorm.weight")[0],
                risk: needed(prefix + "risk_level_head.weight"),
                category: needed(prefix + "category_head.weight"))
        }
        let readers = ["", "query_"].compactMap { prefix in
            matrix(prefix + "reader.weight").map {
                HeadReader(weight: $0, bias: needed(prefix + "reader.bias")[0])
            }
        }
        return TrainedHead(
            reading, readers: readers,
            towers: StreamHead(response: tower(""), prompt: tower("query_"), epsilon: epsilon))
    }
}
