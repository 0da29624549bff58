import Foundation
import SafeRL
import Storage

extension LabelFile {
    /// Reads a file.
    ///
    /// - Throws: `StorageError`; `MonitorError.malformed` with the row, `.laterFormat`.
    public init(contentsOf path: String) throws { try self.init(try fileContents(path), path: path) }

    init(_ bytes: [UInt8], path: String) throws {
        var lines = JSONLines<Never>(bytes)
        do {
            guard let first = try lines.next(), let head = try? first.decode(Head.self) else {
                throw MonitorError.malformed(
                    path, reason: "no head of labels in row 1. Write the file by \"saferl guard label\"")
            }
            guard head.labels <= Self.format else {
                throw MonitorError.laterFormat(path, stored: head.labels, known: Self.format)
            }
            var reader = LabelRows(head, path)
            while let line = try lines.next() { try reader.take(line, row: lines.row) }
            self.init(head, try reader.finish())
        } catch let error as JSONLineError { throw MonitorError.malformed(path, reason: "\(error)") }
        if self.head.episodes != head.episodes || self.head.steps != head.steps {
            throw MonitorError.malformed(path, reason: "its rows are not those of its head. Label again")
        }
    }
}

/// Puts the rows of a file of labels together.
private struct LabelRows {
    private let head: LabelFile.Head
    private let path: String
    private var done: [LabelledEpisode] = []
    private var steps = 0
    private var episode: RecordedEpisode?
    private var rows: [(policy: Int?, recovery: Int?, channels: [Int], exact: Bool?)] = []

    init(_ head: LabelFile.Head, _ path: String) { (self.head, self.path) = (head, path) }

    private func fault(_ row: Int, _ reason: String) -> MonitorError {
        .malformed(path, reason: "row \(row): \(reason). Label again, or restore the file from a copy")
    }

    mutating func take(_ line: JSONValue, row: Int) throws(MonitorError) {
        guard let number = line["episode"]?.number?.int, let step = line["step"]?.number?.int else {
            throw fault(row, "no numbers of episode and step")
        }
        if step == 0 {
            close()
            guard let seed = line["seed"]?.number?.uint64, let total = line["return"]?.number?.double else {
                throw fault(row, "no seed and return of the episode that begins")
            }
            episode = RecordedEpisode(index: number, seed: seed)
            episode?.totalReward = total
        }
        guard episode?.index == number, episode?.length == step else {
            throw fault(row, "episode \(number), step \(step) does not follow the row before")
        }
        let observation = try numbers(line, "observation", head.features.observationSize, row)
        let action = try numbers(line, "action", head.features.actionSize, row)
        let costs = try numbers(line, "costs", head.costs.count, row)
        episode?.observations.append(observation)
        episode?.actions.append(action)
        episode?.costs.append(costs)
        let channels = (line["channels"]?.elements ?? []).compactMap { $0.number?.int }
        guard channels.isEmpty || channels.count == head.costs.count else {
            throw fault(row, "\(channels.count) counts for \(head.costs.count) channels")
        }
        rows.append(
            (
                try count(line, "policy_violations", row), try count(line, "recovery_violations", row),
                channels,
                line["irrecoverable"]?.bool
            ))
        steps += 1
    }

    mutating func finish() throws(MonitorError) -> [LabelledEpisode] {
        close()
        guard done.count == head.episodes, steps == head.steps else {
            throw .malformed(
                path,
                reason:
                    "\(done.count) episodes of \(steps) steps, where its head promises \(head.episodes) of \(head.steps). "
                    + "Label again, or restore the file from a copy")
        }
        return done
    }

    private mutating func close() {
        guard let episode else { return }
        var own = LabelledEpisode(episode, rollouts: head.rollouts)
        own.policyViolations = rows.map(\.policy)
        own.recoveryViolations = rows.map(\.recovery)
        own.channelViolations = rows.map(\.channels)
        let exact = rows.compactMap(\.exact)
        own.exact = exact.count == rows.count ? exact : nil
        done.append(own)
        (self.episode, rows) = (nil, [])
    }

    private func numbers(_ line: JSONValue, _ key: String, _ size: Int, _ row: Int) throws(MonitorError)
        -> [Float]
    {
        let values = (line[key]?.elements ?? []).compactMap { $0.number?.float }
        guard values.count == size, values.allSatisfy(\.isFinite), line[key]?.elements?.count == size else {
            throw fault(row, "\(key) is not \(size) finite numbers")
        }
        return values
    }

    private func count(_ line: JSONValue, _ key: String, _ row: Int) throws(MonitorError) -> Int? {
        guard let value = line[key], value != .null else { return nil }
        guard let count = value.number?.int, 0...max(head.rollouts, 1) ~= count else {
            throw fault(row, "\(key) is no count up to \(head.rollouts)")
        }
        return count
    }
}
