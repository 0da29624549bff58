import Storage

/// A piece of a file of rules.
struct Token: Equatable {
    enum Kind: Equatable {
        case name(String)
        case number(Double, isWhole: Bool)
        case text(String)
        /// A mark such as `<=` or `..`.
        case mark(String)
        case end
    }

    let kind: Kind
    /// As written; empty at the end.
    let spelling: String
    let position: TextPosition

    /// What a message calls it.
    var shown: String { kind == .end ? "the end of the file" : "\"\(oneLine(spelling))\"" }

    func isMark(_ mark: String) -> Bool { kind == .mark(mark) }
    func isWord(_ word: String) -> Bool { kind == .name(word) }
}

/// Splits a file of rules into tokens; blanks and comments separate them.
struct Tokenizer {
    private let file: String
    private let characters: [Character]
    private var index = 0
    private var line = 1, column = 1

    init(_ text: String, file: String) {
        // "\r\n" is one character of Swift's, which would hide a line's end from a comment.
        characters = Array(text.unicodeScalars.map { Character($0) })
        self.file = file
    }

    private var next: Character? { index < characters.count ? characters[index] : nil }
    private var position: TextPosition { TextPosition(line: line, column: column) }

    private mutating func advance() {
        if characters[index] == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        index += 1
    }

    private func error(_ position: TextPosition, _ code: RuleError.Code, _ message: String) -> RuleError {
        RuleError(file, position, code, message)
    }

    /// Every token, the end last.
    mutating func tokens() throws(RuleError) -> [Token] {
        var found: [Token] = []
        while let token = try nextToken() { found.append(token) }
        found.append(Token(kind: .end, spelling: "", position: position))
        return found
    }

    private mutating func nextToken() throws(RuleError) -> Token? {
        skipBlanks()
        guard let first = next else { return nil }
        let (start, place) = (index, position)
        let kind: Token.Kind
        if Self.isLetter(first) {
            kind = name()
        } else if Self.isDigit(first) {
            kind = try number()
        } else if first == "\"" {
            kind = .text(try text())
        } else {
            kind = .mark(try mark())
        }
        return Token(kind: kind, spelling: String(characters[start..<index]), position: place)
    }

    private mutating func skipBlanks() {
        while let character = next {
            if character == "#" {
                while let inside = next, inside != "\n" { _ = (inside, advance()) }
            } else if character == " " || character == "\t" || character == "\n" || character == "\r" {
                advance()
            } else {
                return
            }
        }
    }

    private static func isLetter(_ c: Character) -> Bool { ("a"..."z").contains(c) }
    private static func isDigit(_ c: Character) -> Bool { ("0"..."9").contains(c) }

    private mutating func name() -> Token.Kind {
        let start = index
        while let c = next, Self.isLetter(c) || Self.isDigit(c) || c == "_" { advance() }
        return .name(String(characters[start..<index]))
    }

    private mutating func digits() {
        while let c = next, Self.isDigit(c) { advance() }
    }

    private func follows(_ offset: Int, _ test: (Character) -> Bool) -> Bool {
        index + offset < characters.count && test(characters[index + offset])
    }

    private mutating func number() throws(RuleError) -> Token.Kind {
        let (start, place) = (index, position)
        var isWhole = true
        digits()
        if next == "." && follows(1, Self.isDigit) {
            isWhole = false
            advance()
            digits()
        }
        if next == "e" || next == "E" {
            let signed = follows(1) { $0 == "-" || $0 == "+" }
            if follows(signed ? 2 : 1, Self.isDigit) {
                isWhole = false
                for _ in 0..<(signed ? 2 : 1) { advance() }
                digits()
            }
        }
        let spelling = String(characters[start..<index])
        guard let value = Double(spelling), value.isFinite else {
            throw error(place, .range, "\(oneLine(spelling)) is no number that can be computed with.")
        }
        return .number(value, isWhole: isWhole)
    }

    private mutating func text() throws(RuleError) -> String {
        let place = position
        var content = ""
        advance()
        while let c = next, c != "\n" {
            advance()
            if c == "\"" { return content }
            guard c == "\\" else {
                content.append(c)
                continue
            }
            let escaped: [Character: Character] = ["\"": "\"", "\\": "\\", "n": "\n"]
            guard let e = next, let meant = escaped[e] else { break }
            content.append(meant)
            advance()
        }
        throw error(
            place, .text, #"a text that does not end on its line. End it with "; inside, write \", \\ or \n."#
        )
    }

    private static let marks = [
        "...", "..", "<=", ">=", "==", "!=", "<", ">", "=", "(", ")", "[", "]", ",", ":", "+", "-", "*", "/",
    ]

    private mutating func mark() throws(RuleError) -> String {
        for mark in Self.marks where characters[index...].starts(with: mark) {
            for _ in mark { advance() }
            return mark
        }
        throw error(
            position, .character,
            "a character that no rule contains: \"\(oneLine(String(characters[index])))\".")
    }
}
