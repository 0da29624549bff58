import Alignment
import Assurance
import Foundation
import Storage

extension WordFilter {
    /// The format that is written.
    public static let format = 1
    /// The largest file that is read, in bytes.
    public static let largest = 1 << 26

    private static let keys = [
        "filter", "unit", "erasures", "seed", "harmful", "safe", "trained_on", "bias", "weights", "seal",
    ]

    /// The file's text: one JSON object, sealed; equal filters give equal bytes.
    public var text: String {
        // By bytes: Swift's order of texts depends on a table of Unicode that changes.
        let words = classifier.weights.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let object = JSONValue.object([
            ("filter", .integer(Self.format)), ("unit", .text(ErasureUnit.word.rawValue)),
            ("erasures", .text(erasures.description)), ("seed", .integer(seed)), ("harmful", harmful.json),
            ("safe", safe.json), ("trained_on", .list(marks.map(JSONValue.text))),
            ("bias", .number(classifier.bias)),
            ("weights", .object(words.map { ($0.key, .number($0.value)) })),
        ])
        return Seal.sealing(object.pretty)
    }

    /// SHA-256 of the file, in hexadecimal: what certificates name the filter by.
    public var hash: String { SHA256.hexadecimal(of: text.utf8) }

    /// Reads a file.
    ///
    /// - Throws: `FilterError` where it is no filter, or not as it was written; `StorageError`.
    public init(contentsOf path: String) throws {
        try self.init(fileContents(path, limit: Self.largest), path: path)
    }

    /// Reads a file that is in memory.
    ///
    /// - Parameters:
    ///   - bytes: of the file.
    ///   - path: for messages.
    /// - Throws: `FilterError`.
    public init(_ bytes: [UInt8], path: String) throws {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.largest))
        } catch {
            throw FilterError(
                "\(path):\(error.position): no filter. Train one by \"saferl guard train-filter\".")
        }
        guard let format = value["filter"]?.number?.int else {
            throw FilterError("\(path): no filter. Train one by \"saferl guard train-filter\".")
        }
        guard format == Self.format else {
            throw FilterError(
                "\(path): has format \(format), and this saferl reads \(Self.format). Read it with the saferl that wrote it."
            )
        }
        guard Seal.state(of: String(decoding: bytes, as: UTF8.self)) == .intact,
            let filter = Self.read(value), filter.text.utf8.elementsEqual(bytes)
        else {
            throw FilterError(
                "\(path): not as a filter is written. Restore the file from a copy, or train the filter again."
            )
        }
        self = filter
    }

    /// The filter of an object; nothing where anything is missing, too much, or of the wrong kind.
    private static func read(_ value: JSONValue) -> WordFilter? {
        guard value.members?.map(\.key) == keys, value["unit"]?.string == ErasureUnit.word.rawValue,
            let erasures = value["erasures"]?.string.flatMap({ try? Erasures(parsing: $0) }),
            let seed = value["seed"]?.number?.uint64,
            let harmful = value["harmful"].flatMap(Training.init(json:)),
            let safe = value["safe"].flatMap(Training.init(json:)),
            let marks = value["trained_on"]?.elements?.compactMap(\.string),
            let bias = value["bias"], let weights = value["weights"],
            let classifier = try? JSONValue.object([("weights", weights), ("bias", bias)])
                .decode(BagOfWordsClassifier.self)
        else { return nil }
        return WordFilter(
            classifier, erasures, seed: seed, harmful: harmful, safe: safe, marks: marks)
    }
}
