/// A whole number, 0 or more, of any size.
package struct WholeNumber: Hashable, Sendable {
    /// Digits to the base 2³², the lowest first; the highest is never 0, and 0 has none.
    private var digits: [UInt32]

    /// A number that fits in 64 bits.
    package init(_ value: UInt64 = 0) {
        self.init(trimming: [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)])
    }

    /// Decimal digits, at least one; nothing for other characters.
    package init?(decimal text: some StringProtocol) {
        guard !text.isEmpty else { return nil }
        digits = []
        for character in text.utf8 {
            guard character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9") else { return nil }
            multiply(by: 10, adding: UInt32(character - UInt8(ascii: "0")))
        }
    }

    private init(trimming digits: [UInt32]) {
        self.digits = digits
        while self.digits.last == 0 { self.digits.removeLast() }
    }

    /// Whether it is 0.
    package var isZero: Bool { digits.isEmpty }
    /// Bits without leading zeros; 0 for 0.
    package var bitWidth: Int {
        digits.last.map { digits.count * 32 - $0.leadingZeroBitCount } ?? 0
    }

    private mutating func multiply(by factor: UInt32, adding summand: UInt32) {
        var carry = UInt64(summand)
        for index in digits.indices {
            carry += UInt64(digits[index]) * UInt64(factor)
            digits[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { digits.append(UInt32(carry)) }
    }

    /// The power of ten with so many zeros.
    package static func powerOfTen(_ zeros: Int) -> WholeNumber {
        var power = WholeNumber(1)
        for _ in 0..<zeros { power.multiply(by: 10, adding: 0) }
        return power
    }
}

extension WholeNumber: Comparable {
    /// Whether one is smaller.
    package static func < (a: Self, b: Self) -> Bool {
        guard a.digits.count == b.digits.count else { return a.digits.count < b.digits.count }
        for index in a.digits.indices.reversed() where a.digits[index] != b.digits[index] {
            return a.digits[index] < b.digits[index]
        }
        return false
    }
}

extension WholeNumber {
    /// The sum.
    package static func + (a: Self, b: Self) -> WholeNumber {
        let (long, short) = a.digits.count >= b.digits.count ? (a.digits, b.digits) : (b.digits, a.digits)
        var sum = long
        var carry: UInt64 = 0
        for index in sum.indices {
            carry += UInt64(sum[index]) + (index < short.count ? UInt64(short[index]) : 0)
            sum[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { sum.append(UInt32(carry)) }
        return WholeNumber(trimming: sum)
    }

    /// The difference.
    ///
    /// - Precondition: `a` is not smaller than `b`.
    package static func - (a: Self, b: Self) -> WholeNumber {
        precondition(a >= b, "a difference below 0")
        var difference = a.digits
        var borrow: Int64 = 0
        for index in difference.indices {
            let rest =
                Int64(difference[index]) - (index < b.digits.count ? Int64(b.digits[index]) : 0) - borrow
            difference[index] = UInt32(truncatingIfNeeded: rest)
            borrow = rest < 0 ? 1 : 0
        }
        return WholeNumber(trimming: difference)
    }

    /// The product.
    package static func * (a: Self, b: Self) -> WholeNumber {
        guard !a.isZero, !b.isZero else { return WholeNumber() }
        var product = [UInt32](repeating: 0, count: a.digits.count + b.digits.count)
        for (i, x) in a.digits.enumerated() {
            var carry: UInt64 = 0
            for (j, y) in b.digits.enumerated() {
                carry += UInt64(product[i + j]) + UInt64(x) * UInt64(y)
                product[i + j] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            product[i + b.digits.count] = UInt32(carry)
        }
        return WholeNumber(trimming: product)
    }

    /// Quotient and remainder, by long division (Knuth 1997, *The Art of Computer Programming* 2, 4.3.1, algorithm D).
    ///
    /// - Precondition: the divisor is not 0.
    package func divided(by divisor: Self) -> (quotient: WholeNumber, remainder: WholeNumber) {
        precondition(!divisor.isZero, "a division by 0")
        guard self >= divisor else { return (WholeNumber(), self) }
        guard divisor.digits.count > 1 else { return divided(bySmall: divisor.digits[0]) }
        let shift = UInt32(divisor.digits[divisor.digits.count - 1].leadingZeroBitCount)
        let v = Self.shifted(divisor.digits, shift).dropLast()
        var u = Self.shifted(digits, shift)
        var quotient = [UInt32](repeating: 0, count: u.count - v.count)
        for place in quotient.indices.reversed() {
            quotient[place] = Self.digit(at: place, of: &u, by: v)
        }
        let rest = Self.unshifted(u[..<v.count], shift)
        return (WholeNumber(trimming: quotient), WholeNumber(trimming: rest))
    }

    private func divided(bySmall divisor: UInt32) -> (quotient: WholeNumber, remainder: WholeNumber) {
        var quotient = digits
        var rest: UInt64 = 0
        for index in quotient.indices.reversed() {
            rest = rest << 32 | UInt64(quotient[index])
            quotient[index] = UInt32(rest / UInt64(divisor))
            rest %= UInt64(divisor)
        }
        return (WholeNumber(trimming: quotient), WholeNumber(rest))
    }

    /// Digits times 2 to the `shift` < 32, with one more digit.
    private static func shifted(_ digits: [UInt32], _ shift: UInt32) -> [UInt32] {
        var carry: UInt64 = 0
        var result = digits.map { digit in
            carry |= UInt64(digit) << shift
            defer { carry >>= 32 }
            return UInt32(truncatingIfNeeded: carry)
        }
        result.append(UInt32(carry))
        return result
    }

    private static func unshifted(_ digits: ArraySlice<UInt32>, _ shift: UInt32) -> [UInt32] {
        digits.indices.map { index in
            let above = index + 1 < digits.endIndex ? UInt64(digits[index + 1]) : 0
            return UInt32(truncatingIfNeeded: (above << 32 | UInt64(digits[index])) >> shift)
        }
    }

    /// One digit of a quotient; the divisor's multiple is taken off the dividend.
    private static func digit(at place: Int, of u: inout [UInt32], by v: ArraySlice<UInt32>) -> UInt32 {
        let count = v.count
        let head = UInt64(u[place + count]) << 32 | UInt64(u[place + count - 1])
        var (guess, rest) = head.quotientAndRemainder(dividingBy: UInt64(v[count - 1]))
        while rest <= UInt64(UInt32.max),
            guess > UInt64(UInt32.max)
                || guess * UInt64(v[count - 2]) > rest << 32 | UInt64(u[place + count - 2])
        {
            guess -= 1
            rest += UInt64(v[count - 1])
        }
        var (carry, borrow): (UInt64, Int64) = (0, 0)
        for index in 0...count {
            carry += index < count ? guess * UInt64(v[index]) : 0
            let left = Int64(u[place + index]) - Int64(carry & UInt64(UInt32.max)) - borrow
            u[place + index] = UInt32(truncatingIfNeeded: left)
            borrow = left < 0 ? 1 : 0
            carry >>= 32
        }
        guard borrow > 0 else { return UInt32(guess) }
        carry = 0
        for index in 0...count {
            carry += UInt64(u[place + index]) + (index < count ? UInt64(v[index]) : 0)
            u[place + index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        return UInt32(guess - 1)
    }

    /// The greatest common divisor (Euclid); that of a number and 0 is the number.
    package static func greatestCommonDivisor(_ a: Self, _ b: Self) -> WholeNumber {
        var (a, b) = (a, b)
        while !b.isZero { (a, b) = (b, a.divided(by: b).remainder) }
        return a
    }
}

extension WholeNumber: CustomStringConvertible {
    /// Decimal digits.
    package var description: String {
        var (rest, groups): (WholeNumber, [String]) = (self, [])
        while !rest.isZero {
            let (quotient, group) = rest.divided(bySmall: 1_000_000_000)
            let text = String(group.digits.first ?? 0)
            groups.append(quotient.isZero ? text : String(repeating: "0", count: 9 - text.count) + text)
            rest = quotient
        }
        return groups.isEmpty ? "0" : groups.reversed().joined()
    }
}
