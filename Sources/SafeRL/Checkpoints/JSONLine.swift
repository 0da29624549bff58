/// Writes JSON texts whose bytes depend on their content alone.
package enum JSONLine {
    /// A JSON text with its quotes.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The shortest text that reads back as the same number; `null` for NaN and infinity, which JSON lacks.
    package static func number(_ value: Float) -> String { value.isFinite ? value.description : "null" }

    /// The shortest text that reads back as the same number; `null` for NaN and infinity, which JSON lacks.
    package static func number(_ value: Double) -> String { value.isFinite ? value.description : "null" }
}
