import Tensors

/// Judges whether points, such as pairs of a state and an action, lie where the data is.
///
/// A guardian is a value: fitted once, never changed by use. Scoring is deterministic, and the score of a point depends
/// neither on the points beside it nor on the number of threads.
public protocol SupportGuardian: Sendable {
    /// The name of the method, such as `psos` or `kde`.
    static var kind: String { get }
    /// The columns it was fitted on.
    var features: GuardianFeatures { get }
    /// A point is outside if and only if its score is greater than this.
    var threshold: Double { get }
    /// What held-out points showed about the threshold; nothing if none were held out.
    var calibration: GuardianCalibration? { get }
    /// How the fit went: what a user must know before trusting it.
    var report: GuardianReport { get }

    /// How far outside each point lies; higher is farther.
    ///
    /// - Parameter points: `[n, inputSize]`, in the units of the training points.
    /// - Returns: one number a row, finite or `+inf`.
    /// - Throws: `GuardianError` for another number of columns or a number that is not finite; what a model throws.
    func score(_ points: Matrix) throws -> [Double]

    /// Whether each point lies outside the data: exactly whether its score is greater than the threshold, but possibly
    /// known sooner. A score that is not a number is outside.
    ///
    /// - Parameter points: `[n, inputSize]`.
    /// - Returns: one answer a row.
    /// - Throws: as `score`.
    func isOutside(_ points: Matrix) throws -> [Bool]

    /// Everything that is needed to build a guardian with bit-equal scores: see `GuardianRecord.guardian()`.
    func encoded() throws -> GuardianRecord
}

/// A guardian that is fitted on data alone and can be built again from its record alone.
public protocol FittedGuardian: SupportGuardian {
    /// The options of the method.
    associatedtype Configuration: Codable, Hashable, Sendable
    /// Features, threshold, calibration, report.
    var facts: GuardianFacts { get }

    /// Fits a guardian.
    ///
    /// - Parameters:
    ///   - configuration: the options.
    ///   - data: the training points, and those held out where there are any.
    /// - Throws: `GuardianError` for data or options that allow no trustworthy guardian.
    init(_ configuration: Configuration, fittedTo data: GuardianData) throws

    /// Builds the guardian that a record was made of.
    ///
    /// - Parameter record: of this kind.
    /// - Throws: `GuardianError.malformed`.
    init(from record: GuardianRecord) throws(GuardianError)
}

extension FittedGuardian {
    /// The columns it was fitted on.
    public var features: GuardianFeatures { facts.features }
    /// A point is outside if and only if its score is greater than this.
    public var threshold: Double { facts.threshold }
    /// What held-out points showed about the threshold; nothing if none were held out.
    public var calibration: GuardianCalibration? { facts.calibration }
    /// How the fit went.
    public var report: GuardianReport { facts.report }
}

extension SupportGuardian {
    /// Columns of the points that it judges.
    public var inputSize: Int { features.count }

    /// Whether the score of each point is greater than the threshold.
    ///
    /// - Parameter points: `[n, inputSize]`.
    /// - Returns: one answer a row.
    /// - Throws: as `score`.
    public func isOutside(_ points: Matrix) throws -> [Bool] {
        try score(points).map { !($0 <= threshold) }
    }

    /// Bounds on the probability that a fresh point of the data's own kind is called outside.
    ///
    /// - Parameter confidence: chance that the bounds hold, in (0, 1).
    /// - Returns: nothing if no points were held out.
    public func certificate(confidence: Double) -> CoverageCertificate? {
        calibration.map { CoverageCertificate($0, confidence: confidence) }
    }

    /// Refuses points that are not what the guardian was fitted on.
    ///
    /// - Parameter points: `[n, inputSize]`, finite.
    /// - Throws: `otherSize`, `notFinite`.
    public func check(_ points: Matrix) throws(GuardianError) {
        try features.check(columns: points.columns, of: Self.kind)
        try points.mustHoldFinitePoints()
    }
}

/// The columns of the points of a guardian, in order: how many, and their names where they have any.
public struct GuardianFeatures: Codable, Hashable, Sendable {
    /// Number of columns, at least 1.
    public let count: Int
    /// One name a column, such as `SpO2`.
    public let names: [String]?

    /// Columns without names.
    public init(_ count: Int) { (self.count, names) = (count, nil) }

    /// Columns with names, no two of them equal.
    public init(named names: [String]) {
        precondition(Set(names).count == names.count, "two features of one name in \(names)")
        (count, self.names) = (names.count, names)
    }

    /// Refuses another number of columns.
    func check(columns: Int, of kind: String) throws(GuardianError) {
        if columns != count { throw .otherSize(kind: kind, fitted: count, asked: columns) }
    }

    /// Refuses other columns, or the same in another order; columns without names fit any of their number.
    ///
    /// - Parameters:
    ///   - other: the columns of the points to be judged.
    ///   - kind: of the guardian, for the message.
    /// - Throws: `otherSize`, `otherFeature`.
    public func check(_ other: GuardianFeatures, of kind: String) throws(GuardianError) {
        try check(columns: other.count, of: kind)
        guard let names, let others = other.names else { return }
        for (column, (fitted, asked)) in zip(names, others).enumerated() where fitted != asked {
            throw .otherFeature(kind: kind, column: column, fitted: fitted, asked: asked)
        }
    }
}

extension Matrix {
    /// Refuses numbers that are not finite.
    func mustHoldFinitePoints() throws(GuardianError) {
        if let bad = firstNotFinite { throw .notFinite(row: bad.row, column: bad.column) }
    }
}
