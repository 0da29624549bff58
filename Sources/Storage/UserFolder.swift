import Foundation

/// Where saferl keeps what it installs for a user: `SAFERL_HOME`, else `saferl` in the user's data folder.
public enum UserFolder {
    /// An absolute path; the folder need not exist.
    ///
    /// `$SAFERL_HOME`, else `$XDG_DATA_HOME/saferl`, else `~/.local/share/saferl`.
    public static var path: String {
        let variables = ProcessInfo.processInfo.environment
        func folder(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let path =
            folder("SAFERL_HOME")
            ?? (folder("XDG_DATA_HOME") ?? NSHomeDirectory() + "/.local/share") + "/saferl"
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// What to do where the folder cannot be written.
    public static let remedy = "Name a folder that you may write to in SAFERL_HOME."
}
