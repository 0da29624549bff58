import Board
import Glibc
import SafeRL
import Serving

/// What `saferl board` does.
struct BoardWork {
    let folder: String
    let port: UInt16

    func run() throws {
        // What can be seen without sockets is said at once, and the same whichever program looks.
        guard fileKind(folder, following: true) == .directory else {
            throw PlacedFault(.missingInput, at: folder, "no such folder. Name the one that holds the runs.")
        }
        guard let server = Session.registry.httpServer else {
            try SocketProgram(name: "saferl-board", remedy: "make board").become()
        }
        guard let address = ServedAddress("127.0.0.1", port: port) else { return }
        let watch = SignalWatch()
        let token = BoardService.makeToken()
        let registry = Session.registry
        try server(
            ServedProgram(
                address: address, replySeconds: nil,
                open: {
                    let runs = BoardRuns(folder: folder, registry: registry)
                    // Read once before the first page is asked for.
                    _ = try runs.runs()
                    return BoardService(runs, folder: oneLine(folder), token: token) { Double(time(nil)) }
                },
                began: { port in
                    try Output.write(
                        "Board of \(oneLine(folder)) on \(address.url(port: port))/?token=\(token) ; Ctrl-C ends it."
                    )
                },
                goesOn: { SignalWatch.latest == nil }))
        if let signal = watch.pending { throw CommandStatus(signal: signal) }
    }
}
