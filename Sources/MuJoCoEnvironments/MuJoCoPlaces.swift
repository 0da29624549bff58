import Foundation

/// Where the MuJoCo library and the model files are looked for.
public struct MuJoCoPlaces: Sendable, Hashable {
    /// Names the library's file; unset, the system's own `libmujoco.so.2.2.2` is taken.
    public static let libraryVariable = "SAFERL_MUJOCO_LIBRARY"
    /// Names the folder of the model files; unset, it is `saferl/mujoco` in the user's data folder.
    public static let modelsVariable = "SAFERL_MUJOCO_MODELS"

    /// The library's file; nothing for the system's own.
    public var library: String?
    /// The folder of the model files.
    public var models: String

    /// Names both places.
    public init(library: String?, models: String) { (self.library, self.models) = (library, models) }

    /// Takes both from environment variables, where an empty one counts as unset.
    ///
    /// The user's data folder is `XDG_DATA_HOME` where that is an absolute path, else `~/.local/share`.
    ///
    /// - Parameter variables: those of the process.
    public init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
        let data = value("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/share"
        self.init(
            library: value(Self.libraryVariable),
            models: value(Self.modelsVariable) ?? data + "/saferl/mujoco")
    }
}
