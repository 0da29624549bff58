/// How many checkpoints of a run stay.
///
/// In a configuration it is a whole number or `"all"`.
public enum CheckpointRetention: Sendable, Equatable, Codable, ExpressibleByIntegerLiteral {
    /// The newest ones, at least 1; older ones are deleted after a newer one is safely written.
    case newest(Int)
    /// Every one.
    case all

    /// The word that stands for `all`.
    static let allWord = "all"

    /// The newest ones.
    public init(integerLiteral count: Int) { self = .newest(count) }

    /// Reads a whole number or the word.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let count = try? value.decode(Int.self) {
            self = .newest(count)
        } else if try value.decode(String.self) == Self.allWord {
            self = .all
        } else {
            throw DecodingError.dataCorruptedError(
                in: value, debugDescription: "neither a whole number nor \"\(Self.allWord)\"")
        }
    }

    /// Writes a whole number or the word.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .newest(let count): try value.encode(count)
        case .all: try value.encode(Self.allWord)
        }
    }

    /// Whether at least one checkpoint stays.
    var isUsable: Bool { if case .newest(let count) = self { count >= 1 } else { true } }
}
