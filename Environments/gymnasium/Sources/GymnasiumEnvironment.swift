import Foundation
import SafeRL

/// Environments with the Gymnasium interface, in Python child processes.
///
/// Slots are dealt to the workers in turn, so that few episodes also use every worker. A request goes to all workers
/// concerned before the first reply is waited for. Workers end when the last reference to the environment goes.
///
/// Observations are rounded to `Float`. Seeds are cut to 32 bits, the most that every simulator takes. Where the
/// environment's actions are bounded otherwise than by −1 and 1, they are scaled: −1 becomes the lower bound.
public final class GymnasiumEnvironment: VectorEnvironment {
    /// Slots in a worker at most: each holds a simulation in memory.
    static let slotsPerWorker = 16

    /// The name with its prefix, such as `bullet:SafetyBallRun-v0`.
    public var name: String { task.name }
    /// What an observation is made of; floats as the environment bounds them.
    public let observationSpace: Space
    /// −1 … 1 for every value, or choices.
    public let actionSpace: Space
    /// Steps after which an episode is truncated.
    public let timeLimit: Int
    /// The names of the cost channels: as the name of the environment says, or the environment itself.
    public let costNames: [String]
    /// The largest cost of a step in each channel, where the environment states it, or is known to cap it.
    public let largestCosts: [Float]?
    /// Number of slots over all workers.
    public let slots: Int
    /// Versions of Python and of packages, by their names, as the workers report them.
    public let versions: [String: String]
    /// Steps in a second of the task's own time, where its metadata say them.
    public let frameRate: Int?

    private let task: WorkerName
    private let launch: WorkerLaunch
    private let drawsFrames: Bool
    private let scaling: ActionScaling
    private var workers: [Worker]

    /// Starts workers and makes environments in them.
    ///
    /// - Parameters:
    ///   - name: such as `bullet:SafetyBallRun-v0`.
    ///   - request: how many; of slots at most 16 a worker are made, and no more than half of the free memory holds.
    /// - Throws: `WorkerError`.
    public convenience init(_ name: String, _ request: EnvironmentRequest = .init()) throws {
        let task = try WorkerName(name)
        try self.init(task, request, WorkerLaunch(python: try GymnasiumKit().interpreter(for: task)))
    }

    /// Starts workers by a launch of one's own.
    package convenience init(
        _ name: String, _ request: EnvironmentRequest = .init(), launch: WorkerLaunch
    ) throws {
        try self.init(try WorkerName(name), request, launch)
    }

    private init(_ task: WorkerName, _ request: EnvironmentRequest, _ launch: WorkerLaunch) throws {
        let count = min(request.workers ?? ProcessInfo.processInfo.activeProcessorCount, request.slots)
        (self.task, self.launch, drawsFrames) = (task, launch, request.drawsFrames)
        var plan = SlotPlan(slots: min(request.slots, count * Self.slotsPerWorker), workers: count)
        let started = try Self.start(
            task, launch, slots: plan.slots, workers: plan.workers, draws: drawsFrames)
        workers = started.workers
        plan = plan.fittingMemory(besides: workers[0].identifier)
        // Those that there is no memory for have made one simulation only.
        while workers.count > plan.workers { workers.removeLast().end() }
        slots = plan.slots
        let facts = started.facts
        (observationSpace, scaling) = (facts.observation, ActionScaling(facts.action))
        actionSpace = scaling.space
        guard let limit = task.steps ?? task.task?.stepLimit ?? facts.timeLimit else {
            throw WorkerError(
                .unsupported, task.name,
                "has no step limit. Say one: \(quoted(task.adding("steps=1000"))).")
        }
        (timeLimit, versions, frameRate) = (limit, facts.versions, facts.frameRate)
        (costNames, largestCosts) = (facts.costNames, facts.largestCosts)
    }

    deinit { workers.forEach { $0.end() } }

    /// The processes, for tests that kill them.
    package var processIdentifiers: [Int32] { workers.map(\.identifier) }

    private static func start(
        _ task: WorkerName, _ launch: WorkerLaunch, slots: Int, workers count: Int, draws: Bool
    ) throws(WorkerError) -> (workers: [Worker], facts: WorkerFacts) {
        var workers: [Worker] = []
        var facts: WorkerFacts?
        let isCoreFree = count < ProcessInfo.processInfo.activeProcessorCount
        for index in 0..<count {
            let own = (slots - index + count - 1) / count
            let request = JSONValue.object([
                ("protocol", .integer(WorkerLaunch.protocolVersion)), ("source", .text(task.source.rawValue)),
                ("id", .text(task.id)), ("slots", .integer(own)),
                ("cost", .text(task.needsCost ? "required" : "none")),
                ("costs", .list(task.costNames.map { .text($0) })),
                ("watches", .number(isCoreFree ? 0.0002 : 0.0)),
                ("draws", .boolean(draws)),
                ("reset", .text(task.isFreshAtReset ? "fresh" : "reuse")),
            ])
            do throws(WorkerFault) { workers.append(try Worker(launch, request)) } catch {
                throw WorkerError(error, task, during: "its start", last: nil)
            }
        }
        for worker in workers {
            if isCoreFree { worker.watchForReplies() }
            do throws(WorkerFault) {
                facts = try WorkerFacts(try worker.hello(), of: task)
            } catch { throw WorkerError(error, task, during: "its start", last: worker.lastLine) }
        }
        guard let facts else { preconditionFailure("no worker was asked for") }
        return (workers, facts)
    }

    // MARK: Episodes

    /// Starts an episode in each of some slots.
    ///
    /// - Throws: `WorkerError`.
    public func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        let rows = deal(slots)
        for (worker, rows) in zip(workers, rows) where !rows.isEmpty {
            var payload = header(rows, slots)
            for row in rows { UInt32(truncatingIfNeeded: seeds[row]).append(to: &payload) }
            try attempt("reset", worker) { () throws(WorkerFault) in
                try worker.send(.reset, payload, within: task.timeout)
            }
        }
        for (worker, rows) in zip(workers, rows) where !rows.isEmpty {
            let size = observationSpace.size
            let reply = try attempt("reset", worker) { () throws(WorkerFault) in
                try worker.receive(.reset, exactly: 4 * rows.count * size, within: patience)
            }
            copy(reply, rows, to: &observations)
        }
    }

    /// Takes one step in each of some slots.
    ///
    /// - Throws: `WorkerError`.
    public func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let rows = deal(slots)
        for (worker, rows) in zip(workers, rows) where !rows.isEmpty {
            var payload = header(rows, slots)
            payload.reserveCapacity(payload.count + 4 * rows.count * actionSpace.size)
            for row in rows { scaling.append(actions, row, to: &payload) }
            try attempt("step", worker) { () throws(WorkerFault) in
                try worker.send(.step, payload, within: task.timeout)
            }
        }
        var outcomes = [StepOutcome](repeating: StepOutcome(reward: .nan, cost: .nan), count: slots.count)
        let channels = costNames.count
        for (worker, rows) in zip(workers, rows) where !rows.isEmpty {
            let (count, size) = (rows.count, 4 * rows.count * observationSpace.size)
            let reply = try attempt("step", worker) { () throws(WorkerFault) in
                try worker.receive(.step, exactly: size + (5 + 4 * channels) * count, within: task.timeout)
            }
            copy(reply, rows, to: &observations)
            for (index, row) in rows.enumerated() {
                let costs = size + 4 * (count + index * channels)
                outcomes[row] = StepOutcome(
                    reward: Float(bitPattern: UInt32(reply, at: size + 4 * index)),
                    costs: (0..<channels).map { Float(bitPattern: UInt32(reply, at: costs + 4 * $0)) },
                    end: Self.end(reply[reply.startIndex + size + 4 * (1 + channels) * count + index]))
            }
        }
        return outcomes
    }

    /// A picture of a slot's state, drawn by the simulator.
    ///
    /// - Throws: `WorkerError`, also where the simulator cannot draw without a display.
    public func frame(of slot: Int) throws -> Frame? {
        let worker = workers[slot % workers.count]
        let picture = try attempt("drawing", worker) { () throws(WorkerFault) in
            try worker.send(.draw, UInt32(slot / workers.count).bytes, within: task.timeout)
            return try worker.receive(.draw, atMost: 1 << 26, within: patience)
        }
        let sizes = picture.count >= 8 ? (UInt32(picture, at: 0), UInt32(picture, at: 4)) : (0, 0)
        let (width, height) = (Int(sizes.0), Int(sizes.1))
        guard width > 0, height > 0, picture.count - 8 == 3 * width * height else {
            let fault = WorkerFault.garbage("a picture of \(picture.count) bytes")
            throw WorkerError(fault, task, during: "drawing", last: worker.lastLine)
        }
        return Frame(width: width, height: height, pixels: Array(picture.dropFirst(8)))
    }

    /// Ends all workers and starts new ones.
    ///
    /// - Throws: the error itself where the same would happen again; `WorkerError` when workers cannot be started.
    public func recover(from error: any Error) throws {
        guard let fault = error as? WorkerError, fault.isPassing else { throw error }
        workers.forEach { $0.end() }
        let count = workers.count
        workers = []
        workers = try Self.start(task, launch, slots: slots, workers: count, draws: drawsFrames).workers
    }

    // MARK: Frames

    /// Resets may make an environment anew, which takes as long as at the start.
    private var patience: Duration { max(launch.patience, task.timeout) }

    /// For each worker the rows of a request that are its own.
    private func deal(_ slots: [Int]) -> [[Int]] {
        var rows = [[Int]](repeating: [], count: workers.count)
        for (row, slot) in slots.enumerated() { rows[slot % workers.count].append(row) }
        return rows
    }

    private func header(_ rows: [Int], _ slots: [Int]) -> [UInt8] {
        rows.reduce(into: UInt32(rows.count).bytes) {
            UInt32(slots[$1] / workers.count).append(to: &$0)
        }
    }

    private func copy(_ reply: ArraySlice<UInt8>, _ rows: [Int], to observations: inout MutableSpan<Float>) {
        let size = observationSpace.size
        for (index, row) in rows.enumerated() {
            for element in 0..<size {
                observations[row * size + element] = Float(
                    bitPattern: UInt32(reply, at: 4 * (index * size + element)))
            }
        }
    }

    private static func end(_ flags: UInt8) -> EpisodeEnd? {
        flags & 1 != 0 ? .terminated : flags & 2 != 0 ? .truncated : nil
    }

    private func attempt<Result>(
        _ activity: String, _ worker: Worker, _ body: () throws(WorkerFault) -> Result
    ) throws(WorkerError) -> Result {
        do throws(WorkerFault) { return try body() } catch {
            throw WorkerError(error, task, during: activity, last: worker.lastLine)
        }
    }
}
