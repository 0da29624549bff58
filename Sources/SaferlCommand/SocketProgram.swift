import Foundation
import Glibc
import SafeRL

/// A program of the package that has sockets, which this one has not.
struct SocketProgram {
    /// Its file's name.
    let name: String
    /// What builds it.
    let remedy: String

    /// Lets it take the place of this one, with the same arguments.
    ///
    /// - Throws: a fault that says how it is built, where it does not lie beside this one.
    func become() throws -> Never {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = parent(of: own ?? "") + "/" + name
        guard access(path, X_OK) == 0 else { throw Missing(program: self) }
        var words: [UnsafeMutablePointer<CChar>?] = ([Session.program] + Session.arguments).map { strdup($0) }
        words.append(nil)
        execv(path, words)
        throw Missing(program: self)
    }

    /// There is no such program.
    private struct Missing: Fault {
        let program: SocketProgram
        var kind: FaultKind { .missingInput }
        var description: String {
            "\(program.name), which has the sockets, is not in the folder of this program. Build it by \"\(program.remedy)\", "
                + "and keep both in one folder."
        }
    }
}
