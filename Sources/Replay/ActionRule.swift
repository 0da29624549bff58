/// What becomes of a file's actions that lie outside [-1, 1] by more than the tolerance.
public enum ActionRule: String, Codable, CaseIterable, Sendable {
    /// Clipped where the file belongs to a task whose simulator clips them itself, else refused.
    case auto
    /// Clipped.
    case clip
    /// Refused.
    case refuse
}

/// Actions that were clipped to [-1, 1].
public struct ClippedActions: Codable, Equatable, Sendable {
    /// How many values.
    public internal(set) var values: Int
    /// In how many transitions.
    public internal(set) var rows: Int
    /// The largest absolute value among them, before.
    public internal(set) var largest: Float
    /// The task whose simulator clips them, where that was the reason.
    public internal(set) var task: String?
}

extension ColumnImage {
    /// Clips all actions to [-1, 1] if one lies outside by more than the tolerance.
    ///
    /// - Parameters:
    ///   - task: whose simulator does the same, if that is why.
    ///   - place: for errors.
    /// - Returns: nothing if all lie inside, and then nothing has changed.
    /// - Throws: `DatasetError` when there is no memory for a copy.
    func clipActions(task: DSRLTask?, place: String) throws(DatasetError) -> ClippedActions? {
        let columns = ColumnBuffers(self)
        guard columns.firstActionOutOfBounds() != nil else { return nil }
        try makeWritable(place: place)
        var clipping = Clipping(actionSize: columns.actionSize)
        let piece = max(1, (1 << 16) / columns.actionSize) * columns.actionSize
        for start in stride(from: 0, to: columns.actions.count, by: piece) {
            let end = min(start + piece, columns.actions.count)
            clipping.clip(UnsafeMutableBufferPointer(rebasing: columns.actions[start..<end]))
            rest(after: 4 * (end - start))
        }
        var found = clipping.found
        found.task = task?.id
        return found
    }
}

/// Clips actions to [-1, 1], rows after rows, and counts.
struct Clipping {
    let actionSize: Int
    /// What was clipped so far.
    private(set) var found = ClippedActions(values: 0, rows: 0, largest: 0, task: nil)

    init(actionSize: Int) { self.actionSize = actionSize }

    /// Clips the actions of some whole rows.
    mutating func clip(_ actions: UnsafeMutableBufferPointer<Float>) {
        for row in 0..<(actions.count / actionSize) {
            let before = found.values
            for index in (row * actionSize)..<((row + 1) * actionSize) where abs(actions[index]) > 1 {
                found.largest = max(found.largest, abs(actions[index]))
                actions[index] = actions[index] > 0 ? 1 : -1
                found.values += 1
            }
            found.rows += found.values > before ? 1 : 0
        }
    }
}
