/// A word, number, text or sign inside of a tag.
enum ChatToken: Equatable {
    case name(String)
    case text(String)
    case integer(Int)
    case decimal(Double)
    case sign(String)
    case end

    var shown: String {
        switch self {
        case .name(let name): name
        case .text: "a text"
        case .integer(let number): "\(number)"
        case .decimal(let number): "\(number)"
        case .sign(let sign): "'\(sign)'"
        case .end: "the end of the tag"
        }
    }
}

/// A template cut into text, outputs and statements.
///
/// What surrounds a statement is trimmed as Jinja does with `trim_blocks` and `lstrip_blocks`: the line break behind it goes, and
/// blanks between it and the beginning of its line; `-` takes all blanks on its side, `+` none.
struct ChatParts {
    struct Part {
        enum Kind { case text, output, statement }
        let kind: Kind
        let text: String
        var tokens: [(token: ChatToken, offset: Int)] = []
        let offset: Int
    }

    private(set) var parts: [Part] = []
    private let scalars: [Unicode.Scalar]
    private var place = 0

    /// Most scalars of a template.
    static let longest = 1 << 18

    init(_ template: String) throws(ChatFault) {
        var scalars: [Unicode.Scalar] = []
        for scalar in template.unicodeScalars {
            if scalar == "\n" && scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        if scalars.last == "\n" { scalars.removeLast() }
        guard scalars.count <= Self.longest else {
            throw .malformed("it is longer than \(Self.longest) characters", Self.longest)
        }
        self.scalars = scalars
        try cut()
    }

    private mutating func cut() throws(ChatFault) {
        var beginsLine = true
        while place < scalars.count {
            let start = place
            while place < scalars.count, !isTag(place) { place += 1 }
            var end = place
            guard place < scalars.count else {
                addText(start..<end)
                return
            }
            let (open, kind) = (place, scalars[place + 1])
            let sign: Unicode.Scalar? = open + 2 < scalars.count ? scalars[open + 2] : nil
            if sign == "-" {
                while end > start, ChatText.isBlank(scalars[end - 1].value) { end -= 1 }
            } else if sign != "+", kind != "{" {
                var line = end
                while line > start, scalars[line - 1] != "\n", ChatText.isBlank(scalars[line - 1].value) {
                    line -= 1
                }
                if line > start ? scalars[line - 1] == "\n" : beginsLine { end = line }
            }
            addText(start..<end)
            place = open + (sign == "-" || sign == "+" ? 3 : 2)
            let close = try kind == "#" ? comment(open) : tag(open, isOutput: kind == "{")
            if close == "-" {
                while place < scalars.count, ChatText.isBlank(scalars[place].value) { place += 1 }
            } else if close != "+", kind != "{", place < scalars.count, scalars[place] == "\n" {
                place += 1
            }
            beginsLine = scalars[place - 1] == "\n"
        }
    }

    private func isTag(_ place: Int) -> Bool {
        scalars[place] == "{" && place + 1 < scalars.count && ["{", "%", "#"].contains(scalars[place + 1])
    }

    private mutating func addText(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        parts.append(Part(kind: .text, text: string(range), offset: range.lowerBound))
    }

    private func string(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }

    private mutating func comment(_ open: Int) throws(ChatFault) -> Unicode.Scalar? {
        while place + 1 < scalars.count {
            if scalars[place] == "#" && scalars[place + 1] == "}" {
                let sign = scalars[place - 1]
                place += 2
                return sign == "-" || sign == "+" ? sign : nil
            }
            place += 1
        }
        throw .malformed("a comment does not end", open)
    }

    /// Reads up to the end of a tag.
    ///
    /// - Returns: the sign before the end.
    private mutating func tag(_ open: Int, isOutput: Bool) throws(ChatFault) -> Unicode.Scalar? {
        var part = Part(kind: isOutput ? .output : .statement, text: "", offset: open)
        let close: [Unicode.Scalar] = isOutput ? ["}", "}"] : ["%", "}"]
        func closes(_ place: Int) -> Bool {
            place + 1 < scalars.count && scalars[place] == close[0] && scalars[place + 1] == close[1]
        }
        while place < scalars.count {
            let scalar = scalars[place]
            if ChatText.isBlank(scalar.value) {
                place += 1
            } else if closes(place) || (scalar == "-" || scalar == "+") && closes(place + 1) {
                let isSigned = !closes(place)
                part.tokens.append((.end, place))
                parts.append(part)
                place += isSigned ? 3 : 2
                return isSigned ? scalar : nil
            } else {
                let offset = place
                part.tokens.append((try token(), offset))
            }
        }
        throw .malformed("a tag does not end", open)
    }

    private mutating func token() throws(ChatFault) -> ChatToken {
        let scalar = scalars[place]
        if scalar == "'" || scalar == "\"" { return try text(scalar) }
        if Self.isDigit(scalar) { return try number() }
        if Self.isLetter(scalar) {
            let start = place
            while place < scalars.count, Self.isLetter(scalars[place]) || Self.isDigit(scalars[place]) {
                place += 1
            }
            return .name(string(start..<place))
        }
        if place + 1 < scalars.count {
            let two = string(place..<place + 2)
            if ["==", "!=", "<=", ">=", "//", "**"].contains(two) {
                place += 2
                return .sign(two)
            }
        }
        guard "+-*/%~<>=()[].,|:{}".unicodeScalars.contains(scalar) else {
            throw .malformed("\(String(scalar).debugDescription) is not expected", place)
        }
        place += 1
        return .sign(String(scalar))
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || "a"..."z" ~= scalar || "A"..."Z" ~= scalar
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

    private mutating func number() throws(ChatFault) -> ChatToken {
        let start = place
        while place < scalars.count, Self.isDigit(scalars[place]) { place += 1 }
        let isDecimal =
            place + 1 < scalars.count && scalars[place] == "." && Self.isDigit(scalars[place + 1])
        if isDecimal {
            place += 1
            while place < scalars.count, Self.isDigit(scalars[place]) { place += 1 }
        }
        let digits = string(start..<place)
        if isDecimal, let number = Double(digits) { return .decimal(number) }
        guard let number = Int(digits) else { throw .malformed("the number \(digits) is too large", start) }
        return .integer(number)
    }

    private mutating func text(_ quote: Unicode.Scalar) throws(ChatFault) -> ChatToken {
        let start = place
        var text = String.UnicodeScalarView()
        place += 1
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            if scalar == quote { return .text(String(text)) }
            if scalar == "\\" {
                text.append(try escaped())
            } else {
                text.append(scalar)
            }
        }
        throw .malformed("a text does not end", start)
    }

    private mutating func escaped() throws(ChatFault) -> Unicode.Scalar {
        guard place < scalars.count else { throw .malformed("a text does not end", place) }
        let scalar = scalars[place]
        place += 1
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "\\", "'", "\"": return scalar
        case "x": return try coded(2)
        case "u": return try coded(4)
        default: throw .unsupported("the escape \\\(scalar)", place - 2)
        }
    }

    private mutating func coded(_ digits: Int) throws(ChatFault) -> Unicode.Scalar {
        let end = place + digits
        guard end <= scalars.count, let value = UInt32(string(place..<end), radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw .malformed("an escape is not \(digits) hexadecimal digits of a character", place) }
        place = end
        return scalar
    }
}
