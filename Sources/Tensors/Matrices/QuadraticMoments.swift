/// Which second moments of all monomials up to degree 2 have to be summed: the others are equal to one of them.
///
/// The product of two elements is a monomial of degree 4 at most, and the same for every way of splitting it. Of its four
/// variables, the constant counting as the lowest, the two lowest make one element and the two highest the other, and
/// only these pairs are summed: 3,876 of 9,316 for 15 variables.
struct QuadraticMoments: Sendable {
    /// Elements each of which is multiplied by each of some others.
    struct Block: Sendable {
        let rows, columns: [Int32]
    }

    /// What is summed.
    let blocks: [Block]
    /// Where the moment of a row and a column stands, `[count, count]`, as a place in `[count, count]`; up to the diagonal.
    let places: [Int]

    /// Finds the pairs; nothing if the elements are not all monomials up to degree 2, each once.
    ///
    /// - Parameters:
    ///   - variables: numbers in a point.
    ///   - elements: of the basis, see `monomials`.
    init?(variables: Int, elements: [Monomial]) {
        let (side, count) = (variables + 1, elements.count)
        guard count == side * (side + 1) / 2 else { return nil }
        var index = [Int](repeating: -1, count: side * side)
        for (place, element) in elements.enumerated() { index[element.low * side + element.high] = place }
        guard (0..<side).allSatisfy({ low in (low..<side).allSatisfy { index[low * side + $0] >= 0 } })
        else { return nil }
        blocks = (0..<side).map { variable in
            Block(
                rows: elements.indices.filter { elements[$0].high == variable }.map { Int32($0) },
                columns: elements.indices.filter { elements[$0].low >= variable }.map { Int32($0) })
        }
        var places = [Int](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0...row {
                let (a, b) = (elements[row], elements[column])
                let (second, third) = (max(a.low, b.low), min(a.high, b.high))
                let lowest = index[min(a.low, b.low) * side + min(second, third)]
                let highest = index[max(second, third) * side + max(a.high, b.high)]
                places[row * count + column] = lowest * count + highest
            }
        }
        self.places = places
    }
}

extension QuadraticMoments {
    /// Two variables, counted from 1, the lower first; 0 for none.
    struct Monomial: Sendable {
        let low, high: Int
    }

    /// The chosen elements of a product basis as monomials.
    ///
    /// - Returns: nothing where one has another form or a degree above 2.
    static func monomials(
        recurrence: [(factor: Double, shift: Double)], steps: [ProductBasis.Step], chosen: [Int]
    ) -> [Monomial]? {
        guard recurrence.allSatisfy({ $0 == (1, 0) }) else { return nil }
        var factors: [[Int]] = [[]]
        for step in steps {
            factors.append(factors[step.element] + [Int](repeating: step.variable + 1, count: step.power))
            if factors[factors.count - 1].count > 2 { return nil }
        }
        return chosen.map { element in
            let sorted = factors[element].sorted()
            return Monomial(low: sorted.count == 2 ? sorted[0] : 0, high: sorted.last ?? 0)
        }
    }
}
