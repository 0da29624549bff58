import Rules
import SafeRL

/// Each rule as it was read, with what can be done about it.
struct RuleExplanations: Encodable {
    struct Explained: Encodable {
        let rule: String
        let isWatched: Bool
        let kind: String
        let meaning: String
        let text: String?

        private enum CodingKeys: String, CodingKey {
            case rule, meaning, text
            case isWatched = "watched"
            case kind = "class"
        }
    }

    let file: String
    let digest: String
    let stateBytes: Int
    let rules: [Explained]

    private enum CodingKeys: String, CodingKey {
        case file, rules
        case digest = "sha256"
        case stateBytes = "state_bytes"
    }

    init(_ rules: RuleFile) {
        (file, digest, stateBytes) = (rules.name, rules.digest, RuleMonitor(rules).stateBytes)
        self.rules = rules.rules.enumerated().map { number, rule in
            Explained(
                rule: rule.name, isWatched: rule.isWatched, kind: rule.kind.rawValue,
                meaning: rules.text(of: number), text: rule.text)
        }
    }

    private static let reasons = [
        "guarded": "a step without calls keeps it, so that it never leaves without a choice",
        "due": "what must follow is the policy's to do; dead ends are possible",
        "steered": "what the policy does is part of it; dead ends are possible",
        "foreseen": "about coming observations, which a model tells; dead ends are possible",
        "observed": "no action can keep it: it raises an alarm",
    ]

    /// For a person.
    var text: String {
        var lines = ["\(file): \(rules.count) rules, at most \(stateBytes) bytes of memory"]
        for explained in rules {
            let word = explained.isWatched ? "watch" : "rule"
            lines.append("\(word) \(explained.rule)\(explained.text.map { ": \($0)" } ?? "")")
            lines.append("  \(explained.meaning)")
            lines.append("  \(explained.kind): \(Self.reasons[explained.kind] ?? "")")
        }
        return lines.joined(separator: "\n")
    }
}
