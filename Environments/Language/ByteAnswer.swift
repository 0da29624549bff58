import SafeRL

/// An answer that an environment is given byte by byte, behind a request.
///
/// Observed are the bytes of request and answer, −1 where nothing is written yet. An action has a value for each byte and for the end,
/// of which the largest is written.
struct ByteAnswer: Sendable {
    /// 256 bytes, and the end.
    static let vocabulary = 257
    /// Behind the bytes.
    static let endToken: Int32 = 256

    /// Bytes at most, of the answer with its end.
    let longestRequest, longestResponse: Int
    /// What is asked.
    private(set) var request: [Int32] = []
    /// What was written.
    private(set) var answer: [Int32] = []

    init(longestRequest: Int, longestResponse: Int) {
        (self.longestRequest, self.longestResponse) = (longestRequest, longestResponse)
    }

    /// In each place of a request and an answer any byte, the end, or −1.
    static func values(_ places: Int) -> [Int: [Float]] {
        let written = (-1..<vocabulary).map { Float($0) }
        return Dictionary(uniqueKeysWithValues: (0..<places).map { ($0, written) })
    }

    /// Bytes as text.
    static func text(of bytes: [Int32]) -> String {
        String(decoding: bytes.prefix { $0 < 256 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }

    /// Begins anew.
    mutating func begin(_ request: [Int32]) { (self.request, answer) = (request, []) }

    /// Writes a byte.
    ///
    /// - Returns: whether that ends the answer.
    mutating func write(_ action: Span<Float>) -> Bool {
        let token = Int32(indexOfLargest(action))
        answer.append(token)
        return token == Self.endToken || answer.count >= longestResponse
    }

    func observe(_ observation: inout MutableSpan<Float>) {
        for place in 0..<longestRequest + longestResponse {
            let written = place < request.count ? request[place] : nil
            let own = place - request.count
            observation[place] =
                written.map(Float.init) ?? (own >= 0 && own < answer.count ? Float(answer[own]) : -1)
        }
    }
}
