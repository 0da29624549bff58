/// How the factors of products with many rows are held while something is learned.
public enum Precision: String, Codable, CaseIterable, Sendable {
    /// As numbers are kept.
    case float32
    /// Rounded to 8 significant bits, to nearest with ties to even; weights, moments, sums and all else stay in single precision.
    case bf16

    /// Whether this processor multiplies such numbers itself: rounding in software would take longer than it saves.
    public var isAvailable: Bool { self == .float32 || ProductMethod.choices.contains(.bf16) }

    /// Does work whose tapes, from their next `reset()` on, compute products so; other threads' tapes do not.
    ///
    /// - Parameter work: such as the updates of an algorithm.
    /// - Returns: what `work` returns.
    public func during<Result>(_ work: () throws -> Result) rethrows -> Result {
        precondition(isAvailable, "this processor has no products of \(rawValue)")
        return try ProductMethod.$current.withValue(self == .bf16 ? .bf16 : .best, operation: work)
    }
}
