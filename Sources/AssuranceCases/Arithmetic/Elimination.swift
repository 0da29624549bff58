/// Exact elimination of Fourier and Motzkin, which decides whether linear rows have a common solution.
///
/// Every answer is checked before it is given: a solution by putting it into the rows, the absence of one by adding up the rows
/// (Farkas 1902). See Schrijver 1986, *Theory of Linear and Integer Programming*, 12.2.
package struct Elimination {
    /// Rows at most at any time.
    package static let mostRows = 20_000
    /// Rows at most that one question makes, over all its cases.
    package static let mostWork = 60_000

    /// What was found.
    package enum Answer: Sendable {
        /// Values that satisfy every row.
        case solution([Rational])
        /// Multiples of the rows, those of inequalities not negative, whose sum no values satisfy.
        case contradiction([Rational])
        /// Too many rows, or numbers that are too long.
        case gaveUp
    }

    private let count: Int
    private var rows: [LinearRow]
    private var work: Int
    /// Quantities in the order in which they went, with the rows that they were in.
    private var gone: [(quantity: Int, rows: [LinearRow])] = []

    private init(_ problem: [LinearRow], quantities: Int, work: Int) {
        (count, self.work) = (quantities, work)
        rows = problem.enumerated().map { $1.originating(at: $0, of: problem.count) }
    }

    /// Decides rows.
    ///
    /// - Parameters:
    ///   - rows: each with one factor a quantity.
    ///   - quantities: their number.
    ///   - work: rows that may still be made, from which those that are made are taken.
    /// - Returns: an answer that was checked.
    package static func answer(_ rows: [LinearRow], quantities: Int, work: inout Int) -> Answer {
        precondition(rows.allSatisfy { $0.factors.count == quantities }, "rows of other quantities")
        var elimination = Elimination(rows, quantities: quantities, work: work)
        let answer = elimination.run()
        work = elimination.work
        switch answer {
        case .solution(let values): return rows.allSatisfy { $0.holds(for: values) } ? answer : .gaveUp
        case .contradiction(let shares): return contradicts(rows, shares) ? answer : .gaveUp
        case .gaveUp: return answer
        }
    }

    /// Whether multiples of rows add up to a row that nothing satisfies.
    package static func contradicts(_ rows: [LinearRow], _ shares: [Rational]) -> Bool {
        guard rows.count == shares.count,
            !zip(rows, shares).contains(where: { $0.relation != .equal && $1.isNegative })
        else { return false }
        let used = zip(rows, shares).filter { !$1.isZero }.map { $0.times($1) }
        guard var sum = used.first else { return false }
        for row in used.dropFirst() { sum = sum + row }
        return sum.isConstant && !sum.constantHolds
    }

    private mutating func run() -> Answer {
        var open = Set(0..<count)
        while true {
            if rows.contains(where: \.isLarge) { return .gaveUp }
            if let wrong = rows.first(where: { $0.isConstant && !$0.constantHolds }) {
                return .contradiction(wrong.shares)
            }
            keepTightest()
            guard let quantity = cheapest(open) else { break }
            open.remove(quantity)
            guard eliminate(quantity) else { return .gaveUp }
        }
        var values = [Rational](repeating: .zero, count: count)
        for (quantity, rows) in gone.reversed() {
            values[quantity] = Self.value(of: quantity, in: rows, values)
            if values[quantity].bits > Rational.mostBits { return .gaveUp }
        }
        return .solution(values)
    }

    /// Drops rows that others say as sharply, and those without quantities.
    private mutating func keepTightest() {
        var places: [[Rational]: Int] = [:]
        var kept: [LinearRow] = []
        for row in rows.lazy.map(\.scaled) where !row.isConstant {
            guard row.relation != .equal, let place = places[row.factors] else {
                if row.relation != .equal { places[row.factors] = kept.count }
                kept.append(row)
                continue
            }
            let known = kept[place]
            let isTighter =
                row.constant < known.constant || row.constant == known.constant && row.relation == .above
            if isTighter { kept[place] = row }
        }
        rows = kept
    }

    /// The quantity that costs the fewest rows; an equation costs none.
    private func cheapest(_ open: Set<Int>) -> Int? {
        var best: (quantity: Int, cost: Int)?
        for quantity in open.sorted() {
            let used = rows.filter { !$0.factors[quantity].isZero }
            guard !used.isEmpty else { continue }
            let below = used.count { $0.factors[quantity].isNegative }
            let cost = used.contains { $0.relation == .equal } ? 0 : below * (used.count - below) + 1
            if cost < best?.cost ?? .max { best = (quantity, cost) }
        }
        return best?.quantity
    }

    private mutating func eliminate(_ quantity: Int) -> Bool {
        let used = rows.filter { !$0.factors[quantity].isZero }
        var rest = rows.filter { $0.factors[quantity].isZero }
        if let equation = used.firstIndex(where: { $0.relation == .equal }) {
            gone.append((quantity, [used[equation]]))
            work -= used.count
            let pivot = used[equation].times(used[equation].factors[quantity].reciprocal)
            for (index, row) in used.enumerated() where index != equation {
                rest.append(row + pivot.times(-row.factors[quantity]))
            }
            rows = rest
            return work >= 0
        }
        gone.append((quantity, used))
        let below = used.filter { $0.factors[quantity].isNegative }
        let above = used.filter { $0.factors[quantity].isPositive }
        work -= below.count * above.count
        guard work >= 0, rest.count + below.count * above.count <= Self.mostRows else { return false }
        for low in above {
            for high in below {
                rest.append(low.times(-high.factors[quantity]) + high.times(low.factors[quantity]))
            }
        }
        rows = rest
        return true
    }

    /// A value between the bounds that rows give: the middle of two, one itself or a step inside, or 0.
    private static func value(of quantity: Int, in rows: [LinearRow], _ values: [Rational]) -> Rational {
        var low: (value: Rational, isStrict: Bool)?
        var high: (value: Rational, isStrict: Bool)?
        for row in rows {
            var others = row.constant
            for index in values.indices where index != quantity {
                others = others + row.factors[index] * values[index]
            }
            let bound = -others / row.factors[quantity]
            let isStrict = row.relation == .above
            if row.relation == .equal { return bound }
            if row.factors[quantity].isNegative {
                if high.map({ bound < $0.value || bound == $0.value && isStrict }) ?? true {
                    high = (bound, isStrict)
                }
            } else if low.map({ bound > $0.value || bound == $0.value && isStrict }) ?? true {
                low = (bound, isStrict)
            }
        }
        switch (low, high) {
        case (nil, nil): return .zero
        case (let low?, nil): return low.isStrict ? low.value + .one : low.value
        case (nil, let high?): return high.isStrict ? high.value - .one : high.value
        case (let low?, let high?): return (low.value + high.value) / Rational(2)
        }
    }
}
