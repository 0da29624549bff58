import Foundation
import Storage
import Tensors

/// The fit of a `PSoSGuardian`, which can be interrupted, saved and taken up again.
///
/// ```swift
/// var fit = try PSoSFit(configuration, to: data)
/// while !fit.isConverged { try fit.advance(iterations: 1000) }     // save `fit.encoded()` between
/// let guardian = try fit.guardian()
/// ```
///
/// The state after a number of iterations is the same, bit for bit, however they were portioned and whether or not it was
/// saved and read between, on the same machine.
public struct PSoSFit: Sendable {
    /// The options.
    public let configuration: PSoSGuardian.Configuration
    private let data: GuardianData
    private let scaling: FeatureScaling?
    private let scaled: Matrix
    private let span: PolynomialSpan
    private let vectors: OptimalDesign.Vectors
    private var design: OptimalDesign

    /// Training rows that were left out as outliers, rising.
    public let trimmedRows: [Int]
    /// Steps made.
    public var iterations: Int { design.iterations }
    /// Relative optimality gap at the last pass over the points; infinite before the first.
    ///
    /// Once converged it is that over all points kept: log det P is within r·ln(1 + gap) of its largest value. Before that
    /// it is that over the points that may touch the ellipsoid.
    public var gap: Double { design.gap }
    /// Whether the gap is within the tolerance.
    public var isConverged: Bool { design.isConverged }
    /// Weight of each training row in the optimal design; not unique, unlike the ellipsoid.
    public var weights: [Double] {
        var result = [Double](repeating: 0, count: scaled.rows)
        for (row, weight) in zip(design.active, design.weights) { result[row] = weight }
        return result
    }

    /// Scales and lifts the points, leaves out outliers, and starts the design.
    ///
    /// - Parameters:
    ///   - configuration: the options.
    ///   - data: the training points, and those held out where there are any.
    /// - Throws: `GuardianError`.
    public init(_ configuration: PSoSGuardian.Configuration, to data: GuardianData) throws(GuardianError) {
        try self.init(configuration, data) { vectors, ranked throws(GuardianError) in
            try OptimalDesign(vectors, ranked: ranked, tolerance: configuration.tolerance)
        }
    }

    private init(
        _ configuration: PSoSGuardian.Configuration, _ data: GuardianData,
        _ design: (OptimalDesign.Vectors, _ ranked: ArraySlice<Int>) throws(GuardianError) -> OptimalDesign
    ) throws(GuardianError) {
        try configuration.check()
        let options = configuration.polynomial
        let (scaling, scaled, basis) = try options.prepared(data)
        let all = try PolynomialSpan(basis, of: scaled, ridge: options.ridge)
        let scores = all.product.norms(ArrangedTriangle(all.factor.lower.inverseOfLower()), scaled)
        let ranked = scores.indices.sorted {
            scores[$0] != scores[$1] ? scores[$0] < scores[$1] : $0 < $1
        }
        let left = Int(configuration.trimming * Double(scaled.rows))
        let inside = ranked.dropLast(left)
        let kept = inside.sorted()
        let span = left == 0 ? all : try PolynomialSpan(basis, of: scaled, rows: kept, ridge: options.ridge)
        let vectors = OptimalDesign.Vectors(product: span.product, points: scaled, kept: kept)
        self.design = try design(vectors, inside)
        (self.configuration, self.data, self.scaling, self.scaled) = (configuration, data, scaling, scaled)
        (self.span, self.vectors, trimmedRows) = (span, vectors, ranked.suffix(left).sorted())
    }

    /// Makes at most so many iterations; none once converged.
    ///
    /// - Parameter iterations: at least 0.
    /// - Throws: `singularMoments` if rounding has destroyed the moments.
    public mutating func advance(iterations: Int) throws(GuardianError) {
        precondition(iterations >= 0, "\(iterations) iterations")
        try design.advance(iterations, vectors)
    }

    /// The guardian of the ellipsoid reached so far.
    ///
    /// - Throws: `notConverged` if the gap is not within the tolerance, and what the threshold throws.
    public func guardian() throws -> PSoSGuardian {
        guard isConverged else {
            throw GuardianError.notConverged(
                gap: gap, tolerance: configuration.tolerance, iterations: iterations)
        }
        let ridge = configuration.polynomial.ridge
        let lower = span.lower(try design.factor(), ridge: ridge, scale: 1 / Double(span.independent.count))
        let form = PolynomialForm(
            scaling, features: data.features.count, span.basis, order: span.independent + span.dependent,
            lower: lower)
        let report = GuardianReport(
            points: data.points.rows, trainingShareOutside: 0, ridge: span.dependent.isEmpty ? 0 : ridge,
            gap: gap, iterations: iterations,
            notes: form.notes + span.notes(ridge: ridge) + [
                "\(trimmedRows.count) of \(data.points.rows) training points left out as outliers, of a share of \(configuration.trimming) allowed."
            ])
        let scores = GuardianScores(
            kind: PSoSGuardian.kind, score: { form($0) }, levels: { form(data.points.rows(at: $0)) })
        if let rule = configuration.threshold {
            return PSoSGuardian(facts: try scores.facts(rule, for: data, report), form: form)
        }
        // The boundary is 1 but for the gap and rounding; no point kept may be called outside because of them.
        let inside = form.norms(ofScaled: scaled, rows: vectors.kept).reduce(1, max)
        return PSoSGuardian(facts: try scores.facts(at: inside, for: data, report), form: form)
    }
}

// MARK: - Records

extension PSoSFit {
    /// What the JSON text of a stored fit holds.
    private struct Details: Codable {
        var configuration: PSoSGuardian.Configuration
        var points: String
        var design: OptimalDesign.Details
    }

    private static let kind = PSoSGuardian.kind + ".fit"

    /// The state, for a file, without the points; what follows from them is computed anew.
    public func encoded() throws -> GuardianRecord {
        let details = Details(
            configuration: configuration, points: data.points.fingerprint, design: design.details)
        return GuardianRecord(
            kind: Self.kind, arrays: design.arrays, metadata: try JSONEncoder.compact.text(of: details))
    }

    /// Goes on from a state.
    ///
    /// - Parameters:
    ///   - record: what `encoded` gave.
    ///   - data: the same training points; the held-out ones are used when the fit ends.
    ///   - configuration: what the fit must have been begun with; whatever the record says where nil.
    /// - Throws: `malformed`, also for other points than those of the record.
    public init(
        resuming record: GuardianRecord, on data: GuardianData,
        configured configuration: PSoSGuardian.Configuration? = nil
    ) throws(GuardianError) {
        guard record.kind == Self.kind else { throw record.malformed("it is not the state of a fit") }
        let details = try record.metadata(as: Details.self)
        guard details.points == data.points.fingerprint else {
            throw record.malformed("it was fitted to other points")
        }
        guard configuration.map({ $0 == details.configuration }) ?? true else {
            throw record.malformed("it was begun with other options")
        }
        try self.init(details.configuration, data) { vectors, _ throws(GuardianError) in
            try OptimalDesign(
                record, details.design, vectors, tolerance: details.configuration.tolerance)
        }
    }
}

extension Matrix {
    /// A name of the numbers, every bit of them (FNV-1a over 64-bit words): against mistakes, not against malice.
    fileprivate var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for value in elements { hash = (hash ^ value.bitPattern) &* 0x100_0000_01b3 }
        return "\(rows)x\(columns)-" + String(hash, radix: 16)
    }
}
