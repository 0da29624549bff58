import Assurance

/// What a run learns from, and what to say of it.
public struct OpenedData<Data: TrainingData> {
    /// The records.
    public let data: Data
    /// Where they are from, for the run's manifest: an absolute path, or how they were made.
    public let place: String
    /// One line for the user.
    public let summary: String
    /// What the run is about, for the name of its directory; letters, digits, `-`, `_` and `.`.
    public let subject: String

    /// Puts it together.
    public init(_ data: Data, place: String, summary: String, subject: String) {
        (self.data, self.place, self.summary, self.subject) = (data, place, summary, subject)
    }
}

/// An algorithm that learns from something else than transitions, and opens it itself.
public protocol DataOpeningAlgorithm: Algorithm {
    /// Opens what a configuration names.
    ///
    /// - Parameters:
    ///   - run: what every run has.
    ///   - options: the algorithm's own.
    ///   - environment: the Swift type of the run's environment; nil where it has none.
    ///   - earlier: where the data file lay when the run was started, for a resume from another place.
    /// - Returns: the data; equal configurations give equal ones.
    /// - Throws: `OptionIssue` with a key as seen from the whole configuration, and errors of the files.
    static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: (any Environment.Type)?,
        earlier: String?
    ) throws -> OpenedData<Data>
}

/// An algorithm that tests its policy itself, and may find no solution.
public protocol VerdictAlgorithm: ReportingAlgorithm {
    /// What the test found; nil for a run that has none, such as one that trains a cost model only.
    ///
    /// - Throws: what computing it throws.
    func verdict() throws -> SafetyVerdict?
    /// Writes the certified policy where others can use it.
    ///
    /// - Parameter directory: does not exist, or holds an earlier export of the same policy.
    /// - Throws: `StorageError`.
    func export(to directory: String) throws
}
