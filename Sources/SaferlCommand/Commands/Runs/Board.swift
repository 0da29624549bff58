import ArgumentParser

/// `saferl board`.
struct BoardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract: "Show the runs of a folder in a browser.",
        discussion: """
            A list of the runs with filter and order, and a page for each run whose curves grow as metrics are logged. The \
            address that is printed holds a token; a browser keeps it as a cookie. 127.0.0.1 alone is listened on, and \
            nothing can be changed through it. Ctrl-C ends it.

            The sockets are in a program of their own, saferl-board, which "make board" builds and which lies beside this one.
            """)

    @Argument(help: ArgumentHelp("The folder to look in.", valueName: "dir"), completion: .directory)
    var folder = "Checkpoints"
    @ArgumentParser.Option(
        help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "n"))
    var port: UInt16 = 0

    func run() throws { try BoardWork(folder: folder, port: port).run() }
}
