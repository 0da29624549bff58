import Storage

extension ChatInterpreter {
    // MARK: - Operators

    mutating func combine(
        _ operation: ChatExpression.Operation, _ a: ChatValue, _ b: ChatValue, _ offset: Int
    ) throws(ChatFault) -> ChatValue {
        let fault = ChatFault.value("'\(operation.rawValue)' does not take \(a.shown) and \(b.shown)", offset)
        switch (operation, a, b) {
        case (.join, _, _):
            guard let left = a.text, let right = b.text else { throw fault }
            return try counted(left + right)
        case (.add, .text(let left), .text(let right)): return try counted(left + right)
        case (.add, .list(let left), .list(let right)):
            try count(left.count + right.count)
            return .list(left + right)
        default: break
        }
        guard let left = a.integer, let right = b.integer else { throw fault }
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide, .remainder:
            // Python rounds down, and a remainder has the sign of the divisor.
            let (quotient, remainder) = (
                left.dividedReportingOverflow(by: right), left.remainderReportingOverflow(dividingBy: right)
            )
            guard !quotient.overflow, !remainder.overflow else { throw fault }
            let isBelow = remainder.partialValue != 0 && (remainder.partialValue < 0) != (right < 0)
            return .integer(
                operation == .divide
                    ? quotient.partialValue - (isBelow ? 1 : 0)
                    : remainder.partialValue + (isBelow ? right : 0))
        case .join: throw fault
        }
        guard !result.overflow else { throw fault }
        return .integer(result.partialValue)
    }

    /// `a < b <= c` holds where every neighbouring pair does.
    mutating func compare(
        _ first: ChatValue, _ rest: [(ChatExpression.Comparison, ChatExpression)], _ offset: Int
    ) throws(ChatFault) -> ChatValue {
        var left = first
        for (comparison, expression) in rest {
            let right = try value(expression)
            if try !holds(comparison, left, right, offset) { return .boolean(false) }
            left = right
        }
        return .boolean(true)
    }

    private mutating func holds(
        _ comparison: ChatExpression.Comparison, _ a: ChatValue, _ b: ChatValue, _ offset: Int
    ) throws(ChatFault) -> Bool {
        switch comparison {
        case .equal: return try areEqual(a, b)
        case .unequal: return try !areEqual(a, b)
        case .among: return try isAmong(a, b, offset)
        case .notAmong: return try !isAmong(a, b, offset)
        case .less: return try isLess(a, b, offset)
        case .greater: return try isLess(b, a, offset)
        case .atMost: return try !isLess(b, a, offset)
        case .atLeast: return try !isLess(a, b, offset)
        }
    }

    private mutating func areEqual(_ a: ChatValue, _ b: ChatValue) throws(ChatFault) -> Bool {
        switch a {
        case .text(let text): try count(text.count / 16)
        case .list(let elements): try count(elements.count)
        default: break
        }
        return ChatValue.areEqual(a, b)
    }

    private mutating func isLess(_ a: ChatValue, _ b: ChatValue, _ offset: Int) throws(ChatFault) -> Bool {
        if let a = a.number, let b = b.number { return a < b }
        guard case .text(let left) = a, case .text(let right) = b else {
            throw .value("\(a.shown) and \(b.shown) have no order", offset)
        }
        try count(left.count / 16)
        return left < right
    }

    private mutating func isAmong(_ a: ChatValue, _ b: ChatValue, _ offset: Int) throws(ChatFault) -> Bool {
        switch (a, b) {
        case (.text(let part), .text(let whole)):
            try count(whole.count / 16 * (1 + part.count / 16))
            return whole.place(of: part) != nil
        case (.text(let name), .mapping): return b.member(name.string) != nil
        case (_, .list(let elements)):
            try count(elements.count)
            return elements.contains { ChatValue.areEqual($0, a) }
        default: throw .value("\(b.shown) does not hold \(a.shown)", offset)
        }
    }

    // MARK: - Methods and filters

    mutating func apply(
        _ method: ChatExpression.Method, to owner: ChatValue, _ arguments: [ChatText], _ offset: Int
    ) throws(ChatFault) -> ChatValue {
        guard case .text(let text) = owner else {
            throw .value("\(owner.shown) has no method \(method.rawValue)", offset)
        }
        let allowed: ClosedRange<Int>
        switch method {
        case .strip, .lstrip, .rstrip, .split: allowed = 0...1
        case .startswith, .endswith: allowed = 1...1
        case .replace: allowed = 2...2
        }
        guard allowed ~= arguments.count else {
            throw .value("\(method.rawValue) does not take \(arguments.count) arguments", offset)
        }
        try count(text.count / 16 * arguments.reduce(1) { $0 + $1.count / 16 })
        switch method {
        case .strip: return .text(text.stripped(of: arguments.first))
        case .lstrip: return .text(text.stripped(of: arguments.first, back: false))
        case .rstrip: return .text(text.stripped(of: arguments.first, front: false))
        case .startswith: return .boolean(text.begins(with: arguments[0]))
        case .endswith: return .boolean(text.ends(with: arguments[0]))
        case .split, .replace:
            if let separator = arguments.first, separator.count == 0 {
                throw .value("\(method.rawValue) does not take an empty text", offset)
            }
            let parts = text.split(by: arguments.first)
            try count(parts.count)
            guard method == .replace else { return .list(parts.map { .text($0) }) }
            let length = text.count + (parts.count - 1) * max(0, arguments[1].count - arguments[0].count)
            guard length <= Self.mostText else { throw Self.tooMuch }
            return try counted(parts.joined(by: arguments[1]))
        }
    }

    mutating func apply(
        _ filter: ChatExpression.Filter, to owner: ChatValue, _ arguments: [ChatExpression], _ offset: Int
    ) throws(ChatFault) -> ChatValue {
        let most = filter == .default ? 2 : filter == .join ? 1 : 0
        guard arguments.count <= most else {
            throw .value("\(filter.rawValue) does not take \(arguments.count) arguments", offset)
        }
        switch filter {
        case .default:
            let isForAllFalse = arguments.count == 2 ? try value(arguments[1]).isTrue : false
            var isMissing = isForAllFalse && !owner.isTrue
            if case .undefined = owner { isMissing = true }
            guard isMissing else { return owner }
            return arguments.isEmpty ? .text(ChatText()) : try value(arguments[0])
        case .tojson:
            guard let json = owner.json else {
                throw .value("\(owner.shown) is nothing to write as JSON", offset)
            }
            return try counted(ChatText(json.compact, isOutside: true))
        case .length:
            switch owner {
            case .text(let text): return .integer(text.count)
            case .list(let elements): return .integer(elements.count)
            case .mapping(let members): return .integer(members.count)
            default: throw .value("\(owner.shown) has no length", offset)
            }
        case .join:
            guard case .list(let elements) = owner else {
                throw .value("\(owner.shown) is nothing to join", offset)
            }
            let separator = arguments.isEmpty ? ChatText() : try value(arguments[0]).text ?? ChatText()
            var result = ChatText()
            for (index, element) in elements.enumerated() {
                guard let text = element.text else {
                    throw .value("\(element.shown) has no text of its own", offset)
                }
                result.append(index > 0 ? separator + text : text)
                _ = try counted(result)
            }
            return .text(result)
        case .trim, .upper, .lower:
            guard let text = owner.text else { throw .value("\(owner.shown) has no text of its own", offset) }
            try count(text.count / 16)
            switch filter {
            case .upper: return try counted(text.mapped(\.uppercaseMapping))
            case .lower: return try counted(text.mapped(\.lowercaseMapping))
            default: return .text(text.stripped())
            }
        }
    }
}
