import Storage

/// Why the text of a predicate cannot be read.
package struct PredicateTextError: Fault, Equatable {
    /// The column of the text, counted from 1.
    package let column: Int
    /// What is wrong.
    package let message: String

    /// What kind of fault it is.
    package var kind: FaultKind { .badData }
    /// `column 3: message`.
    package var description: String { "column \(column): \(message)" }
}

/// A word of the predicate language.
enum PredicateToken: Equatable {
    case number(Rational, isWhole: Bool)
    case text(String)
    case name(String)
    case sign(String)
    case end

    /// As messages name it.
    var phrase: String {
        switch self {
        case .number(let value, _): "the number \(value)"
        case .text(let text): "the text \(quoted(text))"
        case .name(let name): name
        case .sign(let sign): "\"\(sign)\""
        case .end: "the end"
        }
    }
}

/// Cuts the text of a predicate into words.
struct PredicateScanner {
    /// Bytes that a predicate may have.
    static let mostBytes = 4_000

    private let scalars: [UnicodeScalar]
    private var offset = 0

    /// - Throws: `PredicateTextError` for text that is too long.
    init(_ text: String) throws(PredicateTextError) {
        guard text.utf8.count <= Self.mostBytes else {
            throw PredicateTextError(column: 1, message: "longer than \(Self.mostBytes) bytes. Split it")
        }
        scalars = Array(text.unicodeScalars)
    }

    private var next: UnicodeScalar? { offset < scalars.count ? scalars[offset] : nil }

    private static func isDigit(_ scalar: UnicodeScalar) -> Bool { scalar >= "0" && scalar <= "9" }
    private static func isLetter(_ scalar: UnicodeScalar) -> Bool {
        scalar >= "a" && scalar <= "z" || scalar >= "A" && scalar <= "Z" || scalar == "_"
    }

    /// Whether text can name evidence or a quantity.
    static func isName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, isLetter(first) else { return false }
        return text.unicodeScalars.allSatisfy { isLetter($0) || isDigit($0) }
    }

    /// The next word and its column.
    mutating func scan() throws(PredicateTextError) -> (PredicateToken, column: Int) {
        while let scalar = next, scalar == " " || scalar == "\t" || scalar == "\n" { offset += 1 }
        let column = offset + 1
        guard let scalar = next else { return (.end, column) }
        if Self.isDigit(scalar) { return (try number(column), column) }
        if Self.isLetter(scalar) {
            return (.name(take { Self.isLetter($0) || Self.isDigit($0) }), column)
        }
        if scalar == "\"" { return (.text(try text(column)), column) }
        for sign in ["<=", ">=", "==", "!=", "&&", "||", "${"] where starts(with: sign) {
            offset += 2
            return (.sign(sign), column)
        }
        guard "<>!+-*/().,[]}".unicodeScalars.contains(scalar) else {
            throw PredicateTextError(
                column: column, message: "\(quoted(String(scalar))) is no sign of predicates")
        }
        offset += 1
        return (.sign(String(scalar)), column)
    }

    private func starts(with sign: String) -> Bool {
        scalars[offset...].starts(with: sign.unicodeScalars)
    }

    private mutating func take(_ belongs: (UnicodeScalar) -> Bool) -> String {
        let start = offset
        while let scalar = next, belongs(scalar) { offset += 1 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<offset])
        return String(text)
    }

    private mutating func number(_ column: Int) throws(PredicateTextError) -> PredicateToken {
        var text = take(Self.isDigit)
        let isWhole = next != "." && next != "e" && next != "E"
        guard text == "0" || !text.hasPrefix("0") else {
            throw PredicateTextError(column: column, message: "a number with a 0 in front")
        }
        if next == "." {
            offset += 1
            let fraction = take(Self.isDigit)
            guard !fraction.isEmpty else {
                throw PredicateTextError(column: offset + 1, message: "a digit is missing after the point")
            }
            text += "." + fraction
        }
        if next == "e" || next == "E" {
            offset += 1
            let sign = next == "+" || next == "-" ? take { $0 == "+" || $0 == "-" } : ""
            let digits = take(Self.isDigit)
            guard sign.count <= 1, !digits.isEmpty else {
                throw PredicateTextError(column: offset + 1, message: "an exponent without digits")
            }
            text += "e" + sign + digits
        }
        guard let value = Rational(text) else {
            throw PredicateTextError(
                column: column, message: "a number of more than \(Rational.mostDigits) digits")
        }
        return .number(value, isWhole: isWhole)
    }

    private mutating func text(_ column: Int) throws(PredicateTextError) -> String {
        offset += 1
        var text = String.UnicodeScalarView()
        while let scalar = next {
            offset += 1
            if scalar == "\"" { return String(text) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let escaped = next, escaped == "\"" || escaped == "\\" else {
                throw PredicateTextError(column: offset, message: "a backslash stands before \" or \\ only")
            }
            text.append(escaped)
            offset += 1
        }
        throw PredicateTextError(column: column, message: "text without a quotation mark at its end")
    }
}
