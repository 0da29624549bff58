import CMuJoCo
import Foundation

/// Where the MuJoCo library and the model files are looked for.
public struct MuJoCoPlaces: Sendable, Hashable {
    /// Names the library's file; unset, the fetched one is taken, else the system's `libmujoco.so.2.2.2`.
    public static let libraryVariable = "SAFERL_MUJOCO_LIBRARY"
    /// Names the folder of the model files; unset, the fetched ones are taken.
    public static let modelsVariable = "SAFERL_MUJOCO_MODELS"

    /// The library's file, where one was named.
    public var library: String?
    /// The folder of the model files, where one was named.
    public var namedModels: String?
    /// Where `saferl env setup mujoco` puts both.
    public var folder: String

    /// Names the places.
    public init(library: String? = nil, models: String? = nil, folder: String) {
        (self.library, self.namedModels, self.folder) = (library, models, folder)
    }

    /// Takes them from environment variables, where an empty one counts as unset.
    ///
    /// The folder is `mujoco` in `$SAFERL_HOME`, else in `$XDG_DATA_HOME/saferl`, else in `~/.local/share/saferl`.
    ///
    /// - Parameter variables: those of the process.
    public init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
        let own = value("SAFERL_HOME") ?? (value("XDG_DATA_HOME") ?? home + "/.local/share") + "/saferl"
        self.init(
            library: value(Self.libraryVariable), models: value(Self.modelsVariable),
            folder: URL(fileURLWithPath: own + "/mujoco").standardizedFileURL.path)
    }

    /// The folder of the model files.
    public var models: String { namedModels ?? folder }
    /// Where the fetched library lies, if it was fetched.
    public var fetchedLibrary: String { folder + "/" + MuJoCoPackage.library }

    /// The library to open; nothing for the system's.
    var libraryToOpen: String? {
        if let library { return library }
        // Without AVX it would end the process at its first instruction of that kind.
        let isUsable = cmj_can_run_official_build() != 0
        return isUsable && FileManager.default.fileExists(atPath: fetchedLibrary) ? fetchedLibrary : nil
    }
}
