import Tensors

/// Answers that have left the grammar: what a policy writes that has drifted, and what score models must have seen to judge it.
extension SyntheticPreferences {
    /// A way out of the grammar.
    public enum Corruption: String, CaseIterable, Sendable {
        /// The answer breaks off inside a phrase.
        case truncated
        /// Phrases stand there again.
        case repeated
        /// The words of all phrases are mixed.
        case shuffled
        /// One phrase goes on as another one ends.
        case spliced
    }

    /// An answer of the grammar, corrupted; it is not of the grammar any more.
    ///
    /// - Parameters:
    ///   - answer: of the grammar.
    ///   - random: chooses the way, and the places.
    /// - Returns: some text, never empty.
    public static func corrupted(_ answer: String, using random: inout RandomStream) -> String {
        let ways = Corruption.allCases
        // A way may lead back into the grammar, as by a splice of a phrase with itself.
        while true {
            let way = ways[random.nextInteger(below: ways.count)]
            let text = corrupted(answer, way, &random)
            if !text.isEmpty, text != answer, !SyntheticAnswer(text).isGrammatical { return text }
        }
    }

    private static func corrupted(_ answer: String, _ way: Corruption, _ random: inout RandomStream) -> String
    {
        let characters = Array(answer)
        if way == .truncated {
            return String(characters.prefix(1 + random.nextInteger(below: characters.count - 1)))
        }
        var phrases = String(characters.dropLast()).split(separator: "; ").map { $0.lowercased() }
        switch way {
        case .truncated: break
        case .repeated:
            for _ in 0...random.nextInteger(below: 3) {
                let phrase = phrases[random.nextInteger(below: phrases.count)]
                phrases.insert(phrase, at: random.nextInteger(below: phrases.count + 1))
            }
        case .shuffled:
            var words = phrases.flatMap { $0.split(separator: " ").map(String.init) }
            words.shuffle(using: &random)
            phrases = [words.joined(separator: " ")]
        case .spliced:
            let all = steps + hazards + cautions
            let place = random.nextInteger(below: phrases.count)
            let beginning = phrases[place].split(separator: " ")
            let end = all[random.nextInteger(below: all.count)].split(separator: " ")
            let kept = beginning.prefix(1 + random.nextInteger(below: max(beginning.count - 1, 1)))
            let taken = end.suffix(1 + random.nextInteger(below: max(end.count - 1, 1)))
            phrases[place] = (kept + taken).joined(separator: " ")
        }
        return sentence(phrases)
    }

    /// Answers with prompts of their own, to learn to write from.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - seed: the run's seed; the answers are drawn independently of the pairs with that seed.
    /// - Returns: the answers, all of the grammar.
    public static func demonstrations(_ count: Int, seed: UInt64) -> [Demonstration] {
        var random = RandomStream(seed: seed, for: .collection, index: demonstrationStream)
        return (0..<count).map { _ in
            Demonstration(Dialogue(prompts(1, using: &random)[0]), answer(using: &random))
        }
    }

    /// Far from the numbers of sets of pairs.
    private static let demonstrationStream: UInt32 = 1 << 20
}

extension [String] {
    /// Mixes all elements with equal chances.
    fileprivate mutating func shuffle(using random: inout RandomStream) {
        for last in indices.dropFirst().reversed() { swapAt(last, random.nextInteger(below: last + 1)) }
    }
}
