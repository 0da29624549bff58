import Alignment
import Assurance
import LanguageModels
import Storage

extension DecoderFilter {
    /// The format that is written.
    public static let format = 1

    private static let kind = SealedTensors.Kind(
        key: "saferl.decoder_filter", member: "decoder_filter", format: format, name: "decoder filter",
        short: "filter", command: "guard train-filter --decoder", fault: { FilterError($0) })
    private static let keys = [
        "decoder_filter", "unit", "erasures", "seed", "harmful", "safe", "trained_on", "sizes", "tokenizer",
        "tensors", "seal",
    ]

    /// The file: safetensors in single precision, whose header holds the rest as sealed JSON; equal filters give equal bytes.
    static func bytes(
        _ facts: Facts, _ tensors: [(name: String, shape: [Int], numbers: [Float])]
    ) -> [UInt8] {
        let sizes = facts.sizes
        let data = tensors.flatMap { TensorBytes.bytes($0.numbers) }
        let object = JSONValue.object([
            ("decoder_filter", .integer(format)), ("unit", .text(ErasureUnit.word.rawValue)),
            ("erasures", .text(facts.erasures.description)), ("seed", .integer(facts.seed)),
            ("harmful", facts.harmful.json), ("safe", facts.safe.json),
            ("trained_on", .list(facts.marks.map(JSONValue.text))),
            (
                "sizes",
                .list(
                    [sizes.hidden, sizes.intermediate, sizes.layers, sizes.heads, sizes.vocabulary].map {
                        .integer($0)
                    })
            ),
            ("tokenizer", .text(facts.tokenizer.json().compact)),
            ("tensors", .text(SHA256.hexadecimal(of: data))),
        ])
        var file = TensorBytes(kind.key, Seal.sealing(object.compact))
        for (name, shape, numbers) in tensors { file.add(name, "F32", shape, numbers) }
        return file.file
    }

    /// Whether a file is a decoder filter, or claims to be one.
    public static func isFilter(_ path: String) -> Bool { SealedTensors.isOne(kind, path) }

    /// Reads a file.
    ///
    /// - Throws: `FilterError` where it is no decoder filter, or not as it was written; `StorageError`, `SafetensorsError`.
    public convenience init(contentsOf path: String) throws {
        let (facts, tensors) = try SealedTensors(Self.kind, contentsOf: path).contents(Self.read) {
            Self.bytes($0.0, $0.1)
        }
        self.init(facts, tensors)
    }

    private typealias Contents = (Facts, [(name: String, shape: [Int], numbers: [Float])])

    /// What a file holds; nothing where anything is missing, too much, or of the wrong kind.
    private static func read(_ value: JSONValue, _ file: SafetensorsFile) throws -> Contents? {
        guard value.members?.map(\.key) == keys, value["unit"]?.string == ErasureUnit.word.rawValue,
            let erasures = value["erasures"]?.string.flatMap({ try? Erasures(parsing: $0) }),
            let seed = value["seed"]?.number?.uint64,
            let harmful = value["harmful"].flatMap(WordFilter.Training.init(json:)),
            let safe = value["safe"].flatMap(WordFilter.Training.init(json:)),
            let marks = value["trained_on"]?.elements?.compactMap(\.string),
            let numbers = value["sizes"]?.elements?.compactMap({ $0.number?.int }),
            let sizes = Sizes(numbers), let text = value["tokenizer"]?.string,
            let tokenizer = try? Tokenizer(parsing: Array(text.utf8)), tokenizer.id(of: "<s>") != nil,
            tokenizer.vocabularySize <= sizes.vocabulary
        else { return nil }
        let facts = Facts(
            erasures: erasures, seed: seed, harmful: harmful, safe: safe, marks: marks, sizes: sizes,
            tokenizer: tokenizer)
        let shapes = facts.shapes
        guard file.names.count == shapes.count,
            shapes.allSatisfy({ (try? file.shape(of: $0.name)) == $0.shape })
        else { return nil }
        let tensors = try shapes.map { ($0.name, $0.shape, try file.floats($0.name)) }
        guard tensors.allSatisfy({ $0.2.allSatisfy(\.isFinite) }) else { return nil }
        return (facts, tensors)
    }
}

extension DecoderFilter.Sizes {
    /// Of a file; nothing where no such decoder can be.
    fileprivate init?(_ numbers: [Int]) {
        guard numbers.count == 5, numbers.allSatisfy({ 1...65_536 ~= $0 }) else { return nil }
        (hidden, intermediate, layers, heads) = (numbers[0], numbers[1], numbers[2], numbers[3])
        vocabulary = numbers[4]
        guard layers <= 64, hidden.isMultiple(of: 2 * heads) else { return nil }
    }
}

extension WordFilter.Training {
    /// As files have it.
    var json: JSONValue { .object([("prompts", .integer(prompts)), ("sha256", .text(sha256))]) }

    /// Reads it; nothing where it is something else.
    init?(json value: JSONValue) {
        guard value.members?.map(\.key) == ["prompts", "sha256"], let prompts = value["prompts"]?.number?.int,
            prompts >= 1, let hash = value["sha256"]?.string
        else { return nil }
        self.init(prompts: prompts, sha256: hash)
    }
}
