import Foundation
import Glibc
import SafeRL

/// What `saferl watch` does.
struct WatchWork {
    let directory: String
    let isOnce: Bool
    let registry: Registry

    /// Microseconds between two looks.
    private static let interval: UInt32 = 500_000

    func run() throws {
        let run = try RunDirectory.inspect(directory)
        var board = try RunBoard(run, in: registry)
        guard !isOnce else { return try Output.write(try board.text(columns: 100, height: Int.max)) }
        let signals = SignalWatch()
        var shown = 0
        while true {
            // The lock is looked at before the files, so that what a run writes at its end is read.
            let isTraining = RunRecord.isHeld(run.path + "/.lock")
            let terminal = Self.terminal
            let text = try board.text(columns: terminal?.columns ?? 100, height: terminal?.rows ?? .max)
            if terminal != nil {
                try Output.write(piece: Self.redrawn(text, over: shown))
                shown = text.count { $0 == "\n" }
            } else if board.hasChanged {
                try Output.write(text)
            }
            if !isTraining { return }
            for _ in 0..<10 where signals.pending == nil { usleep(Self.interval / 10) }
            if let signal = signals.pending { throw CommandStatus(signal: signal) }
        }
    }

    /// The size of the terminal; nothing where standard output is none.
    private static var terminal: (columns: Int, rows: Int)? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        return isKnown ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
    }

    /// Text in the place of the lines that stand there.
    private static func redrawn(_ text: String, over lines: Int) -> String {
        let back = lines == 0 ? "" : "\u{1B}[\(lines)A"
        return back + text.replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J"
    }
}
