import Foundation
import Shields

/// Lines that a person writes on standard input, read without waiting unless somebody asks for that.
final class OperatorWords {
    private var rest: [UInt8] = []
    private var lines: [String] = []
    /// Whether more can come.
    private(set) var isOpen = true

    /// Whether a question waits for one of `answers`, which then stay for it.
    var isAsked = false
    /// What answers a question.
    static let answers = ["yes", "no"]

    /// The lines that are there, without spaces around them and without those that answer a question; none where there are none.
    func read() -> [String] {
        poll(milliseconds: 0)
        let kept = isAsked ? lines.filter(Self.answers.contains) : []
        defer { lines = kept }
        return isAsked ? lines.filter { !Self.answers.contains($0) } : lines
    }

    /// The first of some words that is there, waiting for one; other lines stay.
    func take(_ wanted: [String], waiting milliseconds: Int32 = 0) -> String? {
        poll(milliseconds: milliseconds)
        guard let place = lines.firstIndex(where: wanted.contains) else { return nil }
        return lines.remove(at: place)
    }

    /// Whether a word waits to be read.
    func contains(_ word: String) -> Bool { lines.contains(word) }

    private func poll(milliseconds: Int32) {
        var patience = milliseconds
        while isOpen {
            var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&waiting, 1, patience) > 0 else { break }
            patience = 0
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else {
                isOpen = false
                break
            }
            rest += buffer[..<count]
            // A line that has no end is nobody's command.
            if rest.count > 4096 { rest = [] }
        }
        while let end = rest.firstIndex(of: 10) {
            let line = String(decoding: rest[..<end], as: UTF8.self).trimmingCharacters(in: .whitespaces)
            if !line.isEmpty { lines.append(line) }
            rest.removeSubrange(...end)
        }
    }
}

/// Asks whoever writes on standard input; what nobody answers in time is a no.
final class OperatorAsker: AskHandler {
    private let words: OperatorWords
    private let patience: Duration
    private let say: (String) -> Void
    private let isInterrupted: () -> Bool
    /// Whether time goes on while somebody thinks: otherwise the step waits for the answer.
    private let isRealTime: Bool
    private var deadline: ContinuousClock.Instant? { didSet { words.isAsked = deadline != nil } }

    init(
        _ words: OperatorWords, patience: Duration, isRealTime: Bool, say: @escaping (String) -> Void,
        isInterrupted: @escaping () -> Bool
    ) {
        (self.words, self.patience, self.isRealTime) = (words, patience, isRealTime)
        (self.say, self.isInterrupted) = (say, isInterrupted)
    }

    /// Yes or no, as soon as it was written.
    func answer(to question: AskedProposal) -> AskAnswer {
        let end = deadline ?? open(question)
        while true {
            if let word = words.take(OperatorWords.answers, waiting: isRealTime ? 0 : 50) {
                deadline = nil
                return word == "yes" ? .yes : .no
            }
            // Where nobody can write any more, nobody says yes.
            guard words.isOpen, ContinuousClock.now < end, !isInterrupted(), !words.contains("stop") else {
                deadline = nil
                say("nobody said yes: refused, the fallback acts.")
                return .no
            }
            if isRealTime { return .waiting }
        }
    }

    func withdraw() { deadline = nil }

    private func open(_ question: AskedProposal) -> ContinuousClock.Instant {
        let end = ContinuousClock.now + patience
        deadline = end
        // An answer to an earlier question is none to this one.
        while words.take(OperatorWords.answers) != nil {}
        say(
            "may the policy act? Episode \(question.episode), step \(question.step): score \(question.score), "
                + "\(question.isGrounded ? "grounded" : "not grounded"). Write yes or no.")
        return end
    }
}
