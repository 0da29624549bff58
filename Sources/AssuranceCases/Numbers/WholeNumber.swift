import BigInt

/// A whole number, 0 or more, of any size.
package typealias WholeNumber = BigUInt

extension BigUInt {
    /// Decimal digits, at least one; nothing for other characters.
    package init?(decimal text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.init(String(text), radix: 10)
    }

    /// 10 to a power.
    package static func powerOfTen(_ zeros: Int) -> BigUInt { BigUInt(10).power(zeros) }
}
