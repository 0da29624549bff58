import Alignment
import LanguageModels
import ModelSafety
import Storage

/// Writes replies with one model and the guards around it.
///
/// Who speaks through a socket is not believed: with guards every turn of a request is judged, those of earlier replies and of the
/// system too, since a client may have made them up. Belongs to one thread, as its model does.
public final class ReplyWriter {
    private let model: ChatModel
    private let template: ChatTemplate?
    private let system: String?
    private let guarded: (around: ReplyGuard, chat: GuardedChat)?
    private let seed: UInt64
    private let report: (any Error) -> Void
    private var sound: Set<String> = []

    /// Beginnings of conversations that are remembered as judged.
    private static let remembered = 4096

    /// Puts a writer together.
    ///
    /// - Parameters:
    ///   - model: replies.
    ///   - system: what the system says before every conversation; nil for nothing.
    ///   - around: the guards; nil for none.
    ///   - search: how a reply is sought between them.
    ///   - seed: of requests that name none; the number of the request is added.
    ///   - report: is told of faults that are not the client's.
    /// - Throws: `ChatTemplateError` for a template that is not understood, and what a guard's model throws.
    public init(
        _ model: ChatModel, system: String? = nil, around: ReplyGuard? = nil, search: ReplySearch = .once,
        seed: UInt64 = 0, report: @escaping (any Error) -> Void = { _ in }
    ) throws {
        (self.model, self.system, self.seed, self.report) = (model, system, seed, report)
        do { template = try model.file.chatTemplate() } catch ChatTemplateError.missing { template = nil }
        guarded = try around.map { ($0, try GuardedChat(model, $0, search: search)) }
    }

    /// Writes the reply of a job; the job has ended then, unless nobody waits for it any more.
    public func write(_ job: ReplyJob) {
        do {
            let prompt = try prompt(job.request.subject)
            if let guarded {
                try write(job, prompt, guarded.around, guarded.chat)
            } else {
                try write(job, prompt)
            }
        } catch let error as ServingError {
            job.fail(error)
        } catch let error as ModelFileError {
            job.fail(
                ServingError(400, Self.said(error), code: "context_length_exceeded", parameter: "messages"))
        } catch ChatTemplateError.refused(let why, place: _) {
            job.fail(
                ServingError(
                    400, "the model's chat template refuses the conversation: \(oneLine(why)).",
                    parameter: "messages"))
        } catch {
            report(error)
            job.fail(.failed)
        }
    }

    /// A fault without the path of the model.
    private static func said(_ error: ModelFileError) -> String {
        switch error {
        case .tooLong(_, let tokens, let context):
            "the text has \(tokens) tokens, and the model has room for \(context). Say less."
        case .nothingToContinue, .cannotHold: "the text has no tokens. Say something."
        }
    }

    private func prompt(_ subject: CompletionRequest.Subject) throws -> [Int32] {
        switch subject {
        case .text(let text): return model.tokenizer.encode(text, recognisingSpecialTokens: false).ids
        case .conversation(let messages):
            guard let template else {
                throw ServingError(
                    400, "the model has no chat template. Use /v1/completions.", parameter: "messages")
            }
            let own = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
            return try model.prompt(own + messages, template: template)
        }
    }

    private func seed(of job: ReplyJob) -> UInt64 { job.request.seed ?? seed &+ job.number }

    private func write(_ job: ReplyJob, _ prompt: [Int32]) throws {
        var stops = StopStrings(job.request.stops)
        var isStopped = false
        let reply = try model.reply(
            to: prompt, options: job.request.options, seed: seed(of: job),
            goesOn: { !isStopped && job.isOpen }
        ) { piece in
            job.say(stops.add(piece))
            isStopped = stops.isFound
        }
        job.say(stops.finish())
        job.finish(
            ReplyEnd(
                stops.isFound || reply.ending == .end ? .stop : .length, promptTokens: reply.promptTokens,
                tokens: reply.tokens))
    }

    private func write(
        _ job: ReplyJob, _ prompt: [Int32], _ around: ReplyGuard, _ chat: GuardedChat
    ) throws {
        let turns = Self.turns(job.request.subject)
        func refuse(_ verdict: GuardJudgement, _ tokens: Int = 0) {
            job.finish(
                ReplyEnd(.contentFilter, refusal: verdict.reason, promptTokens: prompt.count, tokens: tokens))
        }
        if let verdict = try refusal(of: turns.dropLast(), around) { return refuse(verdict) }
        let reply = try chat.reply(
            to: turns, prompt: prompt, options: job.request.options, seed: seed(of: job),
            goesOn: { job.isOpen })
        if reply.isStopped { return }
        guard let whole = reply.text, let last = reply.verdicts.last else {
            return job.finish(
                ReplyEnd(
                    .contentFilter, refusal: reply.reason, promptTokens: prompt.count, tokens: reply.tokens))
        }
        let (text, isFound) = StopStrings.cut(whole, job.request.stops)
        // What was cut off is another text than the one that passed.
        if isFound {
            let verdicts = try around.judge(reply: turns + [ChatMessage(role: "assistant", content: text)])
            if let verdict = verdicts.last, verdict.isUnsafe { return refuse(verdict, reply.tokens) }
        } else if last.isUnsafe {
            return refuse(last, reply.tokens)
        }
        job.say(text)
        job.finish(
            ReplyEnd(
                isFound || reply.ending == .end ? .stop : .length, promptTokens: prompt.count,
                tokens: reply.tokens))
    }

    /// What guards are shown: a client's words of the system are its own.
    private static func turns(_ subject: CompletionRequest.Subject) -> [ChatMessage] {
        switch subject {
        case .text(let text): [ChatMessage(role: "user", content: text)]
        case .conversation(let messages):
            messages.map {
                ChatMessage(role: $0.role == "assistant" ? "assistant" : "user", content: $0.content)
            }
        }
    }

    /// The first verdict against a turn of a conversation's beginning; nil where all pass.
    private func refusal(of turns: ArraySlice<ChatMessage>, _ around: ReplyGuard) throws -> GuardJudgement? {
        var key = ""
        for end in turns.indices {
            key = SHA256.hexadecimal(of: "\(key) \(turns[end].role) \(turns[end].content)".utf8)
            if sound.contains(key) { continue }
            let beginning = Array(turns[...end])
            let verdicts =
                turns[end].role == "assistant"
                ? try around.judge(reply: beginning) : try around.judge(prompt: beginning)
            if let verdict = verdicts.last(where: \.isUnsafe) { return verdict }
            if sound.count >= Self.remembered { sound = [] }
            sound.insert(key)
        }
        return nil
    }
}
