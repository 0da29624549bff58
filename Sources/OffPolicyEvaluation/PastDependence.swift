import Assurance
import Foundation
import Tensors

/// A column of categories, one number from 0 on for each row.
public struct CategoryColumn: Sendable, Hashable {
    /// What it is, for reports.
    public let name: String
    /// The category of each row.
    public let values: [Int]

    /// Names a column.
    public init(_ name: String, _ values: [Int]) { (self.name, self.values) = (name, values) }

    /// Numbers the distinct values of a column in the order first seen.
    public init(_ name: String, distinct values: [Double]) {
        var numbers: [Double: Int] = [:]
        self.init(
            name,
            values.map { value in
                if let number = numbers[value] { return number }
                numbers[value] = numbers.count
                return numbers.count - 1
            })
    }
}

/// Whether something depends on the past although the present is known: a permutation test.
///
/// Within each stratum, of rows whose present is the same, responses are exchanged at random. For every pair of a response and
/// a column of the past the statistic is the sum over strata of Pearson's χ² for their table; the largest one, in deviations
/// from its mean over the permutations, is compared with the largest of each permutation. So p is one for all pairs
/// together. Where the present says all there is, p ≤ α has probability α at most, exactly for independent rows; rows of one
/// episode are a little less than that.
///
/// - SeeAlso: Westfall and Young 1993, "Resampling-based multiple testing" (the largest statistic).
public struct PastDependence: Codable, Sendable, Hashable {
    /// (1 + permutations as extreme) / (1 + permutations).
    public let p: Double
    /// The response and the column of the past with the largest statistic.
    public let response, past: String
    /// Rows in strata that can say something, and the number of those.
    public let rows, strata: Int

    /// Permutations, of which p can be no smaller than one in 200.
    public static let permutations = 199
    /// The fewest rows of a stratum that is looked at.
    static let leastRows = 5

    /// Tests; nil where no stratum has two categories of a response and of a column of the past.
    ///
    /// - Parameters:
    ///   - responses: what may depend; at least one column.
    ///   - past: what it may depend on; at least one column.
    ///   - present: the stratum of each row.
    ///   - seed: of the permutations.
    public init?(
        of responses: [CategoryColumn], on past: [CategoryColumn], given present: [Int], seed: UInt64
    ) {
        precondition(
            (responses + past).allSatisfy { $0.values.count == present.count },
            "columns and strata of different lengths")
        var members: [Int: [Int]] = [:]
        for (row, stratum) in present.enumerated() { members[stratum, default: []].append(row) }
        let strata = members.keys.sorted().compactMap { key -> Stratum? in
            Stratum(members[key] ?? [], responses, past)
        }
        guard !strata.isEmpty else { return nil }
        var stream = RandomStream(seed: seed, for: .testing)
        let pairs = responses.count * past.count
        var draws = [[Double]](repeating: [], count: pairs)
        var shuffled = strata
        for permutation in 0...Self.permutations {
            if permutation > 0 { for index in shuffled.indices { shuffled[index].shuffle(&stream) } }
            var sums = [Double](repeating: 0, count: pairs)
            for stratum in shuffled { stratum.add(to: &sums) }
            for pair in 0..<pairs { draws[pair].append(sums[pair]) }
        }
        let scores = draws.map(Self.standardised)
        let largest = (0...Self.permutations).map { permutation in
            scores.map { $0[permutation] }.max() ?? 0
        }
        let strongest = (0..<pairs).reduce(0) { scores[$1][0] > scores[$0][0] ? $1 : $0 }
        p = Double(1 + largest.dropFirst().count { $0 >= largest[0] }) / Double(1 + Self.permutations)
        response = responses[strongest / past.count].name
        self.past = past[strongest % past.count].name
        (rows, self.strata) = (strata.reduce(0) { $0 + $1.count }, strata.count)
    }

    /// Each value in deviations from the mean of all; zeros where none differs.
    private static func standardised(_ values: [Double]) -> [Double] {
        let sample = SampleMean(values)
        return values.map { sample.deviation > 0 ? ($0 - sample.mean) / sample.deviation : 0 }
    }
}

/// Rows whose present is the same, their categories numbered anew.
private struct Stratum {
    /// For each response, then for each column of the past: the categories of the rows, and how often each occurs.
    private var responses: [(categories: [Int], counts: [Int])]
    private let past: [(categories: [Int], counts: [Int])]
    let count: Int

    init?(_ rows: [Int], _ responses: [CategoryColumn], _ past: [CategoryColumn]) {
        guard rows.count >= PastDependence.leastRows else { return nil }
        func numbered(_ column: CategoryColumn) -> (categories: [Int], counts: [Int]) {
            var numbers: [Int: Int] = [:]
            var counts: [Int] = []
            let categories = rows.map { row -> Int in
                let value = column.values[row]
                let number = numbers[value] ?? counts.count
                if number == counts.count {
                    numbers[value] = number
                    counts.append(0)
                }
                counts[number] += 1
                return number
            }
            return (categories, counts)
        }
        self.responses = responses.map(numbered)
        self.past = past.map(numbered)
        count = rows.count
        guard self.responses.contains(where: { $0.counts.count > 1 }),
            self.past.contains(where: { $0.counts.count > 1 })
        else { return nil }
    }

    /// Exchanges the responses of the rows, all columns of a row together.
    mutating func shuffle(_ stream: inout RandomStream) {
        for last in stride(from: count - 1, to: 0, by: -1) {
            let other = stream.nextInteger(below: last + 1)
            for column in responses.indices { responses[column].categories.swapAt(last, other) }
        }
    }

    /// Adds χ² of every pair of columns.
    func add(to sums: inout [Double]) {
        for (r, response) in responses.enumerated() where response.counts.count > 1 {
            for (c, column) in past.enumerated() where column.counts.count > 1 {
                let width = column.counts.count
                var table = [Int](repeating: 0, count: response.counts.count * width)
                for row in 0..<count { table[response.categories[row] * width + column.categories[row]] += 1 }
                var sum = 0.0
                for (cell, number) in table.enumerated() where number > 0 {
                    let expected = response.counts[cell / width] * column.counts[cell % width]
                    sum += Double(number * number) / Double(expected)
                }
                sums[r * past.count + c] += Double(count) * (sum - 1)
            }
        }
    }
}
