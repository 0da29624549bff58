import Foundation
import Glibc
import LanguageModels
import ModelSafety
import SafeRL

/// What `saferl chat` does.
struct ChatWork {
    let model: String
    let request: ReplyRequest
    let guarding: ReplyGuardRequest?

    /// Tokens of a conversation for which keys and values have a place at once.
    private static let room = 2048

    func run() throws {
        let model = try ChatModel(ModelFile.place(of: model), room: Self.room)
        let template = try model.file.chatTemplate()
        let system = request.system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        let work = ReplyWork(model: model, request: request)
        let guarded = try guarding.map { try GuardedReplyWork(model, $0, request: request) }
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
            let said: String?
            if let guarded {
                // What the system says is the program's; a turn that was refused is forgotten.
                said = try guarded.reply(
                    to: Array(messages.dropFirst(system.count)) + [turn], prompt: prompt, number: number
                ).text
            } else {
                said = try work.reply(to: prompt, number: number).text
            }
            if let signal = watch.pending, signal != SIGINT { throw CommandStatus(signal: signal) }
            if let said { messages += [turn, ChatMessage(role: "assistant", content: said)] }
            number += 1
        }
        if isatty(STDIN_FILENO) == 1 { try Output.write(piece: "\n") }
    }

    private func nextLine() -> String? {
        if isatty(STDIN_FILENO) == 1 { FileHandle.standardError.offer("> ") }
        return readLine()
    }
}
