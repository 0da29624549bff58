/// `factors · x + constant ⋈ 0`, and how it was made of the rows of a problem.
package struct LinearRow: Sendable {
    /// What ⋈ is.
    package enum Relation: Sendable { case atLeast, above, equal }

    /// One a quantity.
    package private(set) var factors: [Rational]
    /// What is added.
    package private(set) var constant: Rational
    /// What the sum is to 0.
    package private(set) var relation: Relation
    /// How often each row of the problem is in it; empty for a row of the problem itself.
    private(set) var shares: [Rational] = []

    /// A row of a problem.
    package init(factors: [Rational], constant: Rational, relation: Relation) {
        (self.factors, self.constant, self.relation) = (factors, constant, relation)
    }

    /// The same row with another relation.
    func with(_ relation: Relation) -> LinearRow {
        var row = self
        row.relation = relation
        return row
    }

    /// The row that begins a derivation, as number `index` of `count`.
    func originating(at index: Int, of count: Int) -> LinearRow {
        var row = self
        row.shares = (0..<count).map { $0 == index ? .one : .zero }
        return row
    }

    /// The row with every sign turned.
    var negative: LinearRow { times(Rational(-1)) }

    /// The row times a number, whose sign an inequality does not survive: the caller sees to it.
    func times(_ factor: Rational) -> LinearRow {
        var row = self
        row.factors = factors.map { $0 * factor }
        row.constant = constant * factor
        row.shares = shares.map { $0 * factor }
        return row
    }

    /// The sum of two rows: strict where one is.
    static func + (a: Self, b: Self) -> LinearRow {
        var row = a
        row.factors = zip(a.factors, b.factors).map { $0 + $1 }
        row.constant = a.constant + b.constant
        row.shares = zip(a.shares, b.shares).map { $0 + $1 }
        row.relation =
            a.relation == .above || b.relation == .above
            ? .above : a.relation == .equal ? b.relation : a.relation
        return row
    }

    /// The row scaled so that its first factor is 1, or −1 in an inequality where it is below 0.
    var scaled: LinearRow {
        guard let first = factors.first(where: { !$0.isZero }) else { return self }
        return times((relation == .equal ? first : first.magnitude).reciprocal)
    }

    /// Whether no quantity is in it.
    package var isConstant: Bool { factors.allSatisfy(\.isZero) }

    /// Whether it holds without its quantities.
    package var constantHolds: Bool {
        switch relation {
        case .atLeast: !constant.isNegative
        case .above: constant.isPositive
        case .equal: constant.isZero
        }
    }

    /// Whether it holds for values of the quantities.
    package func holds(for values: [Rational]) -> Bool {
        var row = self
        row.constant = zip(factors, values).reduce(constant) { $0 + $1.0 * $1.1 }
        return row.constantHolds
    }

    var isLarge: Bool {
        constant.bits > Rational.mostBits || factors.contains { $0.bits > Rational.mostBits }
            || shares.contains { $0.bits > Rational.mostBits }
    }
}
