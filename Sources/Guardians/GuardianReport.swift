/// How the fit of a guardian went.
public struct GuardianReport: Codable, Hashable, Sendable {
    /// Points fitted on.
    public var points: Int
    /// Share of the training points that the guardian calls outside, in [0, 1]; where the threshold does not need all
    /// their scores, of at most 4 096 of them, evenly spread.
    public var trainingShareOutside: Double
    /// What was added to the diagonal of the moment matrix; 0 unless the method has one and it was singular.
    public var ridge: Double
    /// Relative optimality gap of the fit; nothing for methods that do not iterate.
    public var gap: Double?
    /// Iterations made; nothing for methods that do not iterate.
    public var iterations: Int?
    /// One sentence for each thing that a user must know, such as a ridge or columns left out.
    public var notes: [String]

    /// Notes a fit.
    public init(
        points: Int, trainingShareOutside: Double, ridge: Double = 0, gap: Double? = nil,
        iterations: Int? = nil, notes: [String] = []
    ) {
        (self.points, self.trainingShareOutside, self.ridge) = (points, trainingShareOutside, ridge)
        (self.gap, self.iterations, self.notes) = (gap, iterations, notes)
    }
}
