import Foundation
import Storage
import Tensors

/// A guardian, or the state of a fit, as plain values for a file: named arrays of `Double` and a small JSON text.
public struct GuardianRecord: Codable, Equatable, Sendable {
    /// Numbers under a name, row-major.
    public struct NumberArray: Equatable, Sendable {
        /// Not used for another array of the record.
        public let name: String
        /// The dimensions; their product is the number of values.
        public let shape: [Int]
        /// Every bit counts.
        public let values: [Double]

        /// Names numbers.
        public init(_ name: String, shape: [Int], _ values: [Double]) {
            precondition(
                shape.reduce(1, *) == values.count, "\(name): \(values.count) values do not fill \(shape)")
            (self.name, self.shape, self.values) = (name, shape, values)
        }
    }

    /// `SupportGuardian.kind`, or that and `.fit`.
    public let kind: String
    /// In the order stored.
    public let arrays: [NumberArray]
    /// A JSON object with sorted keys.
    public let metadata: String

    /// Puts a record together.
    public init(kind: String, arrays: [NumberArray], metadata: String) {
        precondition(Set(arrays.map(\.name)).count == arrays.count, "two arrays of one name in a \(kind)")
        (self.kind, self.arrays, self.metadata) = (kind, arrays, metadata)
    }

    /// Compares every bit, so that NaN equals itself.
    public static func == (a: GuardianRecord, b: GuardianRecord) -> Bool {
        a.kind == b.kind && a.metadata == b.metadata && a.arrays.count == b.arrays.count
            && zip(a.arrays, b.arrays).allSatisfy {
                $0.name == $1.name && $0.shape == $1.shape
                    && $0.values.elementsEqual($1.values) { $0.bitPattern == $1.bitPattern }
            }
    }
}

extension GuardianRecord.NumberArray: Codable {
    private enum CodingKeys: String, CodingKey { case name, shape, bits }

    /// Reads the bits of the numbers.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let bytes = try values.decode(Data.self, forKey: .bits)
        let shape = try values.decode([Int].self, forKey: .shape)
        guard shape.allSatisfy({ $0 >= 0 }), let count = Self.product(shape),
            bytes.count == count * MemoryLayout<UInt64>.size, count <= bytes.count
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .bits, in: values, debugDescription: "\(bytes.count) bytes do not fill \(shape)")
        }
        self.init(
            try values.decode(String.self, forKey: .name), shape: shape,
            bytes.withUnsafeBytes { [Double](littleEndian: $0) })
    }

    /// Writes the bits of the numbers, little-endian, so that JSON keeps every one of them.
    public func encode(to encoder: any Encoder) throws {
        var result = encoder.container(keyedBy: CodingKeys.self)
        try result.encode(name, forKey: .name)
        try result.encode(shape, forKey: .shape)
        var bytes = Data(capacity: 8 * values.count)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        try result.encode(bytes, forKey: .bits)
    }

    private static func product(_ shape: [Int]) -> Int? {
        shape.reduce(1) { (product: Int?, side) in
            product.flatMap {
                let (value, overflow) = $0.multipliedReportingOverflow(by: side)
                return overflow || value > 1 << 40 ? nil : value
            }
        }
    }
}

extension [Double] {
    /// Numbers of eight bytes each, the lowest byte first; every bit counts.
    package init(littleEndian bytes: UnsafeRawBufferPointer) {
        self = (0..<bytes.count / 8).map {
            Double(
                bitPattern: UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
        }
    }
}

// MARK: - Guardians

/// What the JSON text of a guardian holds.
private struct Metadata<Details: Codable>: Codable {
    var features: GuardianFeatures
    var calibration: GuardianCalibration?
    var report: GuardianReport
    var details: Details
}

extension GuardianRecord {
    /// Records a guardian.
    init(
        kind: String, _ facts: GuardianFacts, details: some Codable, _ arrays: [NumberArray]
    ) throws {
        let metadata = Metadata(
            features: facts.features, calibration: facts.calibration, report: facts.report, details: details)
        self.init(
            kind: kind, arrays: [NumberArray("threshold", shape: [1], [facts.threshold])] + arrays,
            metadata: try JSONEncoder.compact.text(of: metadata))
    }

    /// Reads the JSON text as a value.
    func metadata<Value: Decodable>(as type: Value.Type) throws(GuardianError) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(metadata.utf8)) } catch {
            throw malformed("its metadata cannot be read")
        }
    }

    /// Reads what every guardian knows, and the details of this kind.
    func facts<Details: Codable>(
        of kind: String, _ details: Details.Type
    ) throws(GuardianError) -> (GuardianFacts, Details) {
        guard self.kind == kind else { throw malformed("it is not a \(kind)") }
        let all = try metadata(as: Metadata<Details>.self)
        let threshold = try values("threshold", shape: [1])[0]
        guard all.features.count >= 1, all.features.names?.count ?? all.features.count == all.features.count
        else { throw malformed("its features are not consistent") }
        guard threshold.isFinite else { throw malformed("its threshold is not a finite number") }
        if let calibration = all.calibration {
            guard calibration.points >= 1 && 0...calibration.points ~= calibration.rejections else {
                throw malformed("its calibration is not consistent")
            }
        }
        let facts = GuardianFacts(
            features: all.features, threshold: threshold, calibration: all.calibration, report: all.report)
        return (facts, all.details)
    }

    /// The numbers of an array of a known shape, all finite.
    ///
    /// - Parameters:
    ///   - name: of the array.
    ///   - shape: a nil leaves a dimension open.
    /// - Returns: row-major.
    /// - Throws: `malformed`.
    func values(_ name: String, shape: [Int?]) throws(GuardianError) -> [Double] {
        try array(name, shape: shape).values
    }

    /// An array of a known shape, all finite.
    func array(_ name: String, shape: [Int?]) throws(GuardianError) -> NumberArray {
        guard let array = arrays.first(where: { $0.name == name }) else {
            throw malformed("it has no array \(name)")
        }
        guard array.shape.count == shape.count,
            zip(array.shape, shape).allSatisfy({ $1 == nil || $0 == $1 })
        else { throw malformed("its array \(name) has the shape \(array.shape)") }
        guard array.values.allSatisfy(\.isFinite) else {
            throw malformed("its array \(name) holds a number that is not finite")
        }
        return array
    }

    /// A matrix of a known number of columns.
    func matrix(_ name: String, columns: Int) throws(GuardianError) -> Matrix {
        let array = try array(name, shape: [nil, columns])
        return Matrix(array.shape[0], columns, array.values)
    }

    /// Whole numbers in a range.
    func integers(_ name: String, in range: Range<Int>) throws(GuardianError) -> [Int] {
        let values = try values(name, shape: [nil])
        let result = values.compactMap { Int(exactly: $0) }
        guard result.count == values.count, result.allSatisfy(range.contains) else {
            throw malformed("its array \(name) holds numbers that are not rows")
        }
        return result
    }

    /// Says what is wrong.
    func malformed(_ reason: String) -> GuardianError { .malformed(kind: kind, reason: reason) }
}
