/// Whether boxes fill another box, without gaps and without overlaps.
struct Partition {
    /// What is wrong with parts.
    enum Fault: Hashable {
        case gap
        case overlap
    }

    private let inputs: Int
    private let parts: [Double]

    /// Parts: lower and upper ends of each, behind each other.
    init(inputs: Int, parts: [Double]) { (self.inputs, self.parts) = (inputs, parts) }

    private func low(_ part: Int, _ k: Int) -> Double { parts[part * 2 * inputs + k] }
    private func high(_ part: Int, _ k: Int) -> Double { parts[part * 2 * inputs + inputs + k] }

    /// What keeps the parts from being a partition of a box that cuts through whole boxes could give; nothing where they are one.
    ///
    /// Faces are compared exactly.
    func fault(in box: [ClosedInterval]) -> Fault? {
        var open: [(low: [Double], high: [Double], members: [Int])] = [
            (box.map(\.low), box.map(\.high), Array(0..<parts.count / max(1, 2 * inputs)))
        ]
        while let (low, high, members) = open.popLast() {
            guard let first = members.first else { return .gap }
            if members.count == 1 {
                let isWhole = (0..<inputs).allSatisfy {
                    self.low(first, $0) == low[$0] && self.high(first, $0) == high[$0]
                }
                if isWhole { continue }
                return .gap
            }
            guard let (k, cut) = cut(members) else { return .overlap }
            guard low[k] < cut && cut < high[k] else { return .overlap }
            var (lower, upper) = (high, low)
            (lower[k], upper[k]) = (cut, cut)
            open.append((low, lower, members.filter { self.high($0, k) <= cut }))
            open.append((upper, high, members.filter { self.low($0, k) >= cut }))
        }
        return nil
    }

    /// A plane that no part crosses and that has parts on both sides.
    private func cut(_ members: [Int]) -> (input: Int, at: Double)? {
        for k in 0..<inputs {
            let sorted = members.sorted { low($0, k) < low($1, k) }
            var (reach, best, balance) = (high(sorted[0], k), Double?.none, Int.max)
            for (index, part) in sorted.enumerated().dropFirst() {
                // Cuts in the middle keep the work small.
                if low(part, k) >= reach, abs(2 * index - sorted.count) < balance {
                    (best, balance) = (low(part, k), abs(2 * index - sorted.count))
                }
                reach = max(reach, high(part, k))
            }
            if let best { return (k, best) }
        }
        return nil
    }
}
