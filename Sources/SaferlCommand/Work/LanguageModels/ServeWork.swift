import Foundation
import Glibc
import LanguageModels
import ModelSafety
import SafeRL
import Serving

/// What `saferl serve` does.
struct ServeWork {
    let model: String
    let name: String?
    let address: ServedAddress
    let tokenFile: String?
    let names: [String]
    let system: String?
    let mostTokens: Int
    let seed: UInt64
    let slots: Int
    let queue: Int
    let mostBytes: Int
    let seconds: Int
    let guarding: ReplyGuardRequest?

    func run() throws {
        // What can be seen without a model is said at once, and the same whichever program looks.
        let token = try tokenFile.map { try TokenFileError.token(in: $0) }
        if fileKind(model, following: true) != .directory { _ = try beginningOfFile(model, limit: 1) }
        guard let server = Session.registry.httpServer else {
            try SocketProgram(name: "saferl-serve", remedy: "make serve").become()
        }
        let watch = SignalWatch()
        try server(
            ServedProgram(
                address: address, replySeconds: seconds, open: { try service(token: token) },
                began: { port in
                    try Output.write(
                        "Serving \(model) as \"\(called)\" on \(address.url(port: port)); Ctrl-C ends it.")
                },
                goesOn: { SignalWatch.latest == nil }))
        if let signal = watch.pending { throw CommandStatus(signal: signal) }
    }

    /// What requests call the model.
    private var called: String {
        if let name { return name }
        let last = ProgramName.last(of: model)
        return last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    }

    private func service(token: String?) throws -> ChatService {
        let slots = try ReplySlots(slots: slots, queue: queue) { [self] in
            let chat = try ChatModel(ModelFile.place(of: model))
            let writer = try ReplyWriter(
                chat, system: system, around: guarding?.openedForServer(of: chat.file, chat.tokenizer),
                search: guarding?.search ?? .once, seed: seed,
                report: { FileHandle.standardError.offer(oneLine("\($0)") + "\n") })
            return { writer.write($0) }
        }
        return ChatService(
            gate: RequestGate(token: token, names: names),
            terms: ServingTerms(
                model: called, mostTokens: mostTokens, hasSystem: system != nil,
                needsTemperature: (guarding?.search ?? .once) != .once, mostBytes: mostBytes),
            slots: slots, now: { Int(time(nil)) })
    }
}
