import Tensors

/// Rows for fitting, for judging a fit, and for calibrating a guardian: whole episodes each, so that no episode speaks
/// for itself.
public struct ModelSplit: Codable, Equatable, Sendable {
    /// Rows to fit on, in rising order; at least one.
    public let training: [Int]
    /// Rows that early stopping and the choice of members look at, in rising order.
    public let heldOut: [Int]
    /// Rows that neither a fit nor its stopping has seen, in rising order.
    public let calibration: [Int]

    /// Names rows.
    public init(training: [Int], heldOut: [Int], calibration: [Int] = []) {
        (self.training, self.heldOut, self.calibration) = (training, heldOut, calibration)
    }
}

extension ModelData {
    /// Splits the episodes at random; the same seed gives the same parts on every machine.
    ///
    /// Of E episodes, ⌊share·E⌋ but at least one go to each part whose share is above 0, the rest to training.
    ///
    /// - Parameters:
    ///   - heldOut: share of the episodes, in [0, 1).
    ///   - calibration: share of the episodes, in [0, 1).
    ///   - seed: of the run.
    /// - Returns: three disjoint parts, which together are all rows.
    /// - Throws: `DynamicsError.outOfRange` for shares that leave nothing, `tooFewEpisodes`.
    public func split(heldOut: Double, calibration: Double = 0, seed: UInt64) throws(DynamicsError)
        -> ModelSplit
    {
        for (option, share) in [("held-out share", heldOut), ("calibration share", calibration)] {
            guard share >= 0 && share < 1 else {
                throw .outOfRange(option: option, value: share, range: "[0, 1)")
            }
        }
        guard heldOut + calibration < 1 else {
            throw .outOfRange(option: "sum of shares", value: heldOut + calibration, range: "[0, 1)")
        }
        let starts = firstRows
        let parts = [heldOut, calibration].map { $0 > 0 ? max(1, Int($0 * Double(starts.count))) : 0 }
        guard parts[0] + parts[1] < starts.count else {
            throw .tooFewEpisodes(
                starts.count, needed: 1 + (heldOut > 0 ? 1 : 0) + (calibration > 0 ? 1 : 0))
        }
        var order = Array(starts.indices)
        var stream = RandomStream(seed: seed, for: .splitting)
        for last in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(last, stream.nextInteger(below: last + 1))
        }
        func rows(_ chosen: ArraySlice<Int>) -> [Int] {
            chosen.sorted().flatMap { episode in
                starts[episode]..<(episode + 1 < starts.count ? starts[episode + 1] : count)
            }
        }
        let first = parts[0], second = parts[0] + parts[1]
        return ModelSplit(
            training: rows(order[second...]), heldOut: rows(order[..<first]),
            calibration: rows(order[first..<second]))
    }
}
