import Tensors

/// Windows of consecutive steps of episodes in reused memory, one window behind the other without padding.
///
/// A window at the end of an episode is shorter than the others. Rows beyond `rows` hold what was there before.
public final class SequenceBatch {
    /// Number of windows B.
    public let windows: Int
    /// Steps L of a window that meets no end.
    public let steps: Int
    /// States acted in, `[B·L, O]`.
    public let observations: Tensor
    /// Actions, `[B·L, A]`.
    public let actions: Tensor
    /// Undiscounted sums of scaled rewards from the step on, as relabelled, `[B·L, 1]`.
    public let returnsToGo: Tensor
    /// Undiscounted sums of costs from the step on, as relabelled, `[B·L, 1]`.
    public let costsToGo: Tensor
    /// Costs of the steps, `[B·L, 1]`.
    public let costs: Tensor
    /// Cost of the whole episode of each window, as relabelled, `[B, 1]`.
    public let episodeCosts: Tensor
    /// Number of each step in its episode, `[B·L]`.
    public let timeSteps: UnsafeMutableBufferPointer<Int32>
    /// Where each window begins, and where the last one ends: B + 1 numbers of rows.
    public package(set) var starts: [Int]

    /// Makes a batch of empty windows.
    public init(windows: Int, steps: Int, observationSize: Int, actionSize: Int) {
        precondition(windows > 0 && steps > 0, "\(windows) windows of \(steps) steps")
        (self.windows, self.steps) = (windows, steps)
        observations = Tensor(windows * steps, observationSize)
        actions = Tensor(windows * steps, actionSize)
        returnsToGo = Tensor(windows * steps, 1)
        costsToGo = Tensor(windows * steps, 1)
        costs = Tensor(windows * steps, 1)
        episodeCosts = Tensor(windows, 1)
        timeSteps = .allocate(capacity: windows * steps)
        timeSteps.initialize(repeating: 0)
        starts = Array(repeating: 0, count: windows + 1)
    }

    deinit { timeSteps.deallocate() }

    /// Steps of all windows together.
    public var rows: Int { starts[windows] }
}
