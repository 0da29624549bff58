import Storage

/// A sum of quantities times exact numbers, and a number.
struct LinearForm {
    /// Factors that are not 0, by the quantity's name.
    var factors: [String: Rational] = [:]
    /// What is added.
    var constant = Rational.zero

    /// Why a formula is no such sum.
    enum Failure: Fault, Equatable {
        case missingNumber, notLinear

        /// What kind of fault it is.
        var kind: FaultKind { .badData }
        /// A few words.
        var description: String {
            switch self {
            case .missingNumber: "a number is missing"
            case .notLinear: "not linear"
            }
        }
    }

    private static func combine(_ a: Self, _ b: Self, _ factor: Rational) -> LinearForm {
        var sum = a
        for (name, value) in b.factors {
            let total = (sum.factors[name] ?? .zero) + value * factor
            sum.factors[name] = total.isZero ? nil : total
        }
        sum.constant = a.constant + b.constant * factor
        return sum
    }

    /// The difference.
    static func - (a: Self, b: Self) -> LinearForm { combine(a, b, Rational(-1)) }

    private func times(_ factor: Rational) -> LinearForm { Self.combine(LinearForm(), self, factor) }

    private var number: Rational? { factors.isEmpty ? constant : nil }

    private var isLarge: Bool {
        constant.bits > Rational.mostBits || factors.values.contains { $0.bits > Rational.mostBits }
    }
}

extension LinearForm {
    /// The sum that a formula is.
    ///
    /// - Throws: `Failure`.
    init(_ expression: Expression, _ evidence: (String) -> JSONValue?) throws(Failure) {
        self = try Self.form(expression, evidence)
        if isLarge { throw .notLinear }
    }

    private static func form(
        _ expression: Expression, _ evidence: (String) -> JSONValue?
    ) throws(Failure) -> LinearForm {
        switch expression {
        case .number(let value): return LinearForm(constant: value)
        case .quantity(let name): return LinearForm(factors: [name: .one])
        case .reference:
            guard let value = expression.value(evidence).number else { throw .missingNumber }
            return LinearForm(constant: value)
        case .negative(let a): return try LinearForm(a, evidence).times(Rational(-1))
        case .arithmetic(let operation, let a, let b):
            return try result(operation, try LinearForm(a, evidence), try LinearForm(b, evidence))
        case .call(let function, let arguments) where !function.takesReference:
            var numbers: [Rational] = []
            for argument in arguments {
                guard let number = try LinearForm(argument, evidence).number else { throw .notLinear }
                numbers.append(number)
            }
            guard let value = function.result(numbers) else { throw .notLinear }
            return LinearForm(constant: value)
        case .call:
            guard let value = expression.value(evidence).number else { throw .missingNumber }
            return LinearForm(constant: value)
        case .text, .truth, .comparison, .not, .and, .or: throw .notLinear
        }
    }

    private static func result(
        _ operation: Expression.Operation, _ a: LinearForm, _ b: LinearForm
    ) throws(Failure) -> LinearForm {
        switch operation {
        case .plus: return combine(a, b, .one)
        case .minus: return a - b
        case .times:
            if let factor = b.number { return a.times(factor) }
            guard let factor = a.number else { throw .notLinear }
            return b.times(factor)
        case .over:
            guard let divisor = b.number, !divisor.isZero else { throw .notLinear }
            return a.times(divisor.reciprocal)
        }
    }
}

/// A comparison of a linear form with 0.
struct LinearConstraint {
    /// What is compared with 0.
    let form: LinearForm
    /// How.
    let comparison: Expression.Comparison

    /// - Throws: `LinearForm.Failure` for what is no comparison of linear forms.
    init(_ expression: Expression, _ evidence: (String) -> JSONValue?) throws(LinearForm.Failure) {
        guard case .comparison(let comparison, let a, let b) = expression else { throw .notLinear }
        form = try LinearForm(a, evidence) - LinearForm(b, evidence)
        self.comparison = comparison
    }

    private init(_ form: LinearForm, _ comparison: Expression.Comparison) {
        (self.form, self.comparison) = (form, comparison)
    }

    /// What holds where this does not.
    var opposite: LinearConstraint {
        let comparison: Expression.Comparison =
            switch self.comparison {
            case .atMost: .above
            case .below: .atLeast
            case .atLeast: .below
            case .above: .atMost
            case .equal: .unequal
            case .unequal: .equal
            }
        return LinearConstraint(form, comparison)
    }

    /// Whether it holds for values of the quantities.
    func holds(for values: [String: Rational]) -> Bool {
        var sum = form.constant
        for (name, factor) in form.factors { sum = sum + factor * (values[name] ?? .zero) }
        return comparison.holds(between: sum, and: .zero)
    }

    /// Rows of which one must hold: two for ≠, one for all else.
    func cases(_ names: [String]) -> [LinearRow] {
        let factors = names.map { form.factors[$0] ?? .zero }
        let row = LinearRow(factors: factors, constant: form.constant, relation: .atLeast)
        return switch comparison {
        case .atLeast: [row]
        case .above: [row.with(.above)]
        case .atMost: [row.negative]
        case .below: [row.negative.with(.above)]
        case .equal: [row.with(.equal)]
        case .unequal: [row.with(.above), row.negative.with(.above)]
        }
    }
}
