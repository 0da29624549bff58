import SafeRL

/// Parts of recorded episodes, all of one length, labelled desirable (1) or undesirable (0): what TraC learns from.
///
/// Safe segments, whose costs sum up to their share of the limit at most, are ranked by their return: the best are desirable,
/// the worst may be undesirable, the rest is left out. Unsafe ones are undesirable with weight 1.
package struct LabelledSegments {
    /// Steps of each.
    package let length: Int
    /// First row of each in the data set.
    package let starts: [Int32]
    /// Weight of each, in [0, 1], and its label.
    package let weights: [Float], labels: [Float]
    /// Numbers of the drawn ones that are kept, in rising order.
    package let kept: [Int]
    private let drawn: Int

    /// How many there are.
    package var count: Int { starts.count }

    /// Draws segments from episodes and labels them.
    ///
    /// - Throws: `OptionIssue` when none can be drawn, or none is desirable.
    init(of data: TransitionDataset, _ c: TraC.Configuration, using draws: inout RandomStream) throws {
        let longest = data.episodes.map(\.length).max() ?? 0
        let length = Int(c.segmentRatio * Double(longest))
        guard length > 0 else {
            throw OptionIssue(
                "segmentRatio",
                "\(c.segmentRatio) of the longest episode, \(longest) steps, is not one step. Write 1 for whole episodes."
            )
        }
        let long = data.episodes.filter { $0.length >= length }
        let wanted =
            c.segmentRatio < 1
            ? (longest - length) / 6 * data.episodes.count : long.count { $0.length == longest }
        guard wanted > 0 else {
            throw OptionIssue(
                "segmentRatio",
                "segments of \(length) steps leave fewer than 6 of the longest episode's \(longest), by which they are "
                    + "counted. Write 1 for whole episodes, or less.")
        }
        let starts = (0..<min(wanted, c.largestNumber)).map { _ in
            let rows = long[draws.nextInteger(below: long.count)].rows
            return rows.lowerBound + draws.nextInteger(below: rows.count - length + 1)
        }
        try self.init(of: data, c, starts: starts, longest: longest)
    }

    /// Labels segments.
    ///
    /// - Parameters:
    ///   - data: where they are from.
    ///   - c: what makes them safe and good.
    ///   - starts: first row of each, so that none leaves its episode.
    ///   - longest: steps of the longest episode.
    /// - Throws: `OptionIssue` when none is desirable.
    package init(
        of data: TransitionDataset, _ c: TraC.Configuration, starts: [Int], longest: Int
    ) throws {
        length = Int(c.segmentRatio * Double(longest))
        drawn = starts.count
        let (returns, costs) = Self.sums(of: data, starts, length: length)
        // Single precision, that of stored costs: ten costs of 0.1 are within a limit of 1.
        let limit = Float(Double(c.costLimit) * Double(length) / Double(longest))
        let safe = starts.indices.filter { Float(costs[$0]) <= limit }
        let own = safe.map { returns[$0] }
        let (least, most) = (own.min() ?? 0, own.max() ?? 0)
        func rank(_ index: Int) -> Double { most > least ? (returns[index] - least) / (most - least) : 0 }

        let floor = Double(c.weightFloor)
        var labelled: [Int: (weight: Double, label: Float)] = [:]
        for index in starts.indices { labelled[index] = (1, 0) }
        for index in safe { labelled[index] = nil }
        // A stable order: of equals the first drawn is the better.
        let ranked = safe.sorted { (rank($1), $0) < (rank($0), $1) }
        for index in ranked.prefix(Self.share(c.topShare, of: safe.count)) {
            labelled[index] = ((1 - floor) * rank(index) + floor, 1)
        }
        for index in ranked.suffix(Self.share(c.bottomShare, of: safe.count)) {
            labelled[index] = ((1 - floor) * (1 - rank(index)) + floor, 0)
        }
        kept = labelled.keys.sorted()
        self.starts = kept.map { Int32(starts[$0]) }
        weights = kept.map { Float(labelled[$0]?.weight ?? 0) }
        labels = kept.map { labelled[$0]?.label ?? 0 }
        if labels.contains(1) { return }
        if safe.isEmpty {
            throw OptionIssue(
                "costLimit",
                "none of \(drawn) segments costs so little: the smallest cost is \(Float(costs.min() ?? 0)), the limit for "
                    + "\(length) steps \(limit). Raise it.")
        }
        throw OptionIssue(
            "bottomShare", "\(c.bottomShare) makes every safe segment undesirable. Write less, such as 0.")
    }

    /// ⌈share · count⌉.
    private static func share(_ share: Double, of count: Int) -> Int {
        Int((share * Double(count)).rounded(.up))
    }

    /// Undiscounted returns and costs of segments, by differences of running sums, in double precision.
    private static func sums(
        of data: TransitionDataset, _ starts: [Int], length: Int
    ) -> (returns: [Double], costs: [Double]) {
        func running(_ column: UnsafeBufferPointer<Float>) -> [Double] {
            var (sums, total) = ([0.0], 0.0)
            sums.reserveCapacity(column.count + 1)
            for value in column {
                total += Double(value)
                sums.append(total)
            }
            return starts.map { sums[$0 + length] - sums[$0] }
        }
        return (running(data.rewards), running(data.costs))
    }

    /// One line for the user.
    var summary: String {
        let good = labels.count { $0 > 0 }
        return
            "\(count) of \(drawn) segments of \(length) steps: \(good) desirable, \(count - good) undesirable; the others lie "
            + "between"
    }
}
