import Storage

/// A value in a template.
enum ChatValue: Sendable {
    case undefined(String)
    case none
    case boolean(Bool)
    case integer(Int)
    case decimal(Double)
    case text(ChatText)
    case list([ChatValue])
    case mapping([(key: String, value: ChatValue)])
    /// A number among those that the interpreter keeps, since its members change.
    case namespace(Int)

    /// A value of somebody else's.
    init(_ json: JSONValue) {
        switch json.content {
        case .null: self = .none
        case .boolean(let value): self = .boolean(value)
        case .number(let number):
            self =
                number.isInteger
                ? number.int.map { .integer($0) } ?? .decimal(number.double) : .decimal(number.double)
        case .text(let text): self = .text(ChatText(text, isOutside: true))
        case .list(let elements): self = .list(elements.map { ChatValue($0) })
        case .object(let members): self = .mapping(members.map { ($0.key, ChatValue($0.value)) })
        }
    }

    var json: JSONValue? {
        switch self {
        case .undefined, .namespace: return nil
        case .none: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let number): return .integer(number)
        case .decimal(let number): return .number(number)
        case .text(let text): return .text(text.string)
        case .list(let elements):
            let values = elements.compactMap(\.json)
            return values.count == elements.count ? .list(values) : nil
        case .mapping(let members):
            let values = members.compactMap { member in member.value.json.map { (member.key, $0) } }
            return values.count == members.count ? .object(values) : nil
        }
    }

    var shown: String {
        switch self {
        case .undefined(let name): "\(name), which is not defined,"
        case .none: "none"
        case .boolean(let value): value ? "true" : "false"
        case .integer, .decimal: "a number"
        case .text: "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        case .namespace: "a namespace"
        }
    }

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .boolean(let value): value
        case .integer(let number): number != 0
        case .decimal(let number): number != 0
        case .text(let text): text.count > 0
        case .list(let elements): !elements.isEmpty
        case .mapping(let members): !members.isEmpty
        case .namespace: true
        }
    }

    /// As Python compares: numbers by value, true and false as 1 and 0, other kinds never.
    static func areEqual(_ a: ChatValue, _ b: ChatValue) -> Bool {
        if let a = a.number, let b = b.number { return a == b }
        switch (a, b) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.text(let a), .text(let b)): return a.hasScalars(of: b)
        case (.list(let a), .list(let b)): return a.count == b.count && zip(a, b).allSatisfy(areEqual)
        case (.mapping(let a), .mapping(let b)):
            return a.count == b.count
                && a.allSatisfy { member in
                    b.first { ExactText($0.key) == ExactText(member.key) }.map {
                        areEqual($0.value, member.value)
                    } ?? false
                }
        case (.namespace(let a), .namespace(let b)): return a == b
        default: return false
        }
    }

    var number: Double? {
        switch self {
        case .boolean(let value): value ? 1 : 0
        case .integer(let number): Double(number)
        case .decimal(let number): number
        default: nil
        }
    }

    var integer: Int? {
        switch self {
        case .boolean(let value): value ? 1 : 0
        case .integer(let number): number
        default: nil
        }
    }

    /// What is written of it; nil for what has no text of its own.
    var text: ChatText? {
        switch self {
        case .undefined: ChatText()
        case .none: ChatText("None")
        case .boolean(let value): ChatText(value ? "True" : "False")
        case .integer(let number): ChatText("\(number)")
        case .decimal(let number): ChatText("\(number)")
        case .text(let text): text
        case .list, .mapping, .namespace: nil
        }
    }

    /// A member of a mapping; nil where there is none.
    func member(_ name: String) -> ChatValue? {
        guard case .mapping(let members) = self else { return nil }
        return members.first { ExactText($0.key) == ExactText(name) }?.value
    }
}
