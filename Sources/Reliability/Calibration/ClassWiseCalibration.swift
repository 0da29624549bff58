/// Over- and under-confidence class by class, which a mean over all rows may hide.
///
/// The signed score of a class is the mean of confidence − right over the rows whose *true* class it is.
///
/// - SeeAlso: "Two sides of miscalibration: identifying over and under-confidence prediction for network calibration", UAI 2023.
public struct ClassWiseCalibration: Sendable, Hashable {
    /// Signed score of every class, in [−1, 1]; nothing for a class without rows.
    public let signed: [Double?]
    /// Expected calibration error (15 bins of equal width) of the rows of every class; nothing without rows.
    public let ece: [Double?]
    /// Mean of `ece` over the classes that have rows.
    public let meanECE: Double
    /// Classes with rows whose score is at least 0.
    public let overClasses: Int
    /// Classes with rows whose score is below 0.
    public let underClasses: Int
    /// Mean score of the former; nothing where there is none.
    public let meanOver: Double?
    /// Mean score of the latter; nothing where there is none.
    public let meanUnder: Double?
    /// (|P|·Σ_P s + |N|·Σ_N s)/K with P the classes over and N those under, K the number of both.
    public let miscalibrationScore: Double

    /// Compares classes.
    ///
    /// - Parameters:
    ///   - confidence: one a row, in [0, 1].
    ///   - hit: whether it came true.
    ///   - labels: the class of each row, in 0 ..< `classes`.
    ///   - classes: at least 1; those without rows are left out of all means.
    /// - Throws: `tooFew` without rows, `notFinite`, `outside`.
    public init(confidence: [Double], hit: [Bool], labels: [Int], classes: Int) throws(ReliabilityError) {
        precondition(labels.count == confidence.count, "\(labels.count) labels of \(confidence.count) rows")
        guard !labels.isEmpty else { throw .tooFew("class-wise calibration", rows: 0, needed: 1) }
        var (signed, ece) = ([Double?](), [Double?]())
        for label in 0..<classes {
            let rows = labels.indices.filter { labels[$0] == label }
            let table =
                rows.isEmpty
                ? nil
                : try CalibrationTable(confidence: rows.map { confidence[$0] }, hit: rows.map { hit[$0] })
            signed.append(table?.signed)
            ece.append(table?.ece)
        }
        let scores = signed.compactMap { $0 }
        let (over, under) = (scores.filter { $0 >= 0 }, scores.filter { $0 < 0 })
        (self.signed, self.ece) = (signed, ece)
        meanECE = mean(ece.compactMap { $0 })
        (overClasses, underClasses) = (over.count, under.count)
        meanOver = over.isEmpty ? nil : mean(over)
        meanUnder = under.isEmpty ? nil : mean(under)
        miscalibrationScore =
            (Double(over.count) * over.reduce(0, +) + Double(under.count) * under.reduce(0, +))
            / Double(scores.count)
    }

    /// Compares the classes of a classifier.
    public init(_ rows: ClassifierRows) throws(ReliabilityError) {
        try self.init(
            confidence: rows.confidence, hit: rows.isRight, labels: rows.labels, classes: rows.classes)
    }

    /// Expected calibration error of each class's own probability, over all rows (one class against the others).
    ///
    /// - Parameters:
    ///   - rows: of a classifier.
    ///   - rule: bins.
    /// - Returns: one number in [0, 1] a class.
    /// - Throws: never for rows that exist.
    public static func oneAgainstOthers(_ rows: ClassifierRows, rule: BinRule = .equalWidth(15))
        throws(ReliabilityError) -> [Double]
    {
        let probabilities = rows.probabilities
        var errors: [Double] = []
        for label in 0..<rows.classes {
            errors.append(
                try CalibrationTable(
                    confidence: probabilities.map { $0[label] }, hit: rows.labels.map { $0 == label },
                    rule: rule
                ).ece)
        }
        return errors
    }
}
