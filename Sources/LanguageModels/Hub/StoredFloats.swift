import Tensors

/// Element types in which weights are stored, by the names of the safetensors format.
enum StoredFloats: String {
    case single = "F32"
    case half = "F16"
    case brain = "BF16"
    case double = "F64"

    /// How products read the type where it lies; nil where it is widened first.
    var kind: StoredMatrix.Kind? {
        switch self {
        case .half: .half
        case .brain: .brain
        case .single, .double: nil
        }
    }

    /// Writes stored numbers as single precision; only `double` is rounded.
    func widen(_ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .single:
            for index in values.indices {
                values[index] = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
            }
        case .half:
            for index in values.indices {
                values[index] = Self.fromHalf(
                    bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
        case .brain:
            for index in values.indices {
                let bits = UInt32(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                values[index] = Float(bitPattern: bits << 16)
            }
        case .double:
            for index in values.indices {
                values[index] = Float(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
            }
        }
    }

    /// IEEE 754 binary16, exact.
    static func fromHalf(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let (exponent, mantissa) = (UInt32(bits >> 10 & 0x1F), UInt32(bits & 0x3FF))
        switch exponent {
        case 0:
            let magnitude = Float(mantissa) * 0x1p-24
            return sign == 0 ? magnitude : -magnitude
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | mantissa << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | mantissa << 13)
        }
    }
}

extension StoredMatrix.Kind {
    /// Whether no number is NaN or infinite: whether none has all the bits of the exponent.
    func isFinite(_ values: UnsafeBufferPointer<UInt16>) -> Bool {
        let exponent: UInt16 = self == .brain ? 0x7F80 : 0x7C00
        var largest: UInt16 = 0
        for value in values { largest = max(largest, value & exponent) }
        return largest < exponent
    }
}
