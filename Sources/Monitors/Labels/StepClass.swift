/// What a step monitor says of a step.
public enum StepClass: String, Codable, Sendable, CaseIterable {
    /// A violation can be avoided from here on.
    case safe
    /// The strict and the loose classifier disagree.
    case controversial
    /// A violation can hardly be avoided any more.
    case unsafe

    /// What two classifiers that were trained to err on opposite sides say together.
    ///
    /// - Parameters:
    ///   - strict: whether the one that rather flags too much calls the step unsafe.
    ///   - loose: whether the one that rather flags too little does.
    public init(strict: Bool, loose: Bool) {
        self = strict == loose ? (strict ? .unsafe : .safe) : .controversial
    }
}

/// Which classes a monitor flags.
public enum MonitorMode: String, Codable, Sendable, CaseIterable {
    /// Unsafe and controversial steps.
    case strict
    /// Unsafe steps alone.
    case loose

    /// Whether a step of this class is flagged.
    public func flags(_ judged: StepClass) -> Bool {
        judged == .unsafe || (self == .strict && judged == .controversial)
    }
}
