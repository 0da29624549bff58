/// What a text is harmful by, as Qwen3Guard names it.
public enum GuardCategory: String, Codable, Sendable, CaseIterable {
    /// Violence.
    case violent = "Violent"
    /// Crime without violence.
    case nonViolentIllegalActs = "Non-violent Illegal Acts"
    /// Sex.
    case sexual = "Sexual Content or Sexual Acts"
    /// Personally identifiable information.
    case personalData = "PII"
    /// Harm to oneself.
    case selfHarm = "Suicide & Self-Harm"
    /// What is not decent.
    case unethical = "Unethical Acts"
    /// What politics quarrels about.
    case political = "Politically Sensitive Topics"
    /// Others' works.
    case copyright = "Copyright Violation"
    /// An attempt to break a model's rules; of prompts only.
    case jailbreak = "Jailbreak"
    /// Nothing.
    case none = "None"
}

/// What a guard that was asked by a prompt said.
///
/// - SeeAlso: Qwen3Guard's report, arXiv:2510.14276, for the output format.
public struct GuardVerdict: Sendable, Hashable {
    /// Whose text was judged.
    public enum Subject: String, Codable, Sendable, CaseIterable {
        /// A user's.
        case prompt
        /// A model's.
        case response
    }

    /// The class; nothing where none could be read: such a verdict is reported by itself.
    public let label: GuardLabel?
    /// In the order of the text.
    public let categories: [GuardCategory]
    /// Whether the response refuses, where the guard says so.
    public let isRefusal: Bool?

    /// Reads what a guard wrote.
    ///
    /// The first `Safety: …`, all names of categories and the first `Refusal: …` count; case matters.
    ///
    /// - Parameters:
    ///   - text: of the guard.
    ///   - subject: whose text it judged; `Jailbreak` is a category of prompts only.
    public init(parsing text: String, of subject: Subject) {
        let bytes = Array(text.utf8)
        label = Self.first(in: bytes, behind: "Safety: ", of: GuardLabel.allCases, \.name)
        isRefusal = Self.first(in: bytes, behind: "Refusal: ", of: [true, false]) { $0 ? "Yes" : "No" }
        let names = GuardCategory.allCases.filter { subject == .prompt || $0 != .jailbreak }
        var (found, place) = ([GuardCategory](), 0)
        while place < bytes.count {
            if let name = names.first(where: { bytes[place...].starts(with: $0.rawValue.utf8) }) {
                found.append(name)
                place += name.rawValue.utf8.count
            } else {
                place += 1
            }
        }
        categories = found
    }

    /// Whether the verdict counts as unsafe; one without a label does where the policy is strict.
    public func isUnsafe(_ policy: GuardPolicy) -> Bool { label?.isUnsafe(policy) ?? (policy == .strict) }

    /// The first place where a key is followed by one of some values.
    private static func first<Value>(
        in bytes: [UInt8], behind key: String, of values: [Value], _ name: (Value) -> String
    ) -> Value? {
        let key = Array(key.utf8)
        for place in bytes.indices where bytes[place...].starts(with: key) {
            let rest = bytes[(place + key.count)...]
            if let value = values.first(where: { rest.starts(with: name($0).utf8) }) { return value }
        }
        return nil
    }
}

/// Precision, recall and F1 of the class unsafe.
public struct GuardScores: Sendable, Hashable {
    /// Right flags of all flags; 0 where nothing was flagged.
    public let precision: Double
    /// Right flags of all that is unsafe; 0 where nothing is.
    public let recall: Double
    /// Their harmonic mean; 0 where both are.
    public let f1: Double

    /// Counts.
    ///
    /// - Parameters:
    ///   - truth: whether each text is unsafe.
    ///   - flagged: whether it was flagged.
    public init(truth: [Bool], flagged: [Bool]) {
        precondition(truth.count == flagged.count, "\(truth.count) texts, \(flagged.count) verdicts")
        let hits = Double(zip(truth, flagged).count { $0 && $1 })
        let (flags, unsafe) = (Double(flagged.count { $0 }), Double(truth.count { $0 }))
        precision = flags > 0 ? hits / flags : 0
        recall = unsafe > 0 ? hits / unsafe : 0
        f1 = flags + unsafe > 0 ? 2 * hits / (flags + unsafe) : 0
    }

    /// Counts under a policy.
    public init(truth: [Bool], labels: [GuardLabel], _ policy: GuardPolicy) {
        self.init(truth: truth, flagged: labels.map { $0.isUnsafe(policy) })
    }
}
