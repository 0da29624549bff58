/// Text of others made harmless for the languages that cases are written in.
package enum Markup {
    /// For XML and HTML, in elements and in attributes.
    package static func xml(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Characters that XML does not have at all.
            case _ where isControl(scalar) || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// For XML and HTML, line by line.
    package static func xml(lines text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { xml(String($0)) }
            .joined(separator: "\n")
    }

    /// For a line of Markdown.
    package static func markdown(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "!", "$", ">":
                result += "\\" + String(scalar)
            case _ where isControl(scalar): result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// For a text of DOT in quotation marks.
    package static func dot(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"": result += "\\" + String(scalar)
            case _ where isControl(scalar): result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value || 0x2028...0x202E ~= scalar.value
            || 0x2066...0x2069 ~= scalar.value
    }

    /// Text in lines of at most so many characters; words that are longer are cut, and what is too much ends in `…`.
    static func lines(_ text: String, width: Int, most: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            var rest = Substring(word)
            while !rest.isEmpty {
                let isFirst = rest.startIndex == word.startIndex
                if isFirst, let last = lines.last, last.count + 1 + rest.count <= width {
                    lines[lines.count - 1] += " " + rest
                    break
                }
                lines.append(String(rest.prefix(width)))
                rest = rest.dropFirst(width)
            }
        }
        guard lines.count > most else { return lines }
        return lines.prefix(most - 1) + [String(lines[most - 1].prefix(width - 1)) + "…"]
    }
}
