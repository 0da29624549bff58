import Storage

/// Why no threshold can be found from calibration scores.
public enum RiskControlError: Fault, Equatable {
    /// There is no score.
    case noScores
    /// A score without a number, as a monitor gives that was fed one.
    case notANumber(episode: Int)
    /// A rate that is no probability.
    case outOfRange(rate: String, value: Double)
    /// Everything went wrong, so that no score can be told from another.
    case allViolated(episodes: Int)
    /// Rates that do not rise, of classes that become stricter.
    case ratesDoNotRise([Double])

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noScores, .notANumber, .allViolated: .badData
        case .outOfRange, .ratesDoNotRise: .configuration
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .noScores:
            "calibration: there is no episode to calibrate on. Record at least one."
        case .notANumber(let episode):
            "calibration: the score of episode \(episode) is not a number. Look for a monitor or a policy that diverged."
        case .outOfRange(let rate, let value):
            "calibration: \(rate) \(value) is outside (0, 1). Choose a rate inside, such as 0.05."
        case .allViolated(let episodes):
            "calibration: all \(episodes) episodes were violated, so no score separates what is safe. Train the policy further, "
                + "or calibrate where it succeeds at times."
        case .ratesDoNotRise(let rates):
            "calibration: the rates \(rates.map { "\($0)" }.joined(separator: ", ")) do not rise. Write three that do, such as "
                + "0.01,0.05,0.2."
        }
    }
}
