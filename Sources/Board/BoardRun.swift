/// A line of the board: where a run stands.
public struct BoardRun: Sendable, Equatable {
    /// What it is called by, unique among the runs of a board: its path below the folder.
    public let name: String
    /// Its metrics, as JSON Lines; the file need not be there yet.
    public let metrics: String
    /// What it is and where it stands.
    public var facts = Facts()

    /// What it is and where it stands; what is not known is not there.
    public struct Facts: Sendable, Equatable {
        /// The algorithm's name.
        public var algorithm: String?
        /// The environment, else the data.
        public var subject: String?
        /// Updates taken, and updates in all.
        public var step, steps: Int?
        /// Such as `training`.
        public var state = ""
        /// Means of the newest evaluation.
        public var meanReturn, meanCost: Double?
        /// Seconds since 1970 at which it began.
        public var started: Double?
        /// What its owner calls it.
        public var tags: [String] = []
        /// Why it, or a part of it, cannot be read.
        public var fault: String?

        /// Nothing is known.
        public init() {}
    }

    /// Makes a line.
    public init(name: String, metrics: String) { (self.name, self.metrics) = (name, metrics) }
}

/// What the page of one run says besides its line and its curves.
public struct BoardDetail: Sendable, Equatable {
    /// A claim about a run.
    public struct Claim: Sendable, Equatable {
        /// Such as `certified`.
        public let verdict: String
        /// What is claimed, with its bound.
        public let statement: String

        /// States a claim.
        public init(verdict: String, statement: String) {
            (self.verdict, self.statement) = (verdict, statement)
        }
    }

    /// How a metric is shown.
    public struct Metric: Sendable, Equatable {
        /// Its name in the file; with a star at its end that of all that begin so.
        public let key: String
        /// With `_{h}` for a lowered and `^{2}` for a raised part; a star stands for the rest of the name.
        public let title: String
        /// Whether it is one of evaluations.
        public let isOfEvaluations: Bool
        /// Whether it is at least 0.
        public let isFromZero: Bool

        /// Describes a metric.
        public init(key: String, title: String, isOfEvaluations: Bool, isFromZero: Bool) {
            (self.key, self.title) = (key, title)
            (self.isOfEvaluations, self.isFromZero) = (isOfEvaluations, isFromZero)
        }
    }

    /// Names and values, in order.
    public var facts: [(name: String, value: String)] = []
    /// The newest evaluation as a table of text; nothing where there is none.
    public var evaluation: String?
    /// The command that evaluates it.
    public var evaluating = ""
    /// In the order of the ledger.
    public var claims: [Claim] = []
    /// In the order in which the first that fits counts.
    public var metrics: [Metric] = []
    /// The largest values that count as safe, by the names of metrics.
    public var limits: [String: Double] = [:]

    /// Nothing is known.
    public init() {}

    /// Compares all of it.
    public static func == (one: Self, other: Self) -> Bool {
        one.facts.elementsEqual(other.facts, by: ==) && one.evaluation == other.evaluation
            && one.evaluating == other.evaluating && one.claims == other.claims
            && one.metrics == other.metrics && one.limits == other.limits
    }
}

/// Where a board looks for runs.
public protocol BoardSource: Sendable {
    /// The runs there are, no two of one name.
    ///
    /// - Throws: an error whose description is one line, where the folder cannot be looked through.
    func runs() throws -> [BoardRun]

    /// A run as it stands now; nil where it is no longer there.
    func current(_ run: BoardRun) -> BoardRun?

    /// What its page says; a part that cannot be read is left out.
    func detail(of run: BoardRun) -> BoardDetail
}
