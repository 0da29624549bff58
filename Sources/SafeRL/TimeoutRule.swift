import Replay

/// What a time-out does to targets that look ahead.
public enum TimeoutRule: String, Codable, Sendable, CaseIterable {
    /// Ends the episode, as in the code of most offline baselines.
    case end
    /// Is looked through: the state after it is bootstrapped from.
    case bootstrap

    /// Checks that data say what states time-outs were in.
    ///
    /// - Throws: `OptionIssue` of the key `timeouts`.
    public func check(_ data: TransitionDataset) throws(OptionIssue) {
        if self == .bootstrap && data.hasDerivedNextObservations {
            throw OptionIssue(
                "timeouts", "\"bootstrap\" needs \"next_observations\", which the data lack. Use \"end\".")
        }
    }
}

extension TransitionBatch {
    /// Writes 1 where a future follows, else 0, into the first rows of a column, as many as there is room for.
    ///
    /// - Parameters:
    ///   - continues: `[rows, 1]`.
    ///   - rule: what a time-out does.
    public func readContinuation(into continues: borrowing Tensor, _ rule: TimeoutRule) {
        for row in 0..<continues.shape.rows {
            let ended = terminated[row, 0] != 0 || (rule == .end && truncated[row, 0] != 0)
            continues[row, 0] = ended ? 0 : 1
        }
    }
}
