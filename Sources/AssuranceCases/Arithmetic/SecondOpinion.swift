import CZ3
import Solvers
import Storage

/// A solver that is asked what the built-in elimination was asked.
package protocol SecondOpinion: Sendable {
    /// What commands of SMT-LIB print, and what the solver calls itself; nothing where it is absent, ends or is late.
    func answer(to commands: String) -> (printed: String, solver: String)?
}

/// Z3 in a process of its own, so that its end is not ours.
package struct Z3Apart: SecondOpinion {
    /// Of the library's file; the system's unless given.
    let path: String?
    /// Time of one answer, after which the process is ended.
    let milliseconds: Int32

    /// - Parameters:
    ///   - path: of the library's file; that of the environment variable, else the system's, unless given.
    ///   - milliseconds: until the process is ended.
    package init(path: String? = nil, milliseconds: Int32 = 5000) {
        (self.path, self.milliseconds) = (path ?? Z3Library.namedPath, milliseconds)
    }

    package func answer(to commands: String) -> (printed: String, solver: String)? {
        var text = [CChar](repeating: 0, count: 4096)
        let status = cz3_ask_apart(path, commands, milliseconds, &text, text.count)
        guard status == Int32(CZ3_ANSWERED.rawValue) else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard lines.count == 2 else { return nil }
        return (String(lines[1]), "Z3 " + oneLine(String(lines[0])))
    }
}
