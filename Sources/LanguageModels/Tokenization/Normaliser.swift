/// What is done to text between added tokens before it is cut into pieces, step by step.
struct Normaliser: Sendable, Equatable {
    /// One step.
    enum Step: Sendable, Equatable {
        /// Normalisation Form C.
        case composed
        /// Puts a text before one that is not empty.
        case prepend(String)
        /// Puts a text for each occurrence of another, from left to right.
        case replace(String, with: String)
    }

    /// How many times longer than the text the result may be: the sentence pieces of LLaMA 2 need twice.
    static let mostGrowth = 64

    /// The steps in order.
    var steps: [Step] = []

    /// The normalised text; each scalar knows where it comes from as the reference implementation counts.
    func callAsFunction(_ text: TracedScalars) -> TracedScalars {
        steps.reduce(text) { text, step in
            switch step {
            case .composed: text.composed()
            case .prepend(let prefix): text.prepended(prefix)
            case .replace(let pattern, let content):
                text.replacing(Array(pattern.unicodeScalars), Array(content.unicodeScalars))
            }
        }
    }

    /// How many times longer text becomes at most; saturates.
    var growth: Int {
        steps.reduce(1) { growth, step in
            switch step {
            case .composed: growth
            case .prepend(let prefix): Self.product(growth, 1 + prefix.unicodeScalars.count)
            case .replace(let pattern, let content): Self.growth(growth, pattern, content)
            }
        }
    }

    /// A growth after a replacement.
    static func growth(_ growth: Int, _ pattern: String, _ content: String) -> Int {
        let (old, new) = (max(pattern.unicodeScalars.count, 1), content.unicodeScalars.count)
        return product(growth, max(1, (new + old - 1) / old))
    }

    private static func product(_ a: Int, _ b: Int) -> Int {
        let (product, overflows) = a.multipliedReportingOverflow(by: b)
        return overflows ? .max : product
    }
}

extension TracedScalars {
    /// The text behind a prefix that comes from its first scalar; nothing is put before nothing.
    func prepended(_ prefix: String) -> TracedScalars {
        guard let first = origins.first else { return self }
        let added = Array(prefix.unicodeScalars)
        return TracedScalars(
            scalars: added + scalars, origins: Array(repeating: first, count: added.count) + origins)
    }

    /// The text with each occurrence of a pattern replaced; what is put there comes from the last scalar replaced.
    func replacing(_ pattern: [Unicode.Scalar], _ content: [Unicode.Scalar]) -> TracedScalars {
        guard let first = pattern.first, scalars.contains(first) else { return self }
        var result = TracedScalars()
        result.scalars.reserveCapacity(scalars.count)
        result.origins.reserveCapacity(scalars.count)
        var place = 0
        while place < scalars.count {
            if scalars[place] == first, scalars[place...].starts(with: pattern) {
                place += pattern.count
                for scalar in content { result.append(scalar, from: origins[place - 1]) }
            } else {
                result.append(scalars[place], from: origins[place])
                place += 1
            }
        }
        return result
    }
}
