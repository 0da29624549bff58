import BigInt

/// An exact fraction in lowest terms.
package struct Rational: Hashable, Sendable {
    /// Digits that a number's text may have, and zeros that its exponent may stand for.
    package static let mostDigits = 1000
    /// Bits of numerator and denominator together, beyond which predicates and eliminations give up.
    package static let mostBits = 16_384

    /// Whether it is below 0.
    package let isNegative: Bool
    /// Without sign.
    package let numerator: WholeNumber
    /// Above 0.
    package let denominator: WholeNumber

    /// A fraction, which need not be in lowest terms.
    ///
    /// - Precondition: the denominator is not 0.
    package init(negative: Bool = false, _ numerator: WholeNumber, over denominator: WholeNumber) {
        precondition(!denominator.isZero, "a fraction over 0")
        let divisor = numerator.greatestCommonDivisor(with: denominator)
        isNegative = negative && !numerator.isZero
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// A whole number.
    package init(_ value: Int) {
        self.init(negative: value < 0, WholeNumber(UInt64(value.magnitude)), over: WholeNumber(1))
    }

    /// The exact value of a decimal number as JSON writes it, such as `-2.50e-3`.
    ///
    /// - Returns: nothing for other text, and for numbers of more than `mostDigits` digits or a larger exponent.
    package init?(_ text: some StringProtocol) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0)
            .split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        guard text.utf8.count <= Self.mostDigits, !mantissa[0].isEmpty,
            mantissa.count == 1 || !fraction.isEmpty,
            let digits = WholeNumber(decimal: mantissa[0] + fraction),
            let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) <= Self.mostDigits
        else { return nil }
        let zeros = exponent - fraction.utf8.count
        let power = WholeNumber.powerOfTen(abs(zeros))
        self =
            zeros >= 0
            ? Rational(negative: isNegative, digits * power, over: WholeNumber(1))
            : Rational(negative: isNegative, digits, over: power)
    }

    /// 0.
    package static let zero = Rational(0)
    /// 1.
    package static let one = Rational(1)

    /// Whether it is 0.
    package var isZero: Bool { numerator.isZero }
    /// Whether it is above 0.
    package var isPositive: Bool { !isNegative && !isZero }
    /// Without sign.
    package var magnitude: Rational { isNegative ? -self : self }
    /// Bits of numerator and denominator together.
    package var bits: Int { numerator.bitWidth + denominator.bitWidth }
    /// The fraction turned over.
    ///
    /// - Precondition: it is not 0.
    package var reciprocal: Rational { Rational(negative: isNegative, denominator, over: numerator) }
}

extension Rational: Comparable {
    /// Whether one is smaller.
    package static func < (a: Self, b: Self) -> Bool {
        guard a.isNegative == b.isNegative else { return a.isNegative }
        let (left, right) = (a.numerator * b.denominator, b.numerator * a.denominator)
        return a.isNegative ? right < left : left < right
    }
}

extension Rational {
    /// The negative.
    package static prefix func - (a: Self) -> Rational {
        Rational(negative: !a.isNegative, a.numerator, over: a.denominator)
    }

    /// The exact sum.
    package static func + (a: Self, b: Self) -> Rational {
        let (left, right) = (a.numerator * b.denominator, b.numerator * a.denominator)
        let denominator = a.denominator * b.denominator
        guard a.isNegative != b.isNegative else {
            return Rational(negative: a.isNegative, left + right, over: denominator)
        }
        return left < right
            ? Rational(negative: b.isNegative, right - left, over: denominator)
            : Rational(negative: a.isNegative, left - right, over: denominator)
    }

    /// The exact difference.
    package static func - (a: Self, b: Self) -> Rational { a + -b }

    /// The exact product.
    package static func * (a: Self, b: Self) -> Rational {
        Rational(
            negative: a.isNegative != b.isNegative, a.numerator * b.numerator,
            over: a.denominator * b.denominator)
    }

    /// The exact quotient.
    ///
    /// - Precondition: `b` is not 0.
    package static func / (a: Self, b: Self) -> Rational { a * b.reciprocal }
}

extension Rational: CustomStringConvertible {
    /// `-3`, or `1/7`.
    package var description: String {
        (isNegative ? "-" : "") + "\(numerator)" + (denominator == WholeNumber(1) ? "" : "/\(denominator)")
    }
}
