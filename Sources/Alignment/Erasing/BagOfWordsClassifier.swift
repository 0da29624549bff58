import Foundation

/// Logistic regression on which words a text has: the baseline that stands beside any learned filter.
///
/// Words are compared in lower case and count once; a word that the training data lack counts nothing. On prompts of two lists
/// that differ in style it tests the procedure and not understanding.
public struct BagOfWordsClassifier: Sendable, Codable {
    /// How it is trained: Adam on all data at once, so that nothing is drawn.
    public struct Settings: Sendable, Hashable {
        /// Weight of half the sum of the squared word weights, at least 0.
        public var penalty = 1e-4
        /// Passes over the data, at least 1.
        public var passes = 100
        /// Rate of a step, above 0.
        public var rate = 0.1
        /// The most erased versions of each safe text that are added to the safe ones, at least 0.
        public var versions = 20

        /// The settings of the figures in docs/alignment.md.
        public init() {}
    }

    /// The log-odds of harm that each word adds.
    public let weights: [String: Double]
    /// The log-odds of a text without known words.
    public let bias: Double

    /// The probability that a text is harmful.
    public func probability(_ words: [String]) -> Double { 1 / (1 + exp(-logOdds(words))) }

    /// Whether that is above ½.
    public func isHarmful(_ words: [String]) -> Bool { logOdds(words) > 0 }

    private func logOdds(_ words: [String]) -> Double {
        // Sums in the order of the text: those of a set's own order would differ in their last bits.
        var seen: Set<String> = []
        return words.reduce(bias) { sum, word in
            let word = word.lowercased()
            return seen.insert(word).inserted ? sum + (weights[word] ?? 0) : sum
        }
    }

    /// Trains on texts; both classes weigh the same.
    ///
    /// Erased versions of safe texts are safe too, and what the filter will be asked about: without them it would learn that a
    /// short text is harmful.
    ///
    /// - Parameters:
    ///   - harmful: their words, at least one text.
    ///   - safe: likewise.
    ///   - erasures: those in use, from which versions of safe texts are drawn.
    ///   - settings: how.
    ///   - random: draws the versions.
    public init(
        harmful: [[String]], safe: [[String]], erasures: Erasures, settings: Settings = Settings(),
        using random: inout some RandomNumberGenerator
    ) {
        precondition(!harmful.isEmpty && !safe.isEmpty, "a class without texts")
        var calm = safe
        for text in safe {
            let others = erasures.count(units: text.count) - 1
            calm += erasures.sample(text, number: min(settings.versions, others), using: &random)
        }
        var places: [String: Int] = [:]
        for word in (harmful + safe).joined() where places[word.lowercased()] == nil {
            places[word.lowercased()] = places.count
        }
        var data = Rows()
        for text in harmful { data.add(text, places, isHarmful: true) }
        for text in calm { data.add(text, places, isHarmful: false) }
        let fitted = data.fit(words: places.count, settings)
        bias = fitted[places.count]
        weights = places.mapValues { fitted[$0] }
    }
}

/// Which words each text has, one row behind the other.
private struct Rows {
    private var words: [Int] = []
    private var ends: [Int] = []
    private var harmful: [Bool] = []

    mutating func add(_ text: [String], _ places: [String: Int], isHarmful: Bool) {
        words += Set(text.compactMap { places[$0.lowercased()] }).sorted()
        ends.append(words.count)
        harmful.append(isHarmful)
    }

    /// Weights of the words, and the bias behind them.
    func fit(words count: Int, _ settings: BagOfWordsClassifier.Settings) -> [Double] {
        var weights = [Double](repeating: 0, count: count + 1)
        var (first, second) = (weights, weights)
        for pass in 1...settings.passes {
            var gradient = slope(at: weights)
            for word in 0..<count { gradient[word] += settings.penalty * weights[word] }
            let (firstLeft, secondLeft) = (1 - pow(0.9, Double(pass)), 1 - pow(0.999, Double(pass)))
            for index in weights.indices {
                first[index] = 0.9 * first[index] + 0.1 * gradient[index]
                second[index] = 0.999 * second[index] + 0.001 * gradient[index] * gradient[index]
                weights[index] -=
                    settings.rate * first[index] / firstLeft
                    / ((second[index] / secondLeft).squareRoot() + 1e-8)
            }
        }
        return weights
    }

    /// The gradient of the mean loss of both classes.
    private func slope(at weights: [Double]) -> [Double] {
        let bias = weights.count - 1
        let harms = Double(harmful.count { $0 })
        let shares = (harmful: 0.5 / harms, safe: 0.5 / (Double(harmful.count) - harms))
        var gradient = [Double](repeating: 0, count: weights.count)
        var start = 0
        for row in ends.indices {
            var sum = weights[bias]
            for index in start..<ends[row] { sum += weights[words[index]] }
            let probability = 1 / (1 + exp(-sum))
            let error = harmful[row] ? shares.harmful * (probability - 1) : shares.safe * probability
            for index in start..<ends[row] { gradient[words[index]] += error }
            gradient[bias] += error
            start = ends[row]
        }
        return gradient
    }
}
