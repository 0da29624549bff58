/// A linear function of the outputs that is not positive where something is wrong.
package struct OutputConstraint: Sendable, Hashable {
    /// One number an output.
    package let coefficients: [Double]
    /// What is added.
    package let offset: Double
    /// Whether zero is right.
    package let isStrict: Bool

    /// coefficients·y + offset ≤ 0, or < 0 where strict.
    package init(_ coefficients: [Double], plus offset: Double, isStrict: Bool = false) {
        (self.coefficients, self.offset, self.isStrict) = (coefficients, offset, isStrict)
    }

    /// Its value for outputs, with the usual rounding.
    func value(_ y: [Double]) -> Double {
        var sum = offset
        for (a, b) in zip(coefficients, y) { sum += a * b }
        return sum
    }

    /// Whether a lower bound excludes what is wrong.
    func isExcluded(by lowerBound: Double) -> Bool { isStrict ? lowerBound >= 0 : lowerBound > 0 }
    /// Whether an upper bound says that it is wrong.
    func isMet(by upperBound: Double) -> Bool { isStrict ? upperBound < 0 : upperBound <= 0 }
}

/// Boxes of inputs with what must not happen in each: sets of outputs, each a conjunction of constraints.
package struct SafetyQuestion: Sendable, Hashable {
    /// One interval an input.
    package let box: [ClosedInterval]
    /// None of these may happen; each is a conjunction.
    package let unsafe: [[OutputConstraint]]

    /// Asks whether no input of a box has outputs in an unsafe set.
    package init(_ box: [ClosedInterval], unsafe: [[OutputConstraint]]) {
        (self.box, self.unsafe) = (box, unsafe)
    }

    /// How far outputs are from the nearest unsafe set, roughly: not positive inside of one.
    func distance(_ y: [Double]) -> Double {
        unsafe.reduce(.infinity) { least, set in
            min(least, set.reduce(-.infinity) { max($0, $1.value(y)) })
        }
    }
}
