/// The three classes of a guard, in the order of its logits.
public enum GuardLabel: Int, Codable, Sendable, CaseIterable {
    /// Nothing is wrong.
    case safe
    /// It must not be shown.
    case unsafe
    /// Some policies allow it and some do not.
    case controversial

    /// As guards write it.
    public var name: String {
        switch self {
        case .safe: "Safe"
        case .unsafe: "Unsafe"
        case .controversial: "Controversial"
        }
    }

    /// Whether the class counts as unsafe.
    public func isUnsafe(_ policy: GuardPolicy) -> Bool {
        switch self {
        case .safe: false
        case .unsafe: true
        case .controversial: policy == .strict
        }
    }

    /// The label of a training text by two classifiers that saw the other half of the data.
    ///
    /// One of them was trained on more safe texts and is permissive, the other on more unsafe ones and is strict; where they
    /// disagree the text is controversial.
    ///
    /// - SeeAlso: Qwen3Guard's report, arXiv:2510.14276, on controversial labels.
    public static func ofHalves(strictIsUnsafe: Bool, looseIsUnsafe: Bool) -> Self {
        strictIsUnsafe == looseIsUnsafe ? (strictIsUnsafe ? .unsafe : .safe) : .controversial
    }
}

/// What becomes of what is controversial.
public enum GuardPolicy: String, Codable, Sendable, CaseIterable {
    /// It counts as unsafe.
    case strict
    /// It counts as safe.
    case loose
}
