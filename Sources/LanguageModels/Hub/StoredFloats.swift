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
        case .half: StoredMatrix.Kind.half.widen(bytes, into: values)
        case .brain: StoredMatrix.Kind.brain.widen(bytes, into: values)
        case .double:
            for index in values.indices {
                values[index] = Float(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
            }
        }
    }
}
