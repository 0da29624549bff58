import SafeRL

/// What came of each recorded transition in its own episode: the values that critics of the recorded behaviour would have.
///
/// Critics that start from them need not wait until rewards and violations have come back step by step, and do not first
/// overrate the violations of a few states everywhere.
package struct RecordedOutcomes {
    /// Discounted return from each row to the end of its episode, after the data set's transform, `[count]`.
    package private(set) var returns: [Float]
    /// Worst violation ahead as V_h counts it, or the discounted cost in the ablation, `[count]`.
    package private(set) var violations: [Float]

    /// Goes through a data set once, from its end; rows after the last end are cut where the data are.
    package init(of data: TransitionDataset, _ c: FISOR.Configuration) {
        let (rewards, costs, stored) = (data.rewards, data.costs, data.constraintValues)
        let (terminals, timeouts) = (data.terminals, data.timeouts)
        let (scale, shift) = (data.transforms.rewardScale, data.transforms.rewardShift)
        let discount = c.discount
        let isCostValue = c.objective.costValue != nil
        returns = [Float](repeating: 0, count: data.count)
        violations = returns
        for row in (0..<data.count).reversed() {
            let isEnd = row == data.count - 1 || terminals[row] != 0 || timeouts[row] != 0
            let h = c.constraintValue(cost: costs[row], stored: stored?[row] ?? 0)
            returns[row] = scale * rewards[row] + shift + (isEnd ? 0 : discount * returns[row + 1])
            if isCostValue {
                violations[row] = h + (isEnd ? 0 : discount * violations[row + 1])
            } else {
                violations[row] =
                    isEnd ? h : (1 - discount) * h + discount * max(h, violations[row + 1])
            }
        }
    }

    /// Copies the outcomes of rows.
    ///
    /// - Parameters:
    ///   - rows: of the data set; the first are taken, as many as there is room for.
    ///   - returns: `[B, 1]`.
    ///   - violations: `[B, 1]`.
    func fill(
        _ rows: UnsafeMutableBufferPointer<Int32>, into returns: borrowing Tensor,
        _ violations: borrowing Tensor
    ) {
        for index in 0..<returns.shape.rows {
            returns[index, 0] = self.returns[Int(rows[index])]
            violations[index, 0] = self.violations[Int(rows[index])]
        }
    }
}
