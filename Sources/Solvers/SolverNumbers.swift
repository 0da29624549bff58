/// Numbers as a solver prints them: `0.5`, `(- 0.5)`, `(/ 1.0 3.0)`, and `1.4142?` where digits were cut off.
package enum SolverNumbers {
    /// The values of a list of pairs, `((a 0.5) (b (- 1.0)))`.
    ///
    /// - Returns: as many finite numbers; nothing where the text is something else.
    package static func values(in text: String, count: Int) -> [Double]? {
        var words = words(of: text)[...]
        guard words.popFirst() == "(" else { return nil }
        var found: [Double] = []
        while words.first == "(" {
            words.removeFirst()
            guard words.popFirst() != nil, let value = number(&words), value.isFinite,
                words.popFirst() == ")"
            else { return nil }
            found.append(value)
        }
        return words.popFirst() == ")" && words.isEmpty && found.count == count ? found : nil
    }

    private static func words(of text: String) -> [String] {
        var found: [String] = []
        var word = ""
        for character in text {
            guard character == "(" || character == ")" || character.isWhitespace else {
                word.append(character)
                continue
            }
            if !word.isEmpty { found.append(word) }
            word = ""
            if !character.isWhitespace { found.append(String(character)) }
        }
        return word.isEmpty ? found : found + [word]
    }

    private static func number(_ words: inout ArraySlice<String>) -> Double? {
        guard let first = words.popFirst() else { return nil }
        guard first == "(" else { return Double(first.hasSuffix("?") ? String(first.dropLast()) : first) }
        guard let operation = words.popFirst(), let left = number(&words) else { return nil }
        var result = operation == "-" ? -left : left
        if operation == "/" {
            guard let right = number(&words) else { return nil }
            result = left / right
        }
        return (operation == "-" || operation == "/") && words.popFirst() == ")" ? result : nil
    }
}
