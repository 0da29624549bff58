import Alignment
import Foundation
import LanguageModels
import ModelSafety
import Serving
import Storage
import Synchronization
import TestSupport

/// Calls what holds a word unsafe, and remembers what it was asked.
final class WordGuard: TextGuard, Sendable {
    let word: String
    let judgesReplies: Bool
    private let asked = Mutex<[String]>([])

    init(_ word: String, judgesReplies: Bool = true) {
        (self.word, self.judgesReplies) = (word, judgesReplies)
    }

    var texts: [String] { asked.withLock { $0 } }

    func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) -> GuardJudgement {
        let text = conversation.last?.content ?? ""
        asked.withLock { $0.append(text) }
        let isUnsafe = text.contains(word)
        return GuardJudgement(
            "g", conversation.last?.role == "assistant" ? .response : .prompt, .filter(isUnsafe ? 1 : 0),
            isUnsafe: isUnsafe, probability: isUnsafe ? 1 : 0)
    }
}

/// What a client was sent.
final class SentBytes: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    var all: [UInt8] { bytes.withLock { $0 } }
    func add(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
}

/// The tiny model of the golden tables, served without sockets.
struct ServedModel {
    static var path: String {
        Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf").path
    }

    let service: ChatService
    let slots: ReplySlots

    init(
        token: String? = nil, system: String? = nil, words: @escaping @Sendable () -> WordGuard? = { nil },
        mostBytes: Int = 4096
    ) throws {
        slots = try ReplySlots(slots: 1, queue: 4) {
            let around = words().map { ReplyGuard([$0], policy: .strict) }
            let writer = try ReplyWriter(ChatModel(Self.path), system: system, around: around)
            return { writer.write($0) }
        }
        service = ChatService(
            gate: RequestGate(token: token, names: ["served.test"]),
            terms: ServingTerms(
                model: "tiny", mostTokens: 12, hasSystem: system != nil, mostBytes: mostBytes),
            slots: slots, now: { 1_700_000_000 })
    }

    static func head(_ text: String, host: String = "127.0.0.1") throws -> RequestHead {
        let lines = text.split(separator: "\n").map(String.init)
        let all = [lines[0] + " HTTP/1.1", "Host: \(host)"] + lines.dropFirst()
        return try RequestHead(parsing: Array((all.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    }

    /// What a client gets to see.
    func answer(_ body: String, at path: String = "/v1/chat/completions") async throws -> (
        head: String, body: String
    ) {
        let head = try Self.head(
            "POST \(path)\nContent-Type: application/json\nContent-Length: \(body.utf8.count)")
        guard service.admission(of: head) == .body(body.utf8.count) else { return ("not admitted", "") }
        let sent = SentBytes()
        switch service.outcome(of: head, body: Array(body.utf8)) {
        case .answer(let answer): sent.add(answer.bytes)
        case .stream(let stream): try await stream.deliver { sent.add($0) }
        }
        let text = String(decoding: sent.all, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
    }

    /// The same as JSON, with the status.
    func json(_ body: String, at path: String = "/v1/chat/completions") async throws -> (
        status: Int, value: JSONValue
    ) {
        let (head, text) = try await answer(body, at: path)
        return (Int(head.split(separator: " ")[1]) ?? 0, try JSONValue(parsing: Array(text.utf8)))
    }

    /// The events of a streamed answer.
    static func events(_ chunked: String) throws -> [String] {
        var (rest, whole) = (chunked[...], "")
        while let line = rest.firstRange(of: "\r\n"), let size = Int(rest[..<line.lowerBound], radix: 16),
            size > 0
        {
            let bytes = Array(rest[line.upperBound...].utf8)
            whole += String(decoding: bytes[..<size], as: UTF8.self)
            rest = Substring(String(decoding: bytes[(size + 2)...], as: UTF8.self))
        }
        guard rest == "0\r\n\r\n" else { throw CocoaError(.fileReadCorruptFile) }
        return whole.components(separatedBy: "\n\n").dropLast().map { String($0.dropFirst("data: ".count)) }
    }
}
