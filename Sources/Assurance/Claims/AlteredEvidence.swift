import Storage

/// A verdict, or a line of the ledger, that is not as it was written.
public enum AlteredEvidence: Fault {
    /// A line of the ledger, counted from 1.
    case line(Int, path: String)
    /// A verdict whose bytes do not fit its seal, or that has lost it.
    case seal(path: String, run: String)
    /// A verdict that is sealed, and that the ledger does not know.
    case unknown(path: String, run: String)
    /// A verdict about another checkpoint than the run's newest.
    case otherPolicy(path: String, run: String)

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One line: the place, the cause and the remedy.
    public var description: String {
        switch self {
        case .line(let number, let path):
            "\(path):\(number): changed since it was written, so that the looks at the policy cannot be counted. Restore "
                + "the file from a copy."
        case .seal(let path, let run):
            "\(path): changed since it was written: its seal does not fit. \(Self.remedy(run))"
        case .unknown(let path, let run):
            "\(path): not the verdict that assurance/claims.jsonl has. \(Self.remedy(run))"
        case .otherPolicy(let path, let run):
            "\(path): the verdict on another checkpoint than the newest. \(Self.remedy(run))"
        }
    }

    private static func remedy(_ run: String) -> String {
        "Remove it, and \"saferl resume \(run)\" writes the verdict on the newest checkpoint."
    }
}
