import Tensors

/// The distinct rows of a matrix, numbered in the order in which they are first seen.
///
/// Two rows are equal if and only if every bit is; 0 and −0 differ. With it, methods for finitely many states work on
/// vectors: a data set of 200,000 transitions may hold 700 distinct observations.
public struct DistinctRows: Sendable {
    /// Numbers in a row.
    public let columns: Int
    /// The distinct rows, one after the other.
    private var elements: [Double] = []
    /// Number of distinct rows.
    public private(set) var count = 0
    /// Open addressing: 0 for a free place, else a number plus one; a power of two, at most half full.
    private var places: [Int32]

    /// No rows yet.
    public init(columns: Int) {
        precondition(columns > 0, "rows without numbers do not differ")
        self.columns = columns
        places = [Int32](repeating: 0, count: 64)
    }

    /// Numbers the rows of a matrix.
    public init(of matrix: Matrix) {
        self.init(columns: matrix.columns)
        _ = insert(matrix)
    }

    /// The distinct rows, `[count, columns]`, in the order first seen.
    public var rows: Matrix { Matrix(count, columns, elements) }

    /// Adds the rows that are new.
    ///
    /// - Parameter matrix: `[n, columns]`.
    /// - Returns: the number of each of its rows.
    public mutating func insert(_ matrix: Matrix) -> [Int] {
        precondition(matrix.columns == columns, "rows of \(matrix.columns) numbers among rows of \(columns)")
        var numbers: [Int] = []
        numbers.reserveCapacity(matrix.rows)
        for row in 0..<matrix.rows {
            let start = row * columns
            let place = place(of: matrix.elements, at: start)
            if places[place] != 0 {
                numbers.append(Int(places[place]) - 1)
                continue
            }
            elements.append(contentsOf: matrix.elements[start..<start + columns])
            count += 1
            precondition(count < Int(Int32.max) / 2, "more than \(Int32.max / 2) distinct rows")
            places[place] = Int32(count)
            numbers.append(count - 1)
            if 2 * count > places.count { grow() }
        }
        return numbers
    }

    /// The number of each row of a matrix; nothing for rows that are not among these.
    public func numbers(of matrix: Matrix) -> [Int?] {
        precondition(matrix.columns == columns, "rows of \(matrix.columns) numbers among rows of \(columns)")
        return (0..<matrix.rows).map { row in
            let found = places[place(of: matrix.elements, at: row * columns)]
            return found == 0 ? nil : Int(found) - 1
        }
    }

    /// Where a row stands in the table, or the free place where it belongs.
    private func place(of values: [Double], at start: Int) -> Int {
        var place = Int(truncatingIfNeeded: hash(values, start)) & (places.count - 1)
        while places[place] != 0, !isEqual(Int(places[place]) - 1, values, start) {
            place = (place + 1) & (places.count - 1)
        }
        return place
    }

    private func isEqual(_ number: Int, _ values: [Double], _ start: Int) -> Bool {
        for at in 0..<columns
        where elements[number * columns + at].bitPattern != values[start + at].bitPattern {
            return false
        }
        return true
    }

    /// Mixes all bits of a row; the same on every machine.
    private func hash(_ values: [Double], _ start: Int) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        for at in start..<start + columns {
            hash = (hash ^ values[at].bitPattern) &* 0xBF58_476D_1CE4_E5B9
            hash ^= hash >> 29
        }
        hash = hash &* 0x94D0_49BB_1331_11EB
        return hash ^ hash >> 32
    }

    private mutating func grow() {
        places = [Int32](repeating: 0, count: 2 * places.count)
        for number in 0..<count {
            places[place(of: elements, at: number * columns)] = Int32(number + 1)
        }
    }
}

/// Which elements belong to each group, in rising order: lists of different lengths in two arrays.
struct Groups: Sendable {
    /// Where each group begins; one more than there are groups.
    private let starts: [Int]
    private let members: [Int]

    /// Sorts elements into groups.
    ///
    /// - Parameters:
    ///   - groups: number of groups.
    ///   - numbers: the group of each element.
    ///   - elements: the elements, in rising order; 0, 1, 2 … where nil.
    init(_ groups: Int, numbers: [Int], elements: [Int]? = nil) {
        var starts = [Int](repeating: 0, count: groups + 1)
        for number in numbers { starts[number + 1] += 1 }
        for group in 0..<groups { starts[group + 1] += starts[group] }
        var next = starts
        var members = [Int](repeating: 0, count: numbers.count)
        for (at, number) in numbers.enumerated() {
            members[next[number]] = elements?[at] ?? at
            next[number] += 1
        }
        (self.starts, self.members) = (starts, members)
    }

    /// The elements of one group.
    subscript(_ group: Int) -> ArraySlice<Int> { members[starts[group]..<starts[group + 1]] }
}
