import Foundation

/// Logits of a classifier and the true classes of the same rows.
public struct ClassifierRows: Sendable, Hashable {
    /// One row of K logits each.
    public let logits: [[Double]]
    /// True class of each row, in 0 ..< K.
    public let labels: [Int]
    /// Number of classes K, at least 2.
    public let classes: Int

    /// Takes rows.
    ///
    /// - Parameters:
    ///   - logits: n rows of K numbers, K at least 2.
    ///   - labels: n classes in 0 ..< K.
    /// - Throws: `tooFew` without rows, `notFinite`, `outside` for a label that is no class.
    public init(logits: [[Double]], labels: [Int]) throws(ReliabilityError) {
        precondition(logits.count == labels.count, "\(logits.count) rows of logits, \(labels.count) labels")
        guard let classes = logits.first?.count else {
            throw .tooFew("classifier", rows: 0, needed: 1)
        }
        precondition(classes >= 2, "\(classes) classes")
        for (row, values) in logits.enumerated() {
            precondition(values.count == classes, "row \(row) has \(values.count) logits, not \(classes)")
            guard values.allSatisfy(\.isFinite) else { throw .notFinite("logits", row: row) }
            guard 0..<classes ~= labels[row] else {
                throw .outside(
                    "label", value: Double(labels[row]), row: row, low: 0, high: Double(classes - 1))
            }
        }
        (self.logits, self.labels, self.classes) = (logits, labels, classes)
    }

    private init(scaled logits: [[Double]], like rows: ClassifierRows) {
        (self.logits, labels, classes) = (logits, rows.labels, rows.classes)
    }

    /// The rows with every logit divided by a temperature.
    public func divided(by temperature: Double) -> ClassifierRows {
        ClassifierRows(scaled: logits.map { $0.map { $0 / temperature } }, like: self)
    }

    /// The rows with the logits of class k divided by temperature k: column by column, so that another class may win.
    public func divided(byColumn temperatures: [Double]) -> ClassifierRows {
        ClassifierRows(scaled: logits.map { zip($0, temperatures).map { $0 / $1 } }, like: self)
    }

    /// The rows with all logits of a row divided by the temperature of the class that it predicts.
    public func divided(byPrediction temperatures: [Double]) -> ClassifierRows {
        let scaled = zip(logits, predictions).map { row, winner in row.map { $0 / temperatures[winner] } }
        return ClassifierRows(scaled: scaled, like: self)
    }

    /// The class with the largest logit of each row; the first wins ties.
    public var predictions: [Int] {
        logits.map { row in row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 } }
    }

    /// Softmax probabilities of each row.
    public var probabilities: [[Double]] { logits.map(Self.softmax) }

    /// Largest probability of each row.
    public var confidence: [Double] { zip(probabilities, predictions).map { $0[$1] } }

    /// Whether each row's prediction is its label.
    public var isRight: [Bool] { zip(predictions, labels).map { $0 == $1 } }

    /// Share of right predictions.
    public var accuracy: Double { Double(isRight.count { $0 }) / Double(labels.count) }

    /// Mean over rows of Σ_k (p_k − [k is the label])², in [0, 2].
    public var brier: Double {
        zip(probabilities, labels).reduce(0) { sum, row in
            sum + row.0.enumerated().reduce(0) { $0 + pow($1.1 - ($1.0 == row.1 ? 1 : 0), 2) }
        } / Double(labels.count)
    }

    /// Mean of −ln of the label's probability, at least 0.
    public var logLoss: Double {
        zip(logits, labels).reduce(0) { $0 + Self.logSumExp($1.0) - $1.0[$1.1] } / Double(labels.count)
    }

    static func logSumExp(_ row: [Double]) -> Double {
        let most = row.max() ?? 0
        return most + log(row.reduce(0) { $0 + exp($1 - most) })
    }

    static func softmax(_ row: [Double]) -> [Double] {
        let most = row.max() ?? 0
        let powers = row.map { exp($0 - most) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }
}
