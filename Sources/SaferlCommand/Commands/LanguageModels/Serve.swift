import ArgumentParser
import Serving
import Storage

/// `saferl serve`.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a language model to programs on this machine.",
        discussion: """
            Speaks the chat-completions protocol that client libraries know: POST /v1/chat/completions and \
            /v1/completions, whole or as server-sent events, GET /v1/models and /health. What a request asks for and this \
            server does not do is refused, not ignored. Ctrl-C ends it.

            Without --token-file any program of this machine may ask, and no other interface is listened on. With --guard \
            every turn of a request is judged, and nothing of a reply is sent before it has passed; one that is refused has \
            the finish reason content_filter. Temperature, top_p, seed and stop texts are the request's.

            The sockets are in a program of their own, saferl-serve, which "make serve" builds and which lies beside this one.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a directory in hub format, or a run with a certified model.", valueName: "model"))
    var model: String
    @ArgumentParser.Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var host = "127.0.0.1"
    @ArgumentParser.Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "n"))
    var port: UInt16 = 8080
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Answer only requests that name the token in this file, one line of at least 16 letters and digits.",
            valueName: "file"))
    var tokenFile: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "A name under which clients reach this server, besides localhost and addresses; may be repeated.",
            valueName: "name"))
    var allowHost: [String] = []
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "What requests call the model; the name of its file without it.", valueName: "name"))
    var name: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "What the system says before every conversation; requests bring none of their own then.",
            valueName: "text"))
    var system: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Most tokens of a reply; 1024 without it.", valueName: "n"),
        transform: CountRange.whole)
    var tokens = 1024
    @ArgumentParser.Option(
        help: ArgumentHelp("Seed of requests that name none; their number is added.", valueName: "s"))
    var seed: UInt64 = 0
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Replies that are written at the same time, each with memory of its own; 1 without it.",
            valueName: "n"), transform: CountRange.whole)
    var slots = 1
    @ArgumentParser.Option(
        help: ArgumentHelp("Requests that may wait for a slot; 16 without it.", valueName: "n"),
        transform: CountRange.whole)
    var queue = 16
    @ArgumentParser.Option(
        help: ArgumentHelp("Most bytes of a request's body; 1048576 without it.", valueName: "n"),
        transform: CountRange.whole)
    var body = 1 << 20
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Seconds that a reply may take, waiting included; 300 without it.", valueName: "s"),
        transform: CountRange.whole)
    var timeout = 300
    @OptionGroup var around: ReplyGuardArguments

    func validate() throws {
        // Requests bring their own, and are refused where a search needs one.
        try around.check(temperature: 1)
        try CountRange.check("tokens", tokens, in: 1...1 << 20)
        try CountRange.check("slots", slots, in: 1...64)
        try CountRange.check("queue", queue, in: 0...4096)
        try CountRange.check("body", body, in: 1024...1 << 26)
        try CountRange.check("timeout", timeout, in: 1...86_400)
        guard let address = ServedAddress(host, port: port) else {
            throw ValidationError("--host \(quoted(host)): must be an address, such as 127.0.0.1 or ::1.")
        }
        if !address.isLoopback && tokenFile == nil {
            throw ValidationError(
                "--host \(host): other machines reach it. Give --token-file too, with a token that they must name."
            )
        }
    }

    func run() throws {
        guard let address = ServedAddress(host, port: port) else { return }
        try ServeWork(
            model: model, name: name, address: address, tokenFile: tokenFile, names: allowHost,
            system: system,
            mostTokens: tokens, seed: seed, slots: slots, queue: queue, mostBytes: body, seconds: timeout,
            guarding: around.request
        ).run()
    }
}
