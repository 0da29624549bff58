import SafeRL

extension BehaviourCloning {
    /// Which episodes are imitated.
    public enum Episodes: String, Codable, Sendable, CaseIterable {
        /// Every row of the data: BC, also called BC-All.
        case all
        /// Episodes whose costs sum up to the cost limit at most: BC-Safe.
        case safe
    }

    /// The options of behaviour cloning; the defaults are those of OSRL's BC.
    public struct Configuration: Defaulted, Equatable {
        /// See `options`.
        public var episodes = Episodes.all, costLimit: Float = 10
        /// See `options`.
        public var rows = 512, learningRate: Float = 1e-3, widths = [256, 256]

        /// OSRL's settings for BC.
        public init() {}

        /// The keys of `bc`.
        public static var options: [Option] {
            [
                Option(
                    "episodes", .words(of: Episodes.self),
                    "Which episodes are imitated: all (BC), or those within costLimit (BC-Safe)."),
                Option(
                    "costLimit", .number(minimum: 0, maximum: 1e6),
                    "Largest sum of an episode's costs that is kept (kappa); episodes \"safe\" only."),
                Option("rows", .integer(minimum: 1, maximum: 1_000_000), "Rows of one update."),
                Option(
                    "learningRate", .number(minimum: 0, maximum: 1, excludingMinimum: true),
                    "Adam's step size."),
                Option("widths", .sizes, "Hidden widths of the network."),
            ]
        }
    }
}
