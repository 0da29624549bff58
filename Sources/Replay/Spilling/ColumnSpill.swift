import CHDF5Reader
import Storage

/// Transitions on their way to disk, because they may be more than memory holds: a file without a name for each column while their
/// number is not known, and then one that holds all columns as an image of memory does.
final class ColumnSpill {
    private let target: String
    private var columns: [Column] = []
    /// Without rows, of the transitions' sizes.
    private var shape: TransitionColumns?
    private var rows = 0
    private var largestAction: Float = 0

    /// Bytes of transitions that are gathered before they are written.
    private static let pieceBytes = 1 << 20

    /// One column on its way.
    private struct Column {
        let file: UnnamedFile
        let bytes: (TransitionColumns, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
        let place: (ch5_layout) -> Int
    }

    /// Begins with no transition.
    ///
    /// - Parameter target: what is to be written; files lie in its folder.
    init(beside target: String) { self.target = target }

    /// Takes the transitions over where they are a megabyte or more.
    ///
    /// - Throws: `StorageError`.
    func takeIfMany(_ transitions: inout TransitionColumns) throws {
        let rowBytes = 4 * (2 * transitions.observationSize + transitions.actionSize + 3)
        guard transitions.count * rowBytes >= Self.pieceBytes else { return }
        try take(transitions)
        transitions.removeAll()
    }

    /// Writes transitions behind those before.
    ///
    /// - Parameter transitions: of the same sizes each time.
    /// - Throws: `StorageError`.
    func take(_ transitions: TransitionColumns) throws {
        if shape == nil { try open(for: transitions) }
        for column in columns { try column.bytes(transitions) { try column.file.append($0) } }
        rows += transitions.count
        if transitions.actionChoices == nil {
            largestAction = transitions.actions.reduce(largestAction) { max($0, abs($1)) }
        }
    }

    private func open(for transitions: TransitionColumns) throws {
        var empty = transitions
        empty.removeAll()
        shape = empty
        func add<Value>(
            _ values: @escaping (TransitionColumns) -> [Value], _ place: @escaping (ch5_layout) -> Int
        ) throws {
            columns.append(
                Column(
                    file: try UnnamedFile(beside: target),
                    bytes: { transitions, write in try values(transitions).withUnsafeBytes(write) },
                    place: place))
        }
        // The first is that of actions, which may be clipped.
        try add(\.actions) { $0.actions }
        try add(\.observations) { $0.observations }
        try add(\.nextObservations) { $0.next_observations }
        try add(\.rewards) { $0.rewards }
        try add(\.costs) { $0.costs }
        if transitions.hasConstraintValues { try add(\.constraintValues) { $0.constraint } }
        try add(\.terminals) { $0.terminals }
        try add(\.timeouts) { $0.timeouts }
        for (index, name) in channelNames(transitions).enumerated() {
            try add({ $0.costs(of: name) }) { $0.channel_costs + index * $0.channel_bytes }
        }
    }

    private func channelNames(_ transitions: TransitionColumns) -> [String] {
        transitions.isNamed ? transitions.costNames.sorted() : []
    }

    /// All transitions, on disk.
    ///
    /// - Parameters:
    ///   - path: of the file that they were read from, for messages.
    ///   - rule: what becomes of actions outside [-1, 1]; `auto` refuses them.
    /// - Returns: a data set whose columns leave memory as they are read.
    /// - Throws: `StorageError`; `DatasetError`: the first fault found.
    func dataset(from path: String, actions rule: ActionRule) throws -> TransitionDataset {
        guard let shape, rows > 0 else { throw DatasetError.empty(path) }
        guard rows <= Int(Int32.max) else {
            throw DatasetError.tooLarge(path, column: "observations", reason: "more than \(Int32.max) rows")
        }
        let names = channelNames(shape)
        var layout = ch5_make_layout(
            Int64(rows), Int32(shape.observationSize), Int32(shape.actionSize),
            shape.hasConstraintValues ? 1 : 0, Int32(names.count))
        layout.choices = Int32(shape.actionChoices ?? 0)
        let whole = try UnnamedFile(beside: target)
        try whole.extend(to: layout.bytes)
        var clipping = Clipping(actionSize: shape.actionSize)
        let isClipped = rule == .clip && largestAction > 1 + TransitionDataset.actionTolerance
        while let column = columns.popLast() {
            let isAction = columns.isEmpty
            try column.file.copy(
                into: whole, at: column.place(layout), pieceRowBytes: isAction ? 4 * shape.actionSize : 1
            ) { if isAction && isClipped { clipping.clip($0.bindMemory(to: Float.self)) } }
        }
        let image = try ColumnImage(mapping: whole.descriptor, layout, channelNames: names)
        return try TransitionDataset(
            image, path: path, identity: image.digest, actions: rule,
            clippedBefore: isClipped ? clipping.found : nil)
    }
}
