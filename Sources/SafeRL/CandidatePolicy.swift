/// A policy that draws several actions for each observation and takes the one that it judges best.
public protocol CandidatePolicy: Policy {
    /// What it draws for one observation.
    ///
    /// - Parameters:
    ///   - row: `[inputSize]`, as for the rows of `act`.
    ///   - stream: the row's, advanced as by `act`.
    /// - Returns: `[candidates][actionSize]`, the one that `act` takes first, the others by its judgement.
    /// - Throws: as `act`.
    func candidates(on row: [Float], using stream: inout RandomStream) throws -> [[Float]]
}

extension CandidatePolicy {
    /// Itself.
    public var proposing: (any CandidatePolicy)? { self }
}
