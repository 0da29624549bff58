import Dynamics
import Tensors
import Testing

@Suite struct DistinctRowsTests {
    @Test func rowsAreNumberedInTheOrderFirstSeen() {
        let matrix = Matrix(5, 2, [1, 2, 0, 0, 1, 2, 3, 4, 0, 0])
        var distinct = DistinctRows(columns: 2)
        #expect(distinct.insert(matrix) == [0, 1, 0, 2, 1])
        #expect(distinct.rows == Matrix(3, 2, [1, 2, 0, 0, 3, 4]))
        #expect(distinct.numbers(of: Matrix(2, 2, [3, 4, 3, 5])) == [2, nil])
    }

    @Test func everyBitCounts() {
        let distinct = DistinctRows(of: Matrix(4, 1, [0, -0.0, 1, 1 + 0x1p-52]))
        #expect(distinct.count == 4)
    }

    /// Beyond the first sizes of the table, beside a dictionary.
    @Test func manyRowsAgreeWithADictionary() {
        var stream = RandomStream(seed: 3, for: .testing)
        let elements = (0..<3 * 20_000).map { _ in Double(stream.nextInteger(below: 30)) }
        var expected: [[Double]: Int] = [:]
        let numbers = (0..<20_000).map { row in
            let key = Array(elements[3 * row..<3 * row + 3])
            return expected[key]
                ?? {
                    expected[key] = expected.count; return expected.count - 1
                }()
        }
        var distinct = DistinctRows(columns: 3)
        #expect(distinct.insert(Matrix(20_000, 3, elements)) == numbers)
        #expect(distinct.count == expected.count)
        #expect(distinct.numbers(of: distinct.rows) == (0..<distinct.count).map(Optional.some))
    }
}
