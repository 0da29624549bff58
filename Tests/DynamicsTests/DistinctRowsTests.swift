import Dynamics
import Testing

@Suite struct DistinctRowsTests {
    @Test func rowsAreNumberedInTheOrderFirstSeen() {
        let matrix = Matrix(5, 2, [1, 2, 0, 0, 1, 2, 3, 4, 0, 0])
        var distinct = DistinctRows(columns: 2)
        #expect(distinct.insert(matrix) == [0, 1, 0, 2, 1])
        #expect(distinct.rows == Matrix(3, 2, [1, 2, 0, 0, 3, 4]))
        #expect(distinct.numbers(of: Matrix(2, 2, [3, 4, 3, 5])) == [2, nil])
    }
}
