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
    public let values: Int
    /// In how many transitions.
    public let rows: Int
    /// The largest absolute value among them, before.
    public let largest: Float
    /// The task whose simulator clips them, where that was the reason.
    public let task: String?
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
        var (values, rows, largest) = (0, 0, Float(0))
        for row in 0..<(columns.actions.count / columns.actionSize) {
            let before = values
            for index in (row * columns.actionSize)..<((row + 1) * columns.actionSize)
            where abs(columns.actions[index]) > 1 {
                largest = max(largest, abs(columns.actions[index]))
                columns.actions[index] = columns.actions[index] > 0 ? 1 : -1
                values += 1
            }
            rows += values > before ? 1 : 0
        }
        return ClippedActions(values: values, rows: rows, largest: largest, task: task?.id)
    }
}
