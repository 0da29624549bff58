import Foundation

/// Which prompts are the same, so that they never lie in two parts of a split.
public enum PromptMatching: String, Codable, Sendable, CaseIterable {
    /// Those that are equal once every turn is in compatibility form (NFKC), in lower case, without characters that are
    /// not shown, and with each run of white space as one blank, none of it at the ends.
    case normalised
    /// Those whose characters are equal, as runs of version 0.1.0 took it.
    case exact

    /// What equal prompts have in common, and no others.
    public func key(of prompt: Dialogue) -> Dialogue {
        switch self {
        case .exact: prompt
        case .normalised: Dialogue(prompt.turns.map(Self.normalised))
        }
    }

    private static func normalised(_ text: String) -> String {
        let shown = String(String.UnicodeScalarView(text.unicodeScalars.filter(isShown)))
        // Lower case can leave the compatibility form, which is restored.
        return shown.precomposedStringWithCompatibilityMapping.lowercased()
            .precomposedStringWithCompatibilityMapping
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Blanks between words have no picture, and count all the same.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.isDefaultIgnorableCodePoint
    }
}
