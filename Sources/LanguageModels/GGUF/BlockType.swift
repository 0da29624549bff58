import Tensors

/// How a GGUF file stores the numbers of a tensor: blocks of consecutive values of a row, each of so many bytes.
///
/// Raw values are the file's. Layouts and values are those of alignment.md 1.3; a value is computed in single precision, in
/// the order written there, so that two readers agree bit for bit.
public enum BlockType: UInt32, Sendable, CaseIterable {
    /// Numbers of 32 and 16 bits, one a block.
    case single = 0
    case half = 1
    case brain = 30
    /// 32 values of 4 bits with a scale, and with a scale and a least value.
    case q4Scaled = 2
    case q4Shifted = 3
    /// 32 values of 5 bits, likewise.
    case q5Scaled = 6
    case q5Shifted = 7
    /// 32 values of 8 bits with a scale.
    case q8Scaled = 8
    /// 256 values of 2 to 6 bits, whose groups have scales of their own.
    case k2 = 10
    case k3 = 11
    case k4 = 12
    case k5 = 13
    case k6 = 14

    /// The name in the format, such as `Q4_1`.
    public var name: String {
        switch self {
        case .single: "F32"
        case .half: "F16"
        case .brain: "BF16"
        case .q4Scaled: "Q4_0"
        case .q4Shifted: "Q4_1"
        case .q5Scaled: "Q5_0"
        case .q5Shifted: "Q5_1"
        case .q8Scaled: "Q8_0"
        case .k2: "Q2_K"
        case .k3: "Q3_K"
        case .k4: "Q4_K"
        case .k5: "Q5_K"
        case .k6: "Q6_K"
        }
    }

    /// Values of a block; a row is a whole number of blocks.
    public var values: Int {
        switch self {
        case .single, .half, .brain: 1
        case .q4Scaled, .q4Shifted, .q5Scaled, .q5Shifted, .q8Scaled: 32
        case .k2, .k3, .k4, .k5, .k6: 256
        }
    }

    /// Bytes of a block.
    public var bytes: Int {
        switch self {
        case .single: 4
        case .half, .brain: 2
        case .q4Scaled: 18
        case .q4Shifted: 20
        case .q5Scaled: 22
        case .q5Shifted: 24
        case .q8Scaled: 34
        case .k2: 84
        case .k3: 110
        case .k4: 144
        case .k5: 176
        case .k6: 210
        }
    }

    /// Names of types that are known and not read, for refusals.
    static func unreadName(_ number: UInt32) -> String {
        let names: [UInt32: String] = [
            4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
            19: "IQ1_S",
            20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64",
            28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
        ]
        return names[number] ?? "of the unknown type \(number)"
    }
}

extension BlockType {
    /// How products read the type where it lies.
    var kind: StoredMatrix.Kind { StoredMatrix.Kind(rawValue: rawValue) }

    /// Writes the values of whole blocks in single precision.
    ///
    /// - Parameters:
    ///   - blocks: a whole number of blocks.
    ///   - values: as many numbers as they hold.
    public func widen(_ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        kind.widen(blocks, into: values)
    }
}
