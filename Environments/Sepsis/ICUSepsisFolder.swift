import Foundation
import SafeRL

/// Where the parameters of ICU-Sepsis lie.
package enum ICUSepsisFolder {
    /// Names the folder of the files; unset, the one of `saferl env setup icu-sepsis` is taken.
    package static let variable = "SAFERL_ICU_SEPSIS"

    /// A folder for what one task does, instead of the process's: for tests.
    @TaskLocal package static var ofTask: String?

    /// As the variables said when it was first asked for: an episode should not have to read them.
    private static let ofProcess: String = {
        let named = ProcessInfo.processInfo.environment[variable] ?? ""
        return named.isEmpty ? UserFolder.path + "/icu-sepsis" : named
    }()

    /// The folder to read from.
    package static var path: String { ofTask ?? ofProcess }
}
