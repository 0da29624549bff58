import Synchronization

/// Which program runs: what manifests and claims name, so that a finding can be traced to what found it.
public enum ProgramIdentity {
    /// The version of saferl; the only place where it stands.
    public static let version = "0.2.0"

    /// SHA-256 of the running program's file, in hexadecimal; nothing where it cannot be read.
    ///
    /// The file is read once, when first asked for.
    public static let sha256: String? = {
        guard let bytes = try? fileContents("/proc/self/exe") else { return nil }
        return SHA256.hexadecimal(of: bytes)
    }()

    private static let declared = Mutex<String?>(nil)

    /// The commit that the program was built from, in hexadecimal, with `+` behind it where files had been changed since;
    /// nothing where nobody declared it.
    public static var commit: String? { declared.withLock { $0 } }

    /// Says what the program was built from, which only its own executable knows.
    ///
    /// - Parameter commit: as `commit` has it; nothing and "" say nothing.
    public static func declare(commit: String?) {
        declared.withLock { $0 = commit == "" ? nil : commit }
    }
}
