import Foundation
import Rules
import Storage
import TestSupport

/// The tables of the guard's golden set, and formulas in the form in which they give them.
enum GoldenGuard {
    static func json(_ name: String) throws -> JSONValue {
        let file = Golden.directory("guard").appendingPathComponent(name)
        return try JSONValue(
            parsing: [UInt8](Data(contentsOf: file)), limits: JSONLimits(bytes: 1 << 26, depth: 200))
    }

    static func rules(_ name: String) throws -> RuleFile {
        let file = Golden.directory("guard").appendingPathComponent(name)
        return try RuleFile(bytes: [UInt8](Data(contentsOf: file)), name: name)
    }

    static func rows(_ name: String) throws -> [JSONValue] { try json(name).elements ?? [] }

    /// A number, or an infinity as a text.
    static func number(_ value: JSONValue) -> Double? {
        switch value.string {
        case "inf": .infinity
        case "-inf": -.infinity
        default: value.number?.double
        }
    }

    static func steps(_ trace: JSONValue, _ rules: RuleFile) throws -> [TraceStep] {
        var reader = TraceReader(rules, name: "trace")
        return try (trace.elements ?? []).enumerated().map { try reader.step($1, line: $0 + 1) }
    }

    /// A tree of the tables as text of the language, everything in parentheses.
    static func text(_ tree: JSONValue) -> String {
        guard let parts = tree.elements, let head = parts.first?.string else { return "?" }
        func part(_ index: Int) -> String { text(parts[index]) }
        func literal(_ index: Int) -> String { parts[index].number?.text ?? "?" }
        switch head {
        case "always": return part(1)
        case "response":
            return "\(part(1)) leads to \(part(2)) "
                + (parts[3].number.map { "within \($0.text)" } ?? "before end")
        case "each-event": return "each \(pattern(parts))"
        case "number":
            return parts[1].number.map { $0.double < 0 ? "(-\(-$0.double))" : "\($0.double)" } ?? "?"
        case "text": return "\"\(parts[1].string ?? "?")\""
        case "true", "false": return head
        case "signal", "variable": return parts[1].string ?? "?"
        case "state":
            return "\(parts[1].string ?? "?")(\((2..<parts.count).map(part).joined(separator: ", ")))"
        case "negate": return "(-\(part(1)))"
        case "+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or", "implies":
            return "(\(part(1)) \(head) \(part(2)))"
        case "min", "max", "norm", "abs", "sqrt", "seq", "age":
            return "\(head)(\((1..<parts.count).map(part).joined(separator: ", ")))"
        case "not", "previous", "started": return "(\(head) \(part(1)))"
        case "once", "historically": return "(\(head)\(window(parts[1])) \(part(2)))"
        case "since": return "(\(part(2)) since\(window(parts[1])) \(part(3)))"
        case "count", "sum", "maximum", "minimum": return "\(head)\(window(parts[1]))(\(part(2)))"
        case "before": return "before(\(part(1)), \(literal(2)))"
        case "event": return pattern(parts)
        case "each": return "(each \(pattern(parts)): \(part(3)))"
        case "some": return "(some \(pattern(parts)) where \(part(3)))"
        case "with": return "(with \(parts[1].string ?? "?") = \(part(2)): \(part(3)))"
        case "total": return "total\(window(parts[1]))(\(pattern(Array(parts.dropFirst()))): \(part(4)))"
        default: return "?\(head)"
        }
    }

    private static func window(_ bounds: JSONValue) -> String {
        let bounds = bounds.elements ?? []
        return "[\(bounds[0].number?.text ?? "?")..\(bounds[1].number?.text ?? "")]"
    }

    /// Name and arguments, which stand behind the head of a tree.
    private static func pattern(_ parts: [JSONValue]) -> String {
        let arguments = (parts[2].members ?? []).map { member in
            let bound = member.value.elements?.first?.string == "bind"
            return "\(member.key): \(bound ? member.value.elements?[1].string ?? "?" : text(member.value))"
        }
        return "\(parts[1].string ?? "?")(\(arguments.joined(separator: ", ")))"
    }
}

extension RuleMonitor {
    /// Truth, verdict and open deadline of one rule, step by step.
    static func run(_ rules: RuleFile, _ steps: [TraceStep]) throws -> [[(truth: Bool, verdict: Verdict)]] {
        var monitor = RuleMonitor(rules)
        var found = rules.rules.map { _ in [(truth: Bool, verdict: Verdict)]() }
        for step in steps {
            _ = try monitor.propose(step)
            let truth = monitor.truth
            monitor.commit()
            for rule in rules.rules.indices { found[rule].append((truth[rule], monitor.verdicts[rule])) }
        }
        return found
    }
}

extension Verdict {
    /// The word of the tables.
    var word: String {
        switch self {
        case .kept: "kept"
        case .open: "open"
        case .broken: "broken"
        }
    }
}

extension GoldenGuard {
    /// A file with one watched rule, of a tree, and the declarations of another file.
    static func twin(of rules: RuleFile, _ tree: JSONValue) throws -> RuleFile {
        try RuleFile(declarations(of: rules) + "watch r: \(text(tree))\n", name: "twin")
    }

    static func declarations(of rules: RuleFile) -> String {
        func parameters(_ list: [Parameter]) -> String {
            "(" + list.map { "\($0.name): \($0.type.rawValue)" }.joined(separator: ", ") + ")"
        }
        var lines = ["rules 1"]
        lines += rules.signals.map { "signal \($0.name) = \($0.source.rawValue)[\($0.index)]" }
        lines += rules.events.map { "\($0.isCall ? "call" : "event") \($0.name)\(parameters($0.parameters))" }
        lines += rules.states.map { "state \($0.name)\(parameters($0.parameters)): \($0.type.rawValue)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a body prints as, its variables numbered in the order of their appearance.
    static func normal(_ body: RuleBody) -> String {
        var text = "\(body)"
        var names: [String: String] = [:]
        for mark in ["variable(", "bind(", "with("] {
            var place = text.startIndex
            while let found = text.range(of: mark, range: place..<text.endIndex) {
                let digits = text[found.upperBound...].prefix { $0.isNumber }
                let name = names[String(digits)] ?? "v\(names.count)"
                names[String(digits)] = name
                text.replaceSubrange(found.upperBound..<digits.endIndex, with: name)
                place = found.upperBound
            }
        }
        return text
    }
}
