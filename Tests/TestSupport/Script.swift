import Foundation

/// Writes a script that can be run at once, although other tests start processes meanwhile.
///
/// A program that anybody holds open for writing cannot be run, and a process that another test forks just now holds whatever this
/// one has open. So another process makes the file that is run.
///
/// - Parameters:
///   - text: the script, its first line included.
///   - path: where it is to lie.
/// - Throws: when it cannot be written.
package func writeScript(_ text: String, to path: String) throws {
    let draft = path + ".draft"
    try Data(text.utf8).write(to: URL(filePath: draft))
    let copying = Process()
    copying.executableURL = URL(filePath: "/bin/sh")
    copying.arguments = ["-c", "cat \"$0\" > \"$1\" && chmod 755 \"$1\" && rm \"$0\"", draft, path]
    try copying.run()
    copying.waitUntilExit()
    guard copying.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
}
