/// What has been said before an answer: turns of a user and an assistant by turns, the user's first and last.
public struct Dialogue: Hashable, Sendable {
    /// The turns; their number is odd.
    public let turns: [String]

    /// Makes a dialogue.
    ///
    /// - Parameter turns: an odd number.
    public init(_ turns: [String]) {
        precondition(turns.count % 2 == 1, "a dialogue of \(turns.count) turns does not end with the user's")
        self.turns = turns
    }

    /// Makes a dialogue of one turn.
    public init(_ prompt: String) { self.init([prompt]) }

    /// The text that a language model continues with its answer.
    ///
    /// `BEGINNING OF CONVERSATION: USER: … ASSISTANT:`, with nothing behind the last colon; earlier answers end with
    /// `end`, and nothing else stands between turns.
    ///
    /// - Parameter end: the tokenizer's end of text, such as `</s>`.
    /// - Returns: the text without an answer.
    /// - SeeAlso: Dai et al. 2023, arXiv:2310.12773.
    public func prompt(end: String) -> String {
        var text = "BEGINNING OF CONVERSATION: "
        for (index, turn) in turns.enumerated() {
            text += index % 2 == 0 ? "USER: \(turn) ASSISTANT:" : turn + end
        }
        return text
    }

    /// The prompt with an answer and its end behind it.
    public func text(answeredBy answer: String, end: String) -> String { prompt(end: end) + answer + end }
}

extension Dialogue {
    /// The speakers of hh-rlhf, each introduced by a blank line.
    private static let marks = [(isUser: true, text: "\n\nHuman:"), (isUser: false, text: "\n\nAssistant:")]

    /// Reads a whole dialogue of hh-rlhf: the prompt is everything up to the last `Assistant:`, the answer what follows.
    ///
    /// Several turns of one speaker in a row are one, with a blank line between.
    ///
    /// - Parameter transcript: begins with a blank line and `Human:`.
    /// - Returns: nil where it is no such dialogue, does not end with an answer, or an answer precedes the last one.
    public static func reading(_ transcript: String) -> (prompt: Dialogue, answer: String)? {
        var turns = split(Array(transcript.utf8))
        guard let last = turns.popLast(), !last.isUser, turns.first?.isUser == true else { return nil }
        var texts: [String] = []
        for turn in turns {
            if turn.isUser == (texts.count % 2 == 0) {
                texts.append(turn.text)
            } else {
                texts[texts.count - 1] += "\n\n" + turn.text
            }
        }
        return texts.count % 2 == 1 ? (Dialogue(texts), last.text) : nil
    }

    private static func split(_ bytes: [UInt8]) -> [(isUser: Bool, text: String)] {
        var turns: [(isUser: Bool, text: String)] = []
        var start: (isUser: Bool, at: Int)?
        func close(at end: Int) {
            guard let start else { return }
            turns.append((start.isUser, trimmed(bytes[start.at..<end])))
        }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            guard let mark = marks.first(where: { bytes[index...].starts(with: $0.text.utf8) }) else {
                continue
            }
            // Text before the first speaker belongs to nobody.
            if start == nil && index > 0 { return [] }
            close(at: index)
            start = (mark.isUser, index + mark.text.utf8.count)
        }
        close(at: bytes.count)
        return turns
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
        let front = bytes.drop(while: isBlank)
        let end = front.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? front.startIndex
        return String(decoding: front[..<end], as: UTF8.self)
    }
}
