/// Blanks as marks within words, the "metaspace" of SentencePiece.
struct BlankMarks: Sendable, Equatable {
    /// Where a mark is put before text that does not begin with one.
    enum Beginning: String, Sendable, CaseIterable {
        /// Before the text alone.
        case first
        /// Before whatever lies between added tokens.
        case always
        /// Nowhere.
        case never
    }

    /// What stands for a blank, U+2581 in every published file.
    var mark: Unicode.Scalar = "\u{2581}"
    /// Where a mark is put before text.
    var beginning: Beginning = .always
    /// Whether text is cut before each mark.
    var splits = true

    /// The marked text, cut where that is asked for.
    func pieces(_ text: TracedScalars) -> [TracedScalars] {
        var text = text.replacing([" "], [mark])
        if let first = text.scalars.first, first != mark,
            beginning == .always || (beginning == .first && text.origins[0] == 0)
        {
            text = text.prepended(String(Character(mark)))
        }
        guard splits else { return [text] }
        var starts = text.scalars.indices.filter { $0 == 0 || text.scalars[$0] == mark }
        starts.append(text.scalars.count)
        return zip(starts, starts.dropFirst()).map { text.part($0..<$1) }
    }
}
