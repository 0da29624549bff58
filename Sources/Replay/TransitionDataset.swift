import Tensors

/// Recorded transitions as validated columns, from a file of the DSRL layout or from memory.
///
/// What opens is sound: every value finite, actions in [-1, 1] (or clipped to it) or, where they are choices, whole
/// numbers of them, costs at least 0 and the sum of their channels, flags
/// 0 or 1, at least one episode end. Columns never change; `transforms` apply when a batch is filled. An episode ends terminated or truncated,
/// and the two are kept apart from the file to the batch.
public final class TransitionDataset {
    /// The place named in errors of data sets that have no file.
    static let inMemory = "data set in memory"
    /// How far beyond [-1, 1] a stored action may lie: rounding of a simulator that clips in another precision.
    public static let actionTolerance: Float = 1e-4
    /// How far a stored cost may be from the sum of its channels, relative to the larger: rounding to single precision.
    public static let sumTolerance: Float = 1e-5

    /// The file, or nil for data made in memory.
    public let path: String?
    /// SHA-256 of the file's bytes, or of the sizes and columns of data made in memory, in hexadecimal.
    public let identity: String
    /// Number of transitions, at least 1.
    public let count: Int
    /// Values of one observation.
    public let observationSize: Int
    /// Values of one action.
    public let actionSize: Int
    /// How many choices an action is one of, its number 0 ..< so many stored; nil where actions are real numbers.
    public let actionChoices: Int?
    /// Whether the file had no next observations and they were made from the following row.
    ///
    /// Inside an episode the next row's observation *is* the next state. After the last row nothing is known, and
    /// the row's own observation stands in. Harmless where the last row cuts bootstrapping (a terminated row always
    /// does; FISOR's default also cuts at truncated ones), wrong by one step where a truncated row bootstraps.
    public let hasDerivedNextObservations: Bool
    /// Whole episodes in the order of the file.
    public let episodes: [Episode]
    /// Whether the file had no column of time-outs: no episode counts as cut.
    public var lacksTimeouts: Bool { image.facts.lacksTimeouts }
    /// The actions that were clipped when the file was opened, if any.
    public let clippedActions: ClippedActions?
    /// Rows after the last episode end, which belong to no episode; batches draw from them all the same.
    public let unendedTail: Range<Int>?
    /// What `fill` applies to each batch; does nothing unless set.
    public var transforms = Transforms.identity {
        didSet { transforms.preconditionFits(observationSize: observationSize) }
    }
    /// Oddities that training survives, found on first use.
    public private(set) lazy var warnings: [DatasetWarning] = warnings(of: path)

    let image: ColumnImage

    /// Opens a file of the DSRL layout; the file is read by a child process with limits.
    ///
    /// Accepted beyond float32 and boolean flags: other floats and integers, flags as integers or floats, `[rows, 1]` and
    /// `[rows]`, missing `next_observations`, missing `timeouts`, an attribute `choices` of `actions`, an extra column
    /// `constraint_values`, a column `cost_NAME` for each cost channel, further
    /// data sets (ignored).
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - limits: what reading may use.
    ///   - actions: what becomes of actions outside [-1, 1].
    ///   - task: the file's task, for `ActionRule.auto`; that of the file's name unless given. One of other sizes is none.
    ///   - target: the columns wait in a file without a name beside this one, so that they may be more than memory holds; they
    ///     lie in memory unless given.
    /// - Throws: the first fault found, naming the column and row.
    public convenience init(
        contentsOf path: String, limits: ImportLimits = .init(), actions: ActionRule = .auto,
        task: DSRLTask? = nil, spilledBeside target: String? = nil
    ) throws(DatasetError) {
        let image = try ColumnImage(contentsOf: path, limits: limits, spilledBeside: target)
        try self.init(
            image, path: path, identity: fileDigest(of: path), actions: actions,
            task: task ?? DSRLTask.inferred(fromFileName: path))
    }

    /// Takes transitions from memory; they are copied.
    ///
    /// - Parameters:
    ///   - columns: at least one transition.
    ///   - path: of the file that they were read from, for messages.
    ///   - actions: what becomes of actions outside [-1, 1]; `auto` refuses them.
    /// - Throws: the first fault found, like a file's.
    public convenience init(
        _ columns: TransitionColumns, from path: String? = nil, actions: ActionRule = .refuse
    ) throws(DatasetError) {
        let place = path ?? Self.inMemory
        guard columns.count > 0 else { throw .empty(place) }
        guard columns.count <= Int(Int32.max) else {
            throw .tooLarge(place, column: "observations", reason: "more than \(Int32.max) rows")
        }
        let image = try ColumnImage(
            rows: columns.count, observationSize: columns.observationSize, actionSize: columns.actionSize,
            actionChoices: columns.actionChoices,
            hasConstraintValues: columns.hasConstraintValues,
            channelNames: columns.isNamed ? columns.costNames.sorted() : [])
        let columnBuffers = ColumnBuffers(image)
        _ = columnBuffers.observations.update(fromContentsOf: columns.observations)
        _ = columnBuffers.nextObservations.update(fromContentsOf: columns.nextObservations)
        _ = columnBuffers.actions.update(fromContentsOf: columns.actions)
        _ = columnBuffers.rewards.update(fromContentsOf: columns.rewards)
        _ = columnBuffers.costs.update(fromContentsOf: columns.costs)
        _ = columnBuffers.constraintValues?.update(fromContentsOf: columns.constraintValues)
        _ = columnBuffers.terminals.update(fromContentsOf: columns.terminals)
        _ = columnBuffers.timeouts.update(fromContentsOf: columns.timeouts)
        for (name, buffer) in columnBuffers.channels {
            _ = buffer.update(fromContentsOf: columns.costs(of: name))
        }
        try self.init(image, path: path, identity: image.digest, actions: actions)
    }

    init(
        _ image: ColumnImage, path: String?, identity: String, actions: ActionRule = .refuse,
        task: DSRLTask? = nil, clippedBefore clipped: ClippedActions? = nil
    ) throws(DatasetError) {
        self.image = image
        self.path = path
        self.identity = identity
        let layout = image.layout
        count = Int(layout.rows)
        observationSize = Int(layout.observation_size)
        actionSize = Int(layout.action_size)
        actionChoices = image.actionChoices
        hasDerivedNextObservations = layout.derived_next != 0
        let buffers = ColumnBuffers(image)
        let place = path ?? Self.inMemory
        try buffers.screenFinite(place: place)
        let sizes = (buffers.observationSize, buffers.actionSize)
        let clipping = task.flatMap {
            $0.clipsActions && ($0.observationSize, $0.actionSize) == sizes ? $0 : nil
        }
        let clips =
            image.actionChoices == nil && (actions == .clip || (actions == .auto && clipping != nil))
        if let clipped {
            clippedActions = clipped
        } else if clips {
            clippedActions = try image.clipActions(task: actions == .auto ? clipping : nil, place: place)
        } else {
            clippedActions = nil
        }
        try buffers.screenBounds(place: place)
        (episodes, unendedTail) = buffers.split()
        if episodes.isEmpty { throw .noEpisodeEnd(place) }
    }

    /// States acted in, `[count, observationSize]` row after row; valid as long as the data set lives, like all columns.
    public var observations: UnsafeBufferPointer<Float> { .init(buffers.observations) }
    /// States reached, `[count, observationSize]`.
    public var nextObservations: UnsafeBufferPointer<Float> { .init(buffers.nextObservations) }
    /// Actions as stored, `[count, actionSize]`.
    public var actions: UnsafeBufferPointer<Float> { .init(buffers.actions) }
    /// Rewards as stored, `[count]`.
    public var rewards: UnsafeBufferPointer<Float> { .init(buffers.rewards) }
    /// Costs as stored, `[count]`, at least 0; with named channels their sum.
    public var costs: UnsafeBufferPointer<Float> { .init(buffers.costs) }
    /// The cost channels, ascending by name; `costs` as the only one, named `cost`, where the data name none.
    public var costChannels: [CostChannel] {
        hasNamedCosts
            ? buffers.channels.map { CostChannel(name: $0.name, costs: .init($0.values)) }
            : [CostChannel(name: CostChannels.single[0], costs: costs)]
    }
    /// Whether the data name their cost channels.
    public var hasNamedCosts: Bool { !image.channelNames.isEmpty }

    /// The cost channel of a name.
    ///
    /// - Throws: `DatasetError.missingChannel` with the names that there are.
    public func costChannel(named name: String) throws(DatasetError) -> CostChannel {
        let channels = costChannels
        if let found = channels.first(where: { $0.name == name }) { return found }
        throw .missingChannel(path ?? Self.inMemory, name: name, present: channels.map(\.name))
    }

    /// Checks that there are enough whole episodes to share out.
    ///
    /// - Parameters:
    ///   - needed: at least so many.
    ///   - purpose: for the message, such as `calibrating a guardian`.
    /// - Throws: `DatasetError.tooFewEpisodes`.
    public func requireEpisodes(_ needed: Int, for purpose: String) throws(DatasetError) {
        guard episodes.count < needed else { return }
        throw .tooFewEpisodes(
            path ?? Self.inMemory, episodes: episodes.count, needed: needed, purpose: purpose)
    }

    /// Real-valued constraint of each step, `[count]`, positive where violated; nil if the data have none.
    public var constraintValues: UnsafeBufferPointer<Float>? { buffers.constraintValues.map { .init($0) } }
    /// 1 where an episode ended by itself, `[count]`.
    public var terminals: UnsafeBufferPointer<UInt8> { .init(buffers.terminals) }
    /// 1 where the step limit cut an episode, `[count]`.
    public var timeouts: UnsafeBufferPointer<UInt8> { .init(buffers.timeouts) }

    /// Bytes of all columns together.
    public var byteCount: Int { image.layout.bytes }

    private var buffers: ColumnBuffers { ColumnBuffers(image) }

    /// Tells that so many more bytes of columns were read, in order: what lies on disk leaves memory.
    func rest(after bytes: Int) { image.rest(after: bytes) }
}

/// The columns of an image with their types; valid as long as the image lives.
struct ColumnBuffers {
    let image: ColumnImage
    let observationSize: Int
    let actionSize: Int
    let actionChoices: Int?
    let observations: UnsafeMutableBufferPointer<Float>
    let nextObservations: UnsafeMutableBufferPointer<Float>
    let actions: UnsafeMutableBufferPointer<Float>
    let rewards: UnsafeMutableBufferPointer<Float>
    let costs: UnsafeMutableBufferPointer<Float>
    let constraintValues: UnsafeMutableBufferPointer<Float>?
    let terminals: UnsafeMutableBufferPointer<UInt8>
    let timeouts: UnsafeMutableBufferPointer<UInt8>
    let channels: [(name: String, values: UnsafeMutableBufferPointer<Float>)]

    init(_ image: ColumnImage) {
        self.image = image
        let layout = image.layout
        observationSize = Int(layout.observation_size)
        actionSize = Int(layout.action_size)
        actionChoices = image.actionChoices
        observations = image.floats(at: layout.observations, columns: observationSize)
        nextObservations = image.floats(at: layout.next_observations, columns: observationSize)
        actions = image.floats(at: layout.actions, columns: actionSize)
        rewards = image.floats(at: layout.rewards, columns: 1)
        costs = image.floats(at: layout.costs, columns: 1)
        constraintValues = layout.has_constraint != 0 ? image.floats(at: layout.constraint, columns: 1) : nil
        terminals = image.bytes(at: layout.terminals)
        timeouts = image.bytes(at: layout.timeouts)
        channels = image.channelNames.enumerated().map { index, name in
            (name, image.floats(at: layout.channel_costs + index * layout.channel_bytes, columns: 1))
        }
    }
}
