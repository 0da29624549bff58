/// What recorded transitions say of a proposal.
public struct Grounding: Sendable, Equatable {
    /// A recorded transition near a proposal.
    public struct Neighbour: Codable, Sendable, Equatable {
        /// The file that it is from, by name.
        public let file: String
        /// Its row in the file, from 0.
        public let row: Int
        /// Distance in observation and action, each number mapped to [−1, 1] by its range in the store.
        public let distance: Double
        /// Steps until a violation followed, 0 for one in the step itself; nil where none did within the horizon.
        public let stepsToViolation: Int?

        /// Notes a transition.
        public init(file: String, row: Int, distance: Double, stepsToViolation: Int?) {
            (self.file, self.row, self.distance) = (file, row, distance)
            self.stepsToViolation = stepsToViolation
        }

        private enum CodingKeys: String, CodingKey {
            case file, row, distance
            case stepsToViolation = "steps_to_violation"
        }
    }

    /// The nearest, nearest first.
    public let neighbours: [Neighbour]
    /// The largest distance of the last at which a proposal counts as grounded.
    public let limit: Double

    /// Notes what lies near.
    public init(neighbours: [Neighbour], limit: Double) {
        (self.neighbours, self.limit) = (neighbours, limit)
    }

    /// Whether the proposal lies where transitions were recorded.
    public var isGrounded: Bool { neighbours.last.map { $0.distance <= limit } ?? false }
}
