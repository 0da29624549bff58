/// An input for which a property does not hold.
public struct CounterExample: Sendable, Hashable {
    /// The input.
    public let input: [Double]
    /// What the network gives there, with the usual rounding of `Double`.
    public let output: [Double]
    /// A second input, of a property that compares two: the output falls from the first to this one.
    public let other: [Double]?
}

/// What was found of a property.
public enum VerificationResult: Sendable {
    /// It holds for every input.
    case holds(SearchRecord)
    /// It does not hold for this input, whatever rounding did.
    case violated(CounterExample, SearchRecord)
    /// Neither was found within the limits.
    case unknown(SearchRecord)

    /// What the search did.
    public var record: SearchRecord {
        switch self {
        case .holds(let record), .violated(_, let record), .unknown(let record): record
        }
    }

    /// `holds`, `violated` or `unknown`.
    public var verdict: String {
        switch self {
        case .holds: "holds"
        case .violated: "violated"
        case .unknown: "unknown"
        }
    }
}

/// What a search did.
public struct SearchRecord: Sendable {
    /// Boxes bounded.
    public internal(set) var boxes = 0
    /// The most cuts between a box and a proved part of it.
    public internal(set) var deepest = 0
    /// Share of the volume that is proved.
    public internal(set) var provedShare = 0.0
    /// Proved parts of each question: lower and upper ends of each part, behind each other.
    package internal(set) var leaves: [[Double]] = []

    /// How many parts are proved.
    public var leafCount: Int { leaves.reduce(0) { $0 + $1.count } / max(1, 2 * inputs) }

    /// Inputs of the network.
    let inputs: Int

    /// Nothing done yet.
    init(inputs: Int) { self.inputs = inputs }
}
