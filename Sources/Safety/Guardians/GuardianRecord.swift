import Tensors

/// A guardian as plain values, for a file: its kind, named arrays of `Double` and a small JSON text.
public struct GuardianRecord: Equatable, Sendable {
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

    /// `SupportGuardian.kind`.
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
}
