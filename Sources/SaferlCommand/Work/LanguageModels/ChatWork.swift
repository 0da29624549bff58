import Foundation
import Glibc
import LanguageModels
import SafeRL

/// What `saferl chat` does.
struct ChatWork {
    let model: String
    let request: ReplyRequest

    /// Tokens of a conversation for which keys and values have a place at once.
    private static let room = 2048

    func run() throws {
        let model = try ChatModel(model, room: Self.room)
        let template = try model.file.chatTemplate()
        let system = request.system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        let work = ReplyWork(model: model, request: request)
        var (messages, number) = (system, UInt64(0))
        while let line = nextLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            if line == "/new" {
                messages = system
                continue
            }
            // Ctrl-C ends the reply while one is written, and the command where none is.
            let watch = SignalWatch()
            let turn = ChatMessage(role: "user", content: line)
            let prompt = try model.prompt(messages + [turn], template: template)
            let reply = try work.reply(to: prompt, number: number)
            if let signal = watch.pending, signal != SIGINT { throw CommandStatus(signal: signal) }
            messages += [turn, ChatMessage(role: "assistant", content: reply.text)]
            number += 1
        }
        if isatty(STDIN_FILENO) == 1 { try Output.write(piece: "\n") }
    }

    private func nextLine() -> String? {
        if isatty(STDIN_FILENO) == 1 { FileHandle.standardError.offer("> ") }
        return readLine()
    }
}
