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
