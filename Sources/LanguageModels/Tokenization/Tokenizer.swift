import Storage

/// Text as tokens.
public struct TokenizedText: Sendable, Equatable {
    /// The ids, in order.
    public private(set) var ids: [Int32] = []
    /// For each token the Unicode scalars of the text that it covers; a token that covers a part of one covers it.
    ///
    /// Tokens that a template adds cover nothing.
    public private(set) var ranges: [Range<Int>] = []

    mutating func append(_ id: Int32, _ range: Range<Int>) {
        ids.append(id)
        ranges.append(range)
    }
}

/// Byte-pair encoding as `tokenizer.json` describes it: of bytes in the styles of GPT-2, Qwen2 and Llama 3, or of
/// characters in that of LLaMA 2, where what has no token becomes its bytes.
///
/// Vocabulary and merges are keyed by bytes and text is walked by Unicode scalars, so that letters which only look
/// alike stay different. Every text has an encoding; bytes that a vocabulary lacks, such as those of control characters, are left out of it. Truncation and padding of the file are not applied: batches are
/// made elsewhere.
///
/// - SeeAlso: Sennrich et al. 2016, arXiv:1508.07909.
public struct Tokenizer: Sendable {
    /// One step of the preparation of text between added tokens.
    enum Step: Sendable, Equatable {
        case split(SplitPattern)
        /// Every scalar of category N by itself.
        case digits
        /// Puts a blank before a piece that does not begin with one.
        case blankBefore
        /// Puts a mark for each blank.
        case marks(BlankMarks)
    }

    var model: BytePairs
    var added: AddedTokens
    var normaliser: Normaliser
    var decoding: TokenDecoding
    var steps: [Step] = []
    /// Ids before and behind the text.
    var template: (before: [Int32], behind: [Int32]) = ([], [])
    /// Whether ranges of tokens leave out blanks at their ends, and whether the first keeps one.
    var trimming: (trims: Bool, keepsFirst: Bool) = (false, false)

    init(
        _ model: BytePairs, added: [AddedToken], _ normaliser: Normaliser = Normaliser(), steps: [Step],
        _ decoding: TokenDecoding = .byteLevel
    ) {
        (self.model, self.normaliser, self.steps, self.decoding) = (model, normaliser, steps, decoding)
        self.added = AddedTokens(added, normaliser)
    }

    /// How many rows an embedding needs: the largest id and one.
    public var vocabularySize: Int { max(model.tokens.count, Int(added.tokens.last?.id ?? -1) + 1) }

    /// The added tokens, in order of id.
    public var addedTokens: [AddedToken] { added.tokens }

    /// The id of a token as files write it, such as `Ġthe` or `</s>`.
    public func id(of token: String) -> Int32? { added.id(of: token) ?? model.id(of: token) }

    /// A token as files write it; nil where no token has the id.
    public func token(_ id: Int32) -> String? { added.text(of: id) ?? model.token(id) }

    /// Turns text into tokens, in time n log n at most.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - addingTemplate: puts the ids that the file asks for around the text, such as the beginning of Llama 3.
    ///   - recognisingSpecialTokens: false reads `</s>` in the text as four characters, for text of strangers.
    /// - Returns: the tokens in order.
    public func encode(
        _ text: String, addingTemplate: Bool = true, recognisingSpecialTokens: Bool = true
    ) -> TokenizedText {
        var result = TokenizedText()
        if addingTemplate { for id in template.before { result.append(id, 0..<0) } }
        encode(TracedScalars(text), to: &result) { _ in recognisingSpecialTokens }
        if addingTemplate { for id in template.behind { result.append(id, 0..<0) } }
        return result
    }

    /// Turns the text of a conversation into tokens.
    ///
    /// Special tokens are found in the template's own text alone; where a scalar from outside is part of one, it is text. Nothing is
    /// put around the text: the template has what belongs there.
    public func encode(_ chat: ChatText) -> TokenizedText {
        var result = TokenizedText()
        encode(TracedScalars(chat.string), to: &result) { !$0.contains(where: chat.isOutside) }
        return result
    }

    // Special tokens stand where `recognises` says so of places in the whole text.
    private func encode(
        _ whole: TracedScalars, to result: inout TokenizedText, recognises: (Range<Int>) -> Bool
    ) {
        for (range, token) in added.split(
            whole.scalars[...], isNormalised: false, recognisesSpecial: recognises)
        {
            if let token {
                append(token.id, range, whole, to: &result)
            } else {
                encodeNormalised(whole.part(range), to: &result, recognises)
            }
        }
    }

    private func encodeNormalised(
        _ part: TracedScalars, to result: inout TokenizedText, _ recognises: (Range<Int>) -> Bool
    ) {
        let part = normaliser(part)
        for (range, token) in added.split(
            part.scalars[...], isNormalised: true,
            recognisesSpecial: {
                recognises(part.origins[$0.lowerBound]..<part.origins[$0.upperBound - 1] + 1)
            })
        {
            if let token {
                append(token.id, range, part, to: &result)
            } else {
                for piece in pieces(part.part(range)) { encode(piece, to: &result) }
            }
        }
    }

    private func pieces(_ part: TracedScalars) -> [TracedScalars] {
        var pieces = [part]
        for step in steps {
            switch step {
            case .split(let pattern):
                pieces = pieces.flatMap { piece in
                    pattern.pieces(piece.scalars[...]).map { piece.part($0) }
                }
            case .digits: pieces = pieces.flatMap { Self.digitsApart($0) }
            case .blankBefore: for index in pieces.indices { pieces[index].putBlankBefore() }
            case .marks(let marks): pieces = pieces.flatMap { marks.pieces($0) }
            }
        }
        return pieces
    }

    private static func digitsApart(_ piece: TracedScalars) -> [TracedScalars] {
        var (parts, start) = ([TracedScalars](), 0)
        for (place, scalar) in piece.scalars.enumerated() where SplitPattern.isNumber(scalar) {
            if start < place { parts.append(piece.part(start..<place)) }
            parts.append(piece.part(place..<place + 1))
            start = place + 1
        }
        if start < piece.scalars.count { parts.append(piece.part(start..<piece.scalars.count)) }
        return parts
    }

    private func encode(_ piece: TracedScalars, to result: inout TokenizedText) {
        model.encode(piece.scalars) { id, places in append(id, places, piece, to: &result) }
    }

    private func append(
        _ id: Int32, _ range: Range<Int>, _ part: TracedScalars, to result: inout TokenizedText
    ) {
        var start = part.origins[range.lowerBound]
        var end = part.origins[range.upperBound - 1] + 1
        if trimming.trims {
            let blanks = Self.blanks(token(id) ?? "")
            let isFirst = result.ids.isEmpty || start == 0
            // One blank at the very front may be the one that was put there.
            let keeps = trimming.keepsFirst && isFirst && blanks.before == 1
            start = min(start + (keeps ? 0 : blanks.before), end)
            if end >= blanks.behind { end = max(end - blanks.behind, start) }
        }
        result.append(id, start..<end)
    }

    private static func blanks(_ token: String) -> (before: Int, behind: Int) {
        let isBlank = token.unicodeScalars.map { $0 == "\u{120}" || $0.properties.isWhitespace }
        return (isBlank.prefix { $0 }.count, isBlank.reversed().prefix { $0 }.count)
    }

    /// Turns tokens into text; bytes that are no UTF-8 become U+FFFD, ids without a token nothing.
    ///
    /// - Parameters:
    ///   - ids: any ids.
    ///   - skippingSpecialTokens: leaves out special tokens.
    /// - Returns: the text.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false) -> String {
        let kept = ids.filter { !skippingSpecialTokens || added[$0]?.isSpecial != true }
        guard case .steps(let steps) = decoding else {
            return String(decoding: kept.flatMap { bytes($0) }, as: UTF8.self)
        }
        let texts = kept.compactMap { token($0) }.map { Array($0.unicodeScalars) }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: steps.reduce(texts) { $1($0) }.joined())
        return String(text)
    }

    /// The bytes that a token of a byte-level vocabulary stands for, which may end inside a character.
    private func bytes(_ id: Int32) -> [UInt8] {
        if let text = added.text(of: id) { return ByteAlphabet.bytes(text) ?? Array(text.utf8) }
        return id >= 0 && id < model.tokens.count ? model.tokens[Int(id)] ?? [] : []
    }

    /// The same tokenizer with those of some special tokens that it lacks, behind the last id.
    ///
    /// An embedding needs a row for each: `vocabularySize` says how many there are now.
    public func adding(specialTokens: [String]) -> Tokenizer {
        var tokenizer = self
        var tokens = added.tokens
        for content in specialTokens where id(of: content) == nil {
            tokens.append(AddedToken(content, id: Int32(vocabularySize + tokens.count - added.tokens.count)))
        }
        tokenizer.added = AddedTokens(tokens, normaliser)
        return tokenizer
    }
}

extension TracedScalars {
    func part(_ range: Range<Int>) -> TracedScalars {
        TracedScalars(scalars: Array(scalars[range]), origins: Array(origins[range]))
    }

    mutating func putBlankBefore() {
        guard let first = scalars.first, first != " " else { return }
        scalars.insert(" ", at: 0)
        origins.insert(origins[0], at: 0)
    }
}
