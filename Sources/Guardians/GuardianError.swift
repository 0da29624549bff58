import Assurance
import Storage

/// Why a guardian could not be fitted, asked or read.
public enum GuardianError: Fault, Equatable {
    /// There is no point to fit on.
    case noPoints
    /// A number of a point is NaN or infinite.
    case notFinite(row: Int, column: Int)
    /// The points have another number of columns than those fitted on.
    case otherSize(kind: String, fitted: Int, asked: Int)
    /// A column has another name than the one fitted on.
    case otherFeature(kind: String, column: Int, fitted: String, asked: String)
    /// An option is out of its range.
    case outOfRange(option: String, value: Double, range: String)
    /// There is nothing to tell points apart by.
    case noVariation
    /// More monomials than points, so that no ellipsoid is bounded by them.
    case tooManyMonomials(monomials: Int, points: Int, degree: Int)
    /// The points do not span the space of the monomials.
    case singularMoments(order: Int, ridge: Double)
    /// Too few held-out episodes for the threshold wanted.
    case tooFewEpisodes(episodes: Int, needed: Int, alpha: Double)
    /// The threshold would call every training point outside.
    case rejectsEverything(threshold: Double, remedy: String)
    /// Held-out points were promised and there are none.
    case noHeldOutPoints
    /// The threshold needs held-out points.
    case notCalibrated(kind: String)
    /// One episode cannot be fitted on and held out.
    case oneEpisode
    /// A training or held-out point has a score that is not a finite number.
    case scoreNotFinite(kind: String, row: Int)
    /// The fit stopped before its optimum was near enough.
    case notConverged(gap: Double, tolerance: Double, iterations: Int)
    /// A guardian was built on a model, and is read with another one.
    case otherModel(kind: String, stored: Double, computed: Double)
    /// A stored guardian does not hold what its kind needs.
    case malformed(kind: String, reason: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noPoints, .notFinite, .noVariation, .oneEpisode, .noHeldOutPoints, .otherModel, .malformed:
            .badData
        case .scoreNotFinite: .internalFault
        case .otherSize, .otherFeature, .outOfRange, .tooManyMonomials, .singularMoments,
            .tooFewEpisodes, .rejectsEverything, .notCalibrated, .notConverged:
            .configuration
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .noPoints: "guardian: there are no points to fit on. Give at least one training episode."
        case .notFinite(let row, let column):
            "guardian: row \(row), column \(column) is not a finite number. Clean the data, or look for a model that diverges."
        case .otherSize(let kind, let fitted, let asked):
            "guardian \(kind): fitted on \(fitted) features, asked about \(asked). Give the features it was fitted on."
        case .otherFeature(let kind, let column, let fitted, let asked):
            "guardian \(kind): feature \(column) is \"\(asked)\", fitted on \"\(fitted)\". Give the features in the order fitted on."
        case .outOfRange(let option, let value, let range):
            "guardian: \(option) \(value) is outside \(range). Choose a value inside."
        case .noVariation:
            "guardian: every feature is constant on the training points. Give features that vary."
        case .tooManyMonomials(let monomials, let points, let degree):
            "guardian: degree \(degree) makes \(monomials) monomials, \(points) points kept. Lower the degree or give more points."
        case .singularMoments(let order, let ridge):
            "guardian: the moment matrix is singular at order \(order), ridge \(ridge). Drop dependent features, lower the degree or allow a larger ridge."
        case .tooFewEpisodes(let episodes, let needed, let alpha):
            "guardian: \(episodes) held-out episodes cannot calibrate a false-alarm rate of \(alpha). Hold out at least \(needed)."
        case .rejectsEverything(let threshold, let remedy):
            "guardian: the threshold \(threshold) calls every training point outside. \(remedy)."
        case .noHeldOutPoints:
            "guardian: the held-out points are empty. Hold out at least one episode, or give none."
        case .notCalibrated(let kind):
            "guardian \(kind): a conformal threshold needs held-out episodes. Hold some out or choose a quantile."
        case .oneEpisode:
            "guardian: one episode cannot be both fitted on and held out. Give at least two episodes."
        case .scoreNotFinite(let kind, let row):
            "guardian \(kind): the score of row \(row) is not a finite number. Look at that row and at the options of the method."
        case .notConverged(let gap, let tolerance, let iterations):
            "guardian: optimality gap \(gap) after \(iterations) iterations, \(tolerance) wanted. Allow more iterations or a larger gap."
        case .otherModel(let kind, let stored, let computed):
            "stored guardian \(kind): the model scores \(computed) where it scored \(stored). Give the model it was fitted with."
        case .malformed(let kind, let reason):
            "stored guardian \(kind): \(reason). Fit it again or take another checkpoint."
        }
    }
}
