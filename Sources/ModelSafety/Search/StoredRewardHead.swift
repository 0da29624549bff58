import Alignment
import Assurance
import LanguageModels
import Storage

/// A reward head with the model whose states it reads, as a file holds it.
public struct StoredRewardHead: Sendable, Hashable {
    /// What the head was trained on.
    public struct Training: Sendable, Hashable {
        /// The world, or SHA-256 of the file of rows.
        public var source: String
        /// Replies that were learned from.
        public var rows: Int
        /// Of replies, weights and order.
        public var seed: UInt64

        /// Tells of a training.
        public init(source: String, rows: Int, seed: UInt64) {
            (self.source, self.rows, self.seed) = (source, rows, seed)
        }
    }

    /// What it reads.
    public let reading: HeadReading
    /// Width between its layers.
    public let inner: Int
    /// Tokens that no reply it learned from has, rising: a search must not trust it about them.
    public let unseen: [Int]
    /// What identifies the model, as `ModelFile.identity` tells it.
    public let model: String
    /// How it was trained.
    public let training: Training
    /// Of each tensor in the order of `names`, row by row.
    let numbers: [[Float]]

    /// Names of the tensors.
    static let names = ["inner.weight", "inner.bias", "outer.weight", "bias"]

    init(
        _ reading: HeadReading, inner: Int, numbers: [[Float]], unseen: [Int], model: String,
        training: Training
    ) {
        precondition(numbers.count == Self.names.count && numbers[1].count == inner, "tensors of no head")
        (self.reading, self.inner, self.numbers) = (reading, inner, numbers)
        (self.unseen, self.model, self.training) = (unseen, model, training)
    }

    /// Numbers of a state, and tokens that it has a reward for.
    var sizes: (hidden: Int, vocabulary: Int) { (numbers[2].count / inner, numbers[3].count) }

    /// Checks that the head reads the states of a model, and of no other.
    ///
    /// - Parameters:
    ///   - file: the model.
    ///   - path: of the head, for the message.
    /// - Throws: `HeadError`; `StorageError`.
    public func check(_ file: ModelFile, path: String) throws {
        let description = file.description
        guard try file.identity() == model, sizes == (description.hidden, description.vocabulary) else {
            throw HeadError(
                "\(path): reads the states of another model than \(file.path). Name the model that it was trained on, or train one by \"saferl guard train-reward\"."
            )
        }
    }
}

extension StoredRewardHead {
    /// The format that is written.
    public static let format = 1

    private static let kind = SealedTensors.Kind(
        key: "saferl.reward_head", member: "reward_head", format: format, name: "reward head", short: "head",
        command: "guard train-reward", fault: { HeadError($0) })
    private static let keys = [
        "reward_head", "model", "reads", "source", "rows", "seed", "unseen", "tensors", "seal",
    ]

    private var shapes: [[Int]] {
        let (hidden, vocabulary) = sizes
        return [[inner, hidden * reading.states], [inner], [hidden, inner], [vocabulary]]
    }

    /// The file: safetensors in single precision, whose header holds the rest as sealed JSON; equal heads give equal bytes.
    public var bytes: [UInt8] {
        let facts = JSONValue.object([
            ("reward_head", .integer(Self.format)), ("model", .text(model)),
            ("reads", .text(reading.rawValue)), ("source", .text(training.source)),
            ("rows", .integer(training.rows)), ("seed", .integer(training.seed)),
            ("unseen", .list(unseen.map { .integer($0) })),
            ("tensors", .text(SHA256.hexadecimal(of: numbers.flatMap { TensorBytes.bytes($0) }))),
        ])
        var file = TensorBytes(Self.kind.key, Seal.sealing(facts.compact))
        for place in Self.names.indices { file.add(Self.names[place], "F32", shapes[place], numbers[place]) }
        return file.file
    }

    /// Whether a file is a reward head, or claims to be one.
    public static func isHead(_ path: String) -> Bool { SealedTensors.isOne(kind, path) }

    /// Reads a file.
    ///
    /// - Throws: `HeadError` where it is no reward head, or not as it was written; `StorageError`, `SafetensorsError`.
    public init(contentsOf path: String) throws {
        self = try SealedTensors(Self.kind, contentsOf: path).contents(Self.read, written: \.bytes)
    }

    /// The head of a file; nothing where anything is missing, too much, or of the wrong kind.
    private static func read(_ value: JSONValue, _ file: SafetensorsFile) throws -> StoredRewardHead? {
        guard value.members?.map(\.key) == keys, let model = value["model"]?.string,
            let reading = value["reads"]?.string.flatMap(HeadReading.init(rawValue:)),
            let source = value["source"]?.string, let rows = value["rows"]?.number?.int,
            let seed = value["seed"]?.number?.uint64, let list = value["unseen"]?.elements,
            file.names.count == names.count, names.allSatisfy(file.names.contains)
        else { return nil }
        let unseen = list.compactMap { $0.number?.int }
        let numbers = try names.map { try file.floats($0) }
        let inner = numbers[1].count
        guard unseen.count == list.count, inner > 0, numbers[2].count.isMultiple(of: inner),
            !numbers[2].isEmpty, !numbers[3].isEmpty,
            numbers[0].count == numbers[2].count * reading.states,
            unseen.allSatisfy(numbers[3].indices.contains),
            zip(unseen, unseen.dropFirst()).allSatisfy({ $0 < $1 }),
            numbers.allSatisfy({ $0.allSatisfy(\.isFinite) })
        else { return nil }
        return StoredRewardHead(
            reading, inner: inner, numbers: numbers, unseen: unseen, model: model,
            training: Training(source: source, rows: rows, seed: seed))
    }
}
