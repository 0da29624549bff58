import Storage

/// Why a filter cannot do what it was asked for, or data cannot be joined or divided.
///
/// Each sentence begins with the file, or with "data set in memory".
public enum DatasetFilterError: Fault, Equatable, Sendable {
    /// No density of that name is published for the task.
    case unknownDensity(task: String, density: Double, published: [Double])
    /// A density is named, and no task is known that has one of that name.
    case noTask(String, density: Double)
    /// The data have not the sizes of the task that was named.
    case otherSizes(String, task: String, found: String, expected: String)
    /// Nothing was left.
    case nothingLeft(String, filter: String)
    /// Too few episodes are costly and rewarding enough to become outliers.
    case tooFewCandidates(String, wanted: Int, found: Int, cost: Double, reward: Double)
    /// An episode is to cost more steps than it has.
    case outlierTooShort(String, episode: Int, steps: Int, cost: Int)
    /// Outliers change costs, which have channels or constraint values beside them.
    case costsHaveParts(String)
    /// No episode has a cost of the band.
    case emptyBand(String, lower: Double, upper: Double)
    /// No episode is within the limit, or none beyond it.
    case emptyGroup(String, isWithin: Bool, limit: Double)
    /// A data set does not match the first one.
    case differs(String, other: String, what: String, found: String, expected: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .unknownDensity, .noTask: .usage
        default: .badData
        }
    }

    /// One sentence or two: the place, the cause and the remedy.
    public var description: String {
        switch self {
        case .unknownDensity(let task, let density, let published):
            published.isEmpty
                ? "density \(density): none is published for \(task). Give the grid itself, such as --density-grid 10,50,5,2."
                : "density \(density): for \(task) are published \(Self.list(published)). "
                    + "Name one of them, or give the grid itself, such as --density-grid 10,50,5,2."
        case .noTask(let place, let density):
            "\(place): density \(density): the name of the file tells no task that has one. Name the task with --task, "
                + "or give the grid itself, such as --density-grid 10,50,5,2."
        case .otherSizes(let place, let task, let found, let expected):
            "\(place): observation and action have \(found) values, those of \(task) \(expected). "
                + "Name the task that the data are of, or none."
        case .nothingLeft(let place, let filter):
            "\(place): \(filter) leaves no episode. Filter less, or name the file's task, whose constants it refers to."
        case .tooFewCandidates(let place, let wanted, let found, let cost, let reward):
            "\(place): \(wanted) episode\(wanted == 1 ? "" : "s") cannot become outliers: \(found) cost at least \(cost) "
                + "and return at least \(reward). Ask for a smaller share."
        case .outlierTooShort(let place, let episode, let steps, let cost):
            "\(place): episode \(episode) has \(steps) steps and cannot cost \(cost) of them. Lower the cost limit."
        case .costsHaveParts(let place):
            "\(place): outliers change costs, but there are cost channels or constraint values beside them. "
                + "Make outliers of a file without those."
        case .emptyBand(let place, let lower, let upper):
            "\(place): inpainting finds no episode whose cost is in [\(lower), \(upper)]. "
                + "Widen that region, or name the file's task, whose constants it refers to."
        case .emptyGroup(let place, let isWithin, let limit):
            "\(place): no episode \(isWithin ? "costs at most" : "costs more than") \(limit). Choose another cost limit."
        case .differs(let place, let other, let what, let found, let expected):
            "\(place): \(what): \(found), but \(expected) in \(other). Only data of one kind can be merged."
        }
    }

    private static func list(_ numbers: [Double]) -> String {
        numbers.map { "\($0)" }.joined(separator: " and ")
    }
}
