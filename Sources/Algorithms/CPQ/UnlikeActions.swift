import SafeRL

/// Actions drawn from the policy of which some are unlike those of the data: the quarter whose codes are farthest from N(0, 1).
package final class UnlikeActions {
    /// The share of all draws that counts as like the data.
    static let share = 0.75

    /// Divergence of every draw, draw after draw, `[n · rows, 1]`.
    package let divergences: Tensor
    /// From this divergence on an action is unlike the data.
    package private(set) var threshold: Float = 0
    private let sorted: Tensor

    init(rows: Int, samples: Int) {
        divergences = Tensor(rows * samples, 1)
        sorted = Tensor(rows * samples, 1)
    }

    /// Finds the threshold from the divergences: their 0.75 quantile, interpolated between neighbours.
    func findThreshold() {
        _ = sorted.buffer.update(fromContentsOf: divergences.buffer)
        let place = Self.share * Double(sorted.buffer.count - 1)
        let lower = Int(place)
        let low = sorted.buffer.partitioned(at: lower)
        guard lower + 1 < sorted.buffer.count else {
            threshold = low
            return
        }
        let high = sorted.buffer[(lower + 1)...].reduce(Float.infinity) { min($0, $1) }
        threshold = low + Float(place - Double(lower)) * (high - low)
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// Moves the elements so that none before a place is larger and none after it smaller, without allocating.
    ///
    /// - Parameter place: an index; none of the elements is NaN.
    /// - Returns: the element at that place.
    fileprivate func partitioned(at place: Int) -> Float {
        var (low, high) = (0, count - 1)
        while low < high {
            let pivot = self[(low + high) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while self[right] > pivot { right -= 1 }
                if left <= right {
                    swapAt(left, right)
                    (left, right) = (left + 1, right - 1)
                }
            }
            if place <= right {
                high = right
            } else if place >= left {
                low = left
            } else {
                break
            }
        }
        return self[place]
    }
}
