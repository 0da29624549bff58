/// The reward of a reasoned safety label with its category, after GSPR.
///
///     R = scale · f · (0.55·[safety right] + 0.45·[category right])
///
/// f is 1 where the text has the asked shape, repeats nothing and stays in its script; scale is ½ where it is overlong.
///
/// - SeeAlso: Li et al. 2025, arXiv:2509.24418.
public struct LabelReward: Sendable, Hashable {
    /// Which of the program's two rewards.
    public enum Form: String, Codable, Sendable, CaseIterable {
        /// 0.55 for the label, 0.45 for the category.
        case paper
        /// 0.50, 0.35, and 0.15 for a reasoning that goes through the rules.
        case checklist
    }

    /// Which reward.
    public var form: Form
    /// Names of the rules that a prompt lists, for `checklist`.
    public var rules: [String]
    /// Whether a name counts only where it stands between white space, which names of one letter need.
    public var namesAreWords = false
    /// What a text is made of, in order.
    public var parts = ["<think>", "</think>", "\\safety{", "}", "\\category{", "}"]
    /// The category of what is safe.
    public static let noCategory = "not applicable"

    /// Describes a reward.
    public init(_ form: Form = .paper, rules: [String] = []) { (self.form, self.rules) = (form, rules) }

    /// A reward and its parts, each in 0…1.
    public struct Value: Sendable, Hashable {
        /// Shape, no repetition, and no ideographs: 0 or 1.
        public let format: Double
        /// Whether label and category are right, whatever the format: 0 or 1.
        public let safety, category: Double
        /// ½ for an overlong text, else 1.
        public let scale: Double
        /// How far the reasoning goes through the rules; 0 for `paper`.
        public let checklist: Double
        /// The reward.
        public let score: Double
    }

    /// The reward of a text.
    ///
    /// - Parameters:
    ///   - text: the response.
    ///   - safety: the true label.
    ///   - category: the true category; `noCategory` for what is safe.
    /// - Returns: the reward with its parts.
    public func callAsFunction(_ text: String, safety: String, category: String) -> Value {
        let isFormed =
            TextVerifiers.hasShape(text, parts: parts) && !TextVerifiers.repeats(text)
            && !TextVerifiers.contains(in: text)
        func isRight(_ key: String, _ truth: String) -> Double {
            guard let label = TextVerifiers.label(key, in: text) else { return 0 }
            return TextVerifiers.normalised(label) == TextVerifiers.normalised(truth) ? 1 : 0
        }
        let reasoning = TextVerifiers.reasoning(in: text)
        let scale = TextVerifiers.isOverlong(text, reasoning: reasoning) ? 0.5 : 1.0
        let (first, second) = (isRight("safety", safety), isRight("category", category))
        let format = isFormed ? 1.0 : 0
        switch form {
        case .paper:
            return Value(
                format: format, safety: first, category: second, scale: scale, checklist: 0,
                score: scale * format * (0.55 * first + 0.45 * second))
        case .checklist:
            let checked = checklist(reasoning, category)
            return Value(
                format: format, safety: first, category: second, scale: scale, checklist: checked,
                score: scale * format * (0.5 * first + 0.35 * second + 0.15 * checked))
        }
    }

    /// (rules named + K·[the true one is named]) / 2K, times min(1, words / (3 · words of all names)), for K rules.
    ///
    /// Names are sought in the reasoning as it is normalised, underscores as blanks; as in the released program a name with a comma
    /// and a blank is never found there.
    private func checklist(_ reasoning: String, _ category: String) -> Double {
        guard !rules.isEmpty else { return 0 }
        func name(_ rule: String) -> String {
            String(rule.lowercased().map { $0 == "_" ? " " : $0 })
        }
        let text = TextVerifiers.normalised(reasoning)
        let said = Set(TextVerifiers.words(text).map(String.init))
        func isNamed(_ rule: String) -> Bool {
            namesAreWords
                ? said.contains(name(rule)) : TextVerifiers.contains(anyOf: [name(rule)], in: text)
        }
        let count = Double(rules.count)
        let named = Double(rules.count(where: isNamed)) + (isNamed(category) ? count : 0)
        let names = rules.reduce(0) { $0 + TextVerifiers.words(name($1)).count }
        let words = Double(TextVerifiers.words(text).count)
        return named / (2 * count) * min(1, words / Double(max(3 * names, 1)))
    }
}
