import Foundation

/// A second of universal time, as `2026-12-01T00:00:00Z`.
package struct CaseTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since the start of 1970.
    package let seconds: Int

    /// So many seconds after the start of 1970.
    package init(seconds: Int) { self.seconds = seconds }

    /// The present second.
    package static var now: CaseTime { CaseTime(seconds: Int(Date().timeIntervalSince1970.rounded(.down))) }

    /// Reads exactly this form.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let pattern = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
        guard bytes.count == pattern.count,
            zip(bytes, pattern).allSatisfy({ byte, sign in
                sign == UInt8(ascii: "d")
                    ? byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") : byte == sign
            })
        else { return nil }
        func number(_ range: Range<Int>) -> Int {
            bytes[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(year, month), hour < 24,
            minute < 60, second < 60
        else { return nil }
        let time = (hour * 60 + minute) * 60 + second
        seconds = Self.dayNumber(year, month, day) * 86_400 + time
    }

    /// So many days later.
    package func adding(days: Int) -> CaseTime { CaseTime(seconds: seconds + days * 86_400) }

    /// Whether one is earlier.
    package static func < (a: Self, b: Self) -> Bool { a.seconds < b.seconds }

    /// In the form that is read.
    package var description: String {
        let (day, time) = (
            seconds.flooredQuotient(86_400), seconds - seconds.flooredQuotient(86_400) * 86_400
        )
        var year = max(1, 1970 + day / (day < 0 ? 365 : 366) - 2)
        while Self.dayNumber(year + 1, 1, 1) <= day { year += 1 }
        var (month, rest) = (1, day - Self.dayNumber(year, 1, 1))
        while rest >= Self.days(year, month) { (month, rest) = (month + 1, rest - Self.days(year, month)) }
        func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
        let date =
            String(repeating: "0", count: 4 - "\(year)".count) + "\(year)-\(two(month))-\(two(rest + 1))"
        return "\(date)T\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))Z"
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since the start of 1970, of the Gregorian calendar.
    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let past = year - 1
        let years = past * 365 + past / 4 - past / 100 + past / 400
        return years + (1..<month).reduce(0) { $0 + days(year, $1) } + day - 1 - 719_162
    }
}

extension Int {
    fileprivate func flooredQuotient(_ divisor: Int) -> Int {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
