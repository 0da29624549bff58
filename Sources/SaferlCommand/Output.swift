import Foundation
import Glibc
import Storage

/// Standard output whose failure is noticed.
enum Output {
    /// Writes text and a line break.
    ///
    /// What nobody reads is dropped: a reader that has gone, such as `head`, had what it wanted, and is no reason to stop.
    ///
    /// - Throws: `OutputError` when standard output cannot take it, for example because a disk is full.
    static func write(_ text: String) throws(OutputError) {
        let bytes = Array(ProgramName.said(text.hasSuffix("\n") ? text : text + "\n").utf8)
        let code = bytes.withUnsafeBytes(writeAll)
        if code != 0 && code != EPIPE { throw OutputError(code) }
    }

    /// Writes somebody else's text as it is, without a line break.
    ///
    /// - Throws: `OutputError`.
    static func write(piece: String) throws(OutputError) {
        let code = Array(piece.utf8).withUnsafeBytes(writeAll)
        if code != 0 && code != EPIPE { throw OutputError(code) }
    }

    /// Writes all bytes; returns the error number, 0 for none.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else {
                let code = count < 0 ? errno : EIO
                if code == EAGAIN {
                    var waiting = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                    poll(&waiting, 1, -1)
                } else if code != EINTR {
                    return code
                }
            }
        }
        return 0
    }

    /// Ends the command with 3, for a reason that is said however quiet the command is.
    ///
    /// - Throws: `OutputError`, otherwise `CommandStatus.noSolutionFound`.
    static func refuse(_ reason: String, isQuiet: Bool) throws -> Never {
        if isQuiet { FileHandle.standardError.offer(reason + "\n") } else { try write(reason) }
        throw CommandStatus.noSolutionFound
    }

    /// Writes a value as one JSON object on a line, keys in alphabetical order.
    ///
    /// - Throws: `EncodingError` for a number that is not finite; `OutputError`.
    static func write(json value: some Encodable) throws {
        try write(JSONEncoder.compact.text(of: value))
    }
}

/// Standard output did not take what was written.
struct OutputError: Fault {
    /// The error number.
    let code: Int32

    init(_ code: Int32) { self.code = code }

    /// What kind of fault it is.
    var kind: FaultKind { .inputOutput }

    /// One line.
    var description: String {
        let remedy =
            code == EFBIG
            ? "Raise the limit on the size of files (\"ulimit -f\")." : "Check that the disk is not full."
        return "standard output: cannot be written. \(remedy)"
    }
}
