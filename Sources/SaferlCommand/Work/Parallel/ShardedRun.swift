import Parallel
import SafeRL

/// A run whose updates are cut into parts, as one of its processes sees it.
///
/// The first process has the run directory and its trainer, whose stages take all parts along; other processes follow.
final class ShardedRun<A: Algorithm> {
    private let plan: ShardPlan
    private let group: ProcessGroup?
    private let crew: ShardCrew
    /// A replica for each part of this process; the first one is the run's own algorithm.
    private let replicas: [A]
    private let own: [[Stage<A.Metrics>]]
    private var isMidUpdate = false
    private var hasCompared = false
    /// The stage of the last update, if parts took it.
    private var sharedStage: Int?

    /// Gets ready.
    ///
    /// - Parameters:
    ///   - plan: how updates are cut.
    ///   - group: the other processes.
    ///   - schedule: of the run.
    ///   - patience: seconds to wait for another process.
    ///   - make: makes a replica.
    /// - Throws: `ParallelFault`; what `make` throws.
    init(
        _ plan: ShardPlan, _ group: ProcessGroup?, _ schedule: Schedule, patience: Int, _ make: () throws -> A
    ) throws {
        (self.plan, self.group) = (plan, group)
        crew = try ShardCrew(shards: plan.shards, group?.peers ?? Alone(), patience: patience)
        replicas = try crew.own.map { _ in try make() }
        own = replicas.map { $0.stages(steps: schedule.steps) }
    }

    deinit { crew.close() }

    /// The algorithm that the trainer has.
    var algorithm: A { replicas[0] }

    /// How many parts a process of so many computes.
    static func parts(_ plan: ShardPlan?, _ group: ProcessGroup?) -> Int {
        plan.map { max($0.shards / (group?.peers.count ?? 1), 1) } ?? 1
    }

    // MARK: The first process

    /// The stages of the trainer: each update is that of all parts in all processes.
    var stages: [Stage<A.Metrics>] {
        own[0].enumerated().map { index, stage in
            let isLast = index == own[0].count - 1
            return Stage(
                stage.name, updates: stage.updates, isComplete: { stage.isComplete },
                remark: { stage.remark },
                save: { writer in
                    try stage.save(to: &writer)
                    if isLast { try self.compareAll() }
                },
                load: { reader in
                    try stage.load(from: reader)
                    if isLast { try self.loadOthers(reader) }
                },
                asking: { goOn in
                    guard !self.plan.isAlone(stage.name) else {
                        self.sharedStage = nil
                        return try stage.update(asking: goOn)
                    }
                    return try self.update(index)
                })
        }
    }

    private func update(_ index: Int) throws -> A.Metrics {
        isMidUpdate = true
        try group?.send(.update(stage: index))
        guard let metrics = try take(index) else { preconditionFailure("an update without its metrics") }
        isMidUpdate = false
        sharedStage = index
        // Parts that come apart do so at once, not at the first checkpoint.
        if !hasCompared { try compareAll() }
        return metrics
    }

    /// Trains, and lets the other processes go when that has ended.
    func training<Outcome>(_ train: () throws -> Outcome) throws -> Outcome {
        group?.watchSignals()
        do {
            let outcome = try train()
            try end()
            return outcome
        } catch {
            // Processes in the middle of an update listen to nobody: mpirun ends them when this one does.
            if !isMidUpdate { try? end() }
            throw error
        }
    }

    private func end() throws {
        try group?.send(.end)
        group?.leave()
    }

    private func loadOthers(_ reader: CheckpointReader) throws {
        try group?.send(.load(path: reader.path))
        try load(reader, into: replicas.indices.dropFirst())
    }

    // MARK: Every other process

    /// Does what the first process says, until it says that nothing follows.
    func follow() throws {
        guard let group else { preconditionFailure("nobody to follow") }
        // After mpirun's signal the first process makes a checkpoint, with the help of those that follow it.
        let watch = SignalWatch()
        defer { _ = watch.pending }
        group.watchSignals()
        do { while try obey(try group.next(), in: group) {} } catch ParallelFault.ended {
            throw CommandStatus.terminated
        }
    }

    /// Does one thing; false where nothing follows.
    private func obey(_ command: ProcessGroup.Command, in group: ProcessGroup) throws -> Bool {
        switch command {
        case .update(let stage): _ = try take(stage)
        case .load(let path): try load(CheckpointReader(contentsOf: path), into: replicas.indices[...])
        case .compare: _ = try group.firstDifference(try checkedDigests().map(\.digest))
        case .end:
            group.leave()
            return false
        }
        return true
    }

    // MARK: All

    private func take(_ index: Int) throws -> A.Metrics? {
        var metrics: A.Metrics?
        try crew.update(
            own.enumerated().map { place, stages in
                {
                    let reported = try stages[index].update()
                    if place == 0 { metrics = reported }
                }
            })
        return metrics
    }

    private func load(_ reader: CheckpointReader, into places: Range<Int>.SubSequence) throws {
        for place in places {
            try replicas[place].load(from: reader)
            for stage in own[place] { try stage.load(from: reader) }
        }
    }

    /// Finds out whether all parts hold the same; nothing is written of parts that do not.
    private func compareAll() throws {
        guard sharedStage != nil else { return }
        hasCompared = true
        try group?.send(.compare)
        let digests = try checkedDigests()
        if let (rank, place) = try group?.firstDifference(digests.map(\.digest)) {
            throw ParallelFault.apart("rank \(rank) has another \(digests[place].name)")
        }
    }

    /// What the first part of this process holds, after its others were found to hold the same.
    private func checkedDigests() throws -> [(name: String, digest: UInt64)] {
        let held = try replicas.indices.map { try digests(of: $0) }
        for (place, other) in held.enumerated().dropFirst() {
            if let (first, _) = zip(held[0], other).first(where: { $0 != $1 }) {
                throw ParallelFault.apart("part \(crew.own.lowerBound + place) has another \(first.name)")
            }
        }
        return held[0]
    }

    private func digests(of place: Int) throws -> [(name: String, digest: UInt64)] {
        var writer = CheckpointWriter()
        try replicas[place].save(to: &writer)
        for stage in own[place] { try stage.save(to: &writer) }
        return writer.digests.filter { plan.isCommon($0.name) }
    }
}
