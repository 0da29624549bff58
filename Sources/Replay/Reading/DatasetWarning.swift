/// Something odd in a data set that training survives.
public enum DatasetWarning: Equatable, Sendable {
    /// The file had no next observations.
    case derivedNextObservations(truncatedEpisodes: Int)
    /// The file had no time-outs.
    case noTimeouts
    /// Actions outside [-1, 1], clipped.
    case clippedActions(ClippedActions)
    /// A component in which single precision loses differences between rows; `others` are not told one by one.
    case narrowed(NarrowedColumn, others: Int)
    /// Without stored next observations: states that jump before the row that ends the episode, not after it.
    case lateEnds(episodes: Int, of: Int, first: Int)
    /// Rows after the last episode end.
    case unendedTail(rows: Range<Int>)
    /// Rows that are terminal and timeout at once; they count as terminated.
    case bothEndings(rows: Int, first: Int)
    /// Rows inside an episode whose next observation is not the following row's observation.
    case misalignedNextObservations(rows: Int, first: Int)
    /// Components that never change.
    case constantColumn(String, components: [Int])
    /// Transitions that another one equals in every value.
    case duplicates(rows: Int)
    /// Costs other than 0 and 1; whatever is above 0 counts as a violation.
    case nonBinaryCost(rows: Int, largest: Float, channel: String? = nil)
    /// No transition costs anything, so nothing can be learned about safety; `channel`: not about this constraint.
    case costNeverPositive(channel: String? = nil)
    /// Every transition has a cost, so nothing can be learned about what is safe.
    case costAlwaysPositive(channel: String? = nil)
    /// Almost every transition has a cost.
    case costMostlyPositive(share: Double, channel: String? = nil)
    /// Every episode has a cost.
    case noCostFreeEpisode(channel: String? = nil)
    /// Nothing can be held out, and nothing be said about the spread of episodes.
    case singleEpisode
    /// The file name says one task, the sizes another.
    case otherSizesThanTask(String, observationSize: Int, actionSize: Int)
    /// Episodes longer than the task allows.
    case longerThanTask(String, episodes: Int, stepLimit: Int)
}

extension DatasetWarning: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .derivedNextObservations(let truncated):
            "no next observations in the file: made from the following rows. The last row of each episode repeats "
                + "its own observation, which matters only for the \(truncated) truncated episodes, and there only "
                + "if truncation does not cut bootstrapping."
        case .noTimeouts:
            "no column of time-outs: read as if no step limit cut an episode. Where one did, store \"timeouts\"."
        case .clippedActions(let clipped):
            "actions beyond [-1, 1], clipped\(clipped.task.map { ", as the simulator of \($0) does" } ?? ""): "
                + "\(clipped.values) \(clipped.values == 1 ? "value" : "values") in \(counted(clipped.rows)), "
                + "the largest \(clipped.largest)."
        case .narrowed(let narrowed, let others):
            "single precision (float32) loses differences between rows: "
                + "column \"\(narrowed.column)\"\(narrowed.component.map { ", component \($0)" } ?? ""), where numbers "
                + "are \(Float(narrowed.spacing)) apart and the standard deviation is \(Float(narrowed.spread))"
                + (others > 0 ? ", and \(others) more" : "")
                + ". Subtract a constant before recording, such as \(narrowed.first)."
        case .lateEnds(let episodes, let all, let first):
            "ends that seem to be set a row late: in \(episodes) of \(all) episodes the state jumps before the row that "
                + "ends it, first row \(first), and not after. Set the end on the last step, or store next_observations."
        case .unendedTail(let rows):
            "after the last episode end: \(counted(rows.count)), from row \(rows.lowerBound); "
                + "batches draw from them, episode statistics leave them out. "
                + "`saferl data convert --end-last` marks the last row as cut."
        case .bothEndings(let rows, let first):
            "terminal and timeout at once: \(counted(rows)), first row \(first); counted as terminated."
        case .misalignedNextObservations(let rows, let first):
            "next observation unlike the following row's observation inside an episode: \(counted(rows)), "
                + "first row \(first)."
        case .constantColumn(let column, let components):
            components.isEmpty
                ? "column \"\(column)\" is constant."
                : "column \"\(column)\" never changes in component "
                    + components.map(String.init).joined(separator: ", ") + "."
        case .duplicates(let rows): "exact repetitions of another transition: \(counted(rows))."
        case .nonBinaryCost(let rows, let largest, let channel):
            "costs \(named(channel))other than 0 and 1: \(counted(rows)), largest \(largest); every cost above 0 counts as a violation."
        case .costNeverPositive(let channel?):
            "no transition has a positive cost in channel \"\(channel)\", so nothing can be learned about it."
        case .costNeverPositive: "no transition has a positive cost, so nothing can be learned about safety."
        case .costAlwaysPositive(let channel):
            "every transition has a positive cost\(inside(channel)), so nothing can be learned about what is safe. "
                + "Check that 1 means violated."
        case .costMostlyPositive(let share, let channel):
            "almost all transitions have a positive cost\(inside(channel)): \(percent(share)). "
                + "Check that 1 means violated."
        case .noCostFreeEpisode(let channel):
            "every episode has a positive cost\(inside(channel)), so none shows how to stay safe."
        case .singleEpisode: "a single episode: none can be held out, and their spread cannot be estimated."
        case .otherSizesThanTask(let task, let observationSize, let actionSize):
            "the name says \(task), whose observations have \(observationSize) and actions \(actionSize) values; "
                + "its constants are not used."
        case .longerThanTask(let task, let episodes, let stepLimit):
            "episodes longer than the \(stepLimit) steps of \(task): \(episodes)."
        }
    }

    private func inside(_ channel: String?) -> String { channel.map { " in channel \"\($0)\"" } ?? "" }

    /// Rounded down, so that less than all never reads as all.
    private func percent(_ share: Double) -> String { "\((share * 1000).rounded(.down) / 10) %" }

    private func named(_ channel: String?) -> String { channel.map { "in channel \"\($0)\" " } ?? "" }

    private func counted(_ rows: Int) -> String { rows == 1 ? "1 row" : "\(rows) rows" }
}
