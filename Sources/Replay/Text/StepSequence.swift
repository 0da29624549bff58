import Storage

/// Steps in order, joined to transitions: what follows a step, and how an episode ends, is decided here for tables and arrays.
///
/// An episode ends where a step says so or the next one belongs to another; one that ends without saying how was cut. The state
/// that its last step led to is the one acted in where nothing else is known.
struct StepSequence {
    /// One step, its values read.
    struct Step {
        var row: Int
        var episode: String?
        var observation, action: [Float]
        var next: [Float]?
        var reward: Float
        var costs: [Float]
        var total, constraint: Float?
        var terminated, truncated: Bool
    }

    private let file: String
    private let episodes: String?
    private var transitions: TransitionColumns
    private let spill: ColumnSpill?
    private var earlier: Set<String> = []
    private var last: Step?

    /// How many choices an action is one of; nil where actions are real numbers.
    var choices: Int? { transitions.actionChoices }

    /// Begins with no step.
    ///
    /// - Parameters:
    ///   - transitions: none yet, of the steps' sizes.
    ///   - file: for messages.
    ///   - episodes: the column that tells episodes apart, for messages.
    ///   - spill: takes transitions over, a piece at a time; nothing where all stay in memory.
    init(
        _ transitions: TransitionColumns, of file: String, episodes: String? = nil, spill: ColumnSpill? = nil
    ) {
        (self.transitions, self.file, self.episodes, self.spill) = (transitions, file, episodes, spill)
    }

    /// Takes a step in.
    ///
    /// - Throws: `StepTableError` where it goes on with an episode that has ended.
    mutating func take(_ step: Step) throws {
        if let last { try close(last, before: step) }
        last = step
    }

    /// All transitions that were not spilled; nil where there was no step.
    mutating func finish() throws -> TransitionColumns? {
        guard let last else { return nil }
        try append(last, next: last.next ?? last.observation, endsEpisode: true)
        self.last = nil
        return transitions
    }

    /// Whether a row's next observation stands in the row that follows it.
    private func isFollowed(_ step: Step, by next: Step) -> Bool {
        !step.terminated && !step.truncated && step.episode == next.episode
    }

    private mutating func close(_ step: Step, before next: Step) throws {
        if isFollowed(step, by: next) {
            return try append(step, next: step.next ?? next.observation, endsEpisode: false)
        }
        try append(step, next: step.next ?? step.observation, endsEpisode: true)
        guard let episode = step.episode, let other = next.episode else { return }
        if episode == other {
            throw StepTableError(
                file, row: next.row, column: episodes,
                "episode \(quoted(other)) goes on behind its end in row \(step.row). Give the rows an episode of their own."
            )
        }
        earlier.insert(episode)
        if earlier.contains(other) {
            throw StepTableError(
                file, row: next.row, column: episodes,
                "episode \(quoted(other)) stands there before, and others in between. Sort the rows by episode and step."
            )
        }
    }

    private mutating func append(_ step: Step, next: [Float], endsEpisode: Bool) throws {
        transitions.append(
            observation: step.observation, action: step.action, nextObservation: next, reward: step.reward,
            costs: step.costs, total: step.total, constraintValue: step.constraint,
            terminated: step.terminated,
            truncated: step.truncated || (endsEpisode && !step.terminated))
        try spill?.takeIfMany(&transitions)
    }
}
