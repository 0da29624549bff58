/// A word or a list of such in parentheses, with the line where it begins.
struct SExpression {
    enum Content {
        case word(String)
        case list([SExpression])
    }

    let content: Content
    let line: Int

    /// The word, if it is one.
    var word: String? { if case .word(let word) = content { word } else { nil } }
    /// The parts, if it is a list.
    var parts: [SExpression]? { if case .list(let parts) = content { parts } else { nil } }

    /// All expressions of a text; what follows a semicolon is a comment.
    ///
    /// - Throws: `VerificationError` with the line.
    static func all(in bytes: [UInt8], _ fault: FaultPlace) throws(VerificationError) -> [SExpression] {
        var open: [(parts: [SExpression], line: Int)] = [([], 1)]
        var (at, line) = (0, 1)
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case 10:
                line += 1
                at += 1
            case 9, 13, 32: at += 1
            case 59: while at < bytes.count && bytes[at] != 10 { at += 1 }
            case 40:
                guard open.count <= 64 else { throw fault("nested more than 64 deep.", at: "\(line)") }
                open.append(([], line))
                at += 1
            case 41:
                guard open.count > 1, let closed = open.popLast() else {
                    throw fault("a closing parenthesis without an opening one.", at: "\(line)")
                }
                open[open.count - 1].parts.append(.init(content: .list(closed.parts), line: closed.line))
                at += 1
            default:
                let start = at
                while at < bytes.count, ![9, 10, 13, 32, 40, 41, 59].contains(bytes[at]) { at += 1 }
                guard at - start <= 256, bytes[start..<at].allSatisfy({ $0 > 32 && $0 < 127 }) else {
                    throw fault(
                        "a word that is not printable ASCII or has more than 256 characters.", at: "\(line)")
                }
                let word = String(decoding: bytes[start..<at], as: UTF8.self)
                open[open.count - 1].parts.append(.init(content: .word(word), line: line))
            }
        }
        guard open.count == 1 else {
            throw fault(
                "the parenthesis that opens here is never closed.", at: "\(open[open.count - 1].line)")
        }
        return open[0].parts
    }
}
