/// Collects the fields of a stored tensor.
struct OnnxTensorReader {
    let bytes: [UInt8]
    let fault: FaultPlace
    var tensor = OnnxTensor()
    private var type: UInt64 = 0
    private var raw: Range<Int>?
    private var isElsewhere = false

    /// A tensor without fields.
    init(bytes: [UInt8], fault: FaultPlace) { (self.bytes, self.fault) = (bytes, fault) }

    /// Takes a field.
    mutating func take(_ field: Int, _ value: WireReader.Value) throws(VerificationError) {
        switch (field, value) {
        case (1, .number(let extent)): try add(extent)
        case (1, .bytes(let range)):
            var reader = WireReader(bytes, range, fault)
            while !reader.isAtEnd { try add(try reader.varint()) }
        case (2, .number(let number)): type = number
        case (4, .word(let word)): tensor.floats.append(Float(bitPattern: word))
        case (4, .bytes(let range)): tensor.floats += try floats(range)
        case (7, .number(let number)): tensor.integers.append(Int64(bitPattern: number))
        case (7, .bytes(let range)):
            var reader = WireReader(bytes, range, fault)
            while !reader.isAtEnd { tensor.integers.append(Int64(bitPattern: try reader.varint())) }
        case (9, .bytes(let range)): raw = range
        case (13, _): isElsewhere = true
        case (14, .number(let number)): isElsewhere = isElsewhere || number == 1
        default: break
        }
    }

    private mutating func add(_ extent: UInt64) throws(VerificationError) {
        guard extent <= 1 << 22, tensor.shape.count < 8 else {
            throw fault("\(tensor.name): an extent of \(Int64(bitPattern: extent)) is not one that is read.")
        }
        tensor.shape.append(Int(extent))
    }

    private func floats(_ range: Range<Int>) throws(VerificationError) -> [Float] {
        guard range.count % 4 == 0 else {
            throw fault("\(range.count) bytes are no whole float32 numbers.", at: "byte \(range.lowerBound)")
        }
        return stride(from: range.lowerBound, to: range.upperBound, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
        }
    }

    /// The tensor, once all fields are taken.
    consuming func finished() throws(VerificationError) -> OnnxTensor {
        let title = tensor.name.isEmpty ? "a tensor" : tensor.name
        guard !isElsewhere else {
            throw fault("\(title) lies in another file; store it inside of the model.")
        }
        switch type {
        case 1:
            if let raw { tensor.floats = try floats(raw) }
        case 7:
            if let raw {
                guard raw.count % 8 == 0 else {
                    throw fault("\(title): \(raw.count) bytes are no whole int64 numbers.")
                }
                tensor.integers = stride(from: raw.lowerBound, to: raw.upperBound, by: 8).map { at in
                    Int64(
                        bitPattern: (0..<8).reduce(UInt64(0)) {
                            $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1)
                        })
                }
            }
        case 10: throw fault("\(title) is float16; only float32 is read. Export the model in float32.")
        default: throw fault("\(title) has elements of type \(type); only float32 (1) is read.")
        }
        var count = 1
        for extent in tensor.shape {
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
            guard !isTooLarge, product <= 1 << 22 else { throw fault("\(title) has too many elements.") }
            count = product
        }
        let stored = type == 1 ? tensor.floats.count : tensor.integers.count
        guard stored == count else {
            throw fault("\(title) has \(stored) numbers, and its shape \(tensor.shape) needs \(count).")
        }
        guard tensor.floats.allSatisfy(\.isFinite) else {
            throw fault("\(title) has a number that is not finite.")
        }
        return tensor
    }
}
