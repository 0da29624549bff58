import Guardians
import Replay
import SafeRL
import Storage
import Tensors

/// Recorded transitions that proposals are held against: the only sources that a decision may name.
///
/// A proposal is grounded where its 5th nearest row is not farther than that of 95 % of fresh transitions of the same kind, by a
/// conformal threshold of one step of each of a fifth of the episodes, which are kept out of the store for it.
public struct GroundingStore: Sendable {
    /// Rows of one file.
    struct Part: Sendable, Equatable {
        /// The file's name as given, and the digest of its bytes or of what was collected.
        var file, source: String
        /// `[rows.count, features]`.
        var pairs: [Float]
        /// Rows in the file.
        var rows: [Int32]
        /// Steps to a violation within the horizon, −1 for none.
        var violations: [Int32]

        /// The digest of all that is said of the rows.
        var digest: String {
            TensorBytes.digest(
                "\(file)\n\(source)",
                TensorBytes.bytes(pairs) + TensorBytes.bytes(rows) + TensorBytes.bytes(violations))
        }
    }

    /// Rows of the nearest that a decision names, and how often a fresh transition may be called ungrounded.
    public static let neighbours = 5
    /// See `neighbours`.
    public static let alpha = 0.05
    /// Rows that are kept of all files together, evenly spread.
    static let mostRows = 1 << 16

    /// The features of a row.
    public let features: MonitorFeatures
    /// Steps in which a violation counts as following a row.
    public let horizon: Int
    /// The largest distance at which a proposal is grounded.
    public let limit: Double
    let parts: [Part]
    /// Nil without rows enough.
    private let guardian: NeighbourGuardian?
    /// Part and row of each point of the guardian.
    private let places: [(part: Int, row: Int)]

    /// Number of rows.
    public var count: Int { places.count }
    /// Names of the files, with their digests and numbers of rows.
    public var files: [(name: String, sha256: String, rows: Int)] {
        parts.map { ($0.file, $0.source, $0.rows.count) }
    }

    /// A store of rows that are known, such as those of a file.
    init(_ features: MonitorFeatures, horizon: Int, limit: Double, parts: [Part]) throws {
        (self.features, self.horizon, self.limit, self.parts) = (features, horizon, limit, parts)
        places = parts.indices.flatMap { part in parts[part].rows.indices.map { (part, $0) } }
        guard places.count > Self.neighbours else {
            guardian = nil
            return
        }
        let points = Matrix(places.count, features.count, parts.flatMap { $0.pairs.map(Double.init) })
        var chosen = NeighbourGuardian.Configuration()
        (chosen.neighbours, chosen.threshold) = (Self.neighbours, .fixed(limit))
        // A limit that calls every row itself outside cannot be of these rows: nothing is grounded then.
        guardian = try? NeighbourGuardian(chosen, fittedTo: try GuardianData(points: points))
    }

    /// A store of files of transitions.
    ///
    /// - Parameters:
    ///   - files: each with its name and the digest of its bytes.
    ///   - features: of the policy's environment.
    ///   - horizon: H, at least 1.
    ///   - seed: chooses the episodes that are kept out, and their steps.
    /// - Throws: `MonitorError.otherSize`; `GuardianError`, also for fewer episodes than the threshold needs.
    public init(
        _ files: [(name: String, sha256: String, data: TransitionDataset)], features: MonitorFeatures,
        horizon: Int, seed: UInt64
    ) throws {
        var (parts, held): ([Part], [Float]) = ([], [])
        let all = files.reduce(0) { $0 + $1.data.count }
        let stride = max(1, (all + Self.mostRows - 1) / Self.mostRows)
        for (number, file) in files.enumerated() {
            let own = MonitorFeatures(
                observationSize: file.data.observationSize, actionSize: file.data.actionSize,
                actionChoices: file.data.actionChoices)
            guard own == features else {
                throw MonitorError.otherSize(file.name, fitted: own.count, asked: features.count)
            }
            var stream = RandomStream(seed: seed, for: .splitting, index: UInt32(truncatingIfNeeded: number))
            var part = Part(file: file.name, source: file.sha256, pairs: [], rows: [], violations: [])
            for episode in file.data.episodes where episode.length > 0 {
                if stream.nextInteger(below: 5) == 0 {
                    held += file.data.pair(
                        episode.rows.lowerBound + stream.nextInteger(below: episode.length), features)
                    continue
                }
                for row in episode.rows where row.isMultiple(of: stride) {
                    part.pairs += file.data.pair(row, features)
                    part.rows.append(Int32(row))
                    part.violations.append(file.data.stepsToViolation(row, in: episode, within: horizon))
                }
            }
            parts.append(part)
        }
        let points = parts.flatMap { $0.pairs.map(Double.init) }
        guard !held.isEmpty else { throw GuardianError.oneEpisode }
        var chosen = NeighbourGuardian.Configuration()
        (chosen.neighbours, chosen.threshold) = (Self.neighbours, .conformal(alpha: Self.alpha))
        let fitted = try NeighbourGuardian(
            chosen,
            fittedTo: try GuardianData(
                points: Matrix(points.count / features.count, features.count, points),
                heldOut: Matrix(held.count / features.count, features.count, held.map(Double.init))))
        try self.init(features, horizon: horizon, limit: fitted.threshold, parts: parts)
    }

    /// Whether transitions lie near a proposal.
    ///
    /// - Parameter pair: as `MonitorFeatures.values` gives it, finite.
    /// - Returns: nil where the store has none.
    /// - Throws: `GuardianError`.
    func isGrounded(_ pair: [Float]) throws -> Bool? {
        try guardian?.score(Matrix(1, pair.count, pair.map(Double.init))).allSatisfy { $0 <= limit }
    }

    /// What lies near a proposal.
    ///
    /// - Parameter pair: as `MonitorFeatures.values` gives it, finite.
    /// - Returns: no neighbours where the store has none.
    /// - Throws: `GuardianError`.
    public func ground(_ pair: [Float]) throws -> Grounding {
        guard let guardian else { return Grounding(neighbours: [], limit: limit) }
        let found = try guardian.nearest(Matrix(1, pair.count, pair.map(Double.init)))[0]
        return Grounding(
            neighbours: found.map { near in
                let (number, row) = places[near.row], part = parts[number]
                return Grounding.Neighbour(
                    file: part.file, row: Int(part.rows[row]), distance: near.distance,
                    stepsToViolation: part.violations[row] < 0 ? nil : Int(part.violations[row]))
            }, limit: limit)
    }
}

extension TransitionDataset {
    /// Observation and action of a row as a monitor sees them.
    fileprivate func pair(_ row: Int, _ features: MonitorFeatures) -> [Float] {
        features.values(
            Array(observations[row * observationSize..<(row + 1) * observationSize]),
            Array(actions[row * actionSize..<(row + 1) * actionSize]))
    }

    /// Steps from a row to a violation in its episode, −1 for none within a horizon.
    fileprivate func stepsToViolation(_ row: Int, in episode: Episode, within horizon: Int) -> Int32 {
        let end = min(row + horizon, episode.rows.upperBound)
        return (row..<end).first { costs[$0] > 0 }.map { Int32($0 - row) } ?? -1
    }
}
