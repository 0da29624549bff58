import Agents
import Foundation
import LanguageModels
import Rules
import Storage
import Tensors
import Testing

/// A model whose next token depends on those before it by a table.
private struct TableModel: NextTokenModel {
    /// Token laws by the letters before them, such as `0,1`.
    let laws: [String: [Double]]
    let size: Int
    var texts: [Int: [Int32]] = [:]

    func law(after letters: some Sequence<Int32>) -> [Double]? {
        laws[letters.map { "\($0)" }.joined(separator: ",")]
    }

    mutating func extend(
        _ tokens: PackedTokens, of sequences: [Int], _ use: (Int, UnsafeBufferPointer<Float>) -> Void
    ) {
        for (row, sequence) in sequences.enumerated() {
            let start = tokens.starts[row]
            texts[sequence, default: []] += tokens.tokens[start..<start + tokens.lengths[row]]
            // The prompt and the beginning of the call come first.
            let law = law(after: (texts[sequence] ?? []).dropFirst(2)) ?? []
            var logits = [Float](repeating: 0, count: size)
            for (token, share) in law.enumerated() { logits[token] = Float(log(share)) }
            logits.withUnsafeBufferPointer { use(row, $0) }
        }
    }

    mutating func shorten(_ sequence: Int, to length: Int) {
        texts[sequence] = texts[sequence].map { Array($0.prefix(length)) }
    }
}

/// A toy of the table: its calls are `f` with a text of some letters, and rules allow some of them.
private struct Toy {
    let model: TableModel
    let letters: Int
    let length: Int
    let allowed: [String]
    let grammar: ToolGrammar
    let rules: RuleFile
    let vocabulary: TokenVocabulary
    let row: JSONValue

    init(_ row: JSONValue) throws {
        self.row = row
        (letters, length) = (row["vocabulary"]?.number?.int ?? 0, row["length"]?.number?.int ?? 0)
        var laws: [String: [Double]] = [:]
        for member in row["conditionals"]?.members ?? [] { laws[member.key] = Self.numbers(member.value) }
        allowed = (row["allowed"]?.elements ?? []).map { word in
            (word.elements ?? []).map { Self.letter($0.number?.int ?? 0) }.joined()
        }
        let last = Self.letter(letters - 1)
        grammar = try GuardedTools.grammar(
            #"[{"name":"f","parameters":{"type":"object","required":["x"],"properties":"#
                + #"{"x":{"type":"string","pattern":"[a-\#(last)]{\#(length)}"}}}}]"#)
        let condition = allowed.map { "v == \"\($0)\"" }.joined(separator: " or ")
        rules = try GuardedTools.rules("call f(x: text)\nrule allowed: each f(x: v): \(condition)\n")
        let words = (0..<letters).map(Self.letter) + [#"{"name":"f","arguments":{"x":""#, #""}}"#, ""]
        vocabulary = TokenVocabulary(bytes: words.map { Array($0.utf8) }, endTokens: [Int32(letters + 2)])
        model = TableModel(laws: laws, size: words.count)
    }

    static func letter(_ number: Int) -> String { String(UnicodeScalar(UInt8(97 + number))) }
    static func numbers(_ value: JSONValue?) -> [Double] {
        (value?.elements ?? []).map { $0.number?.double ?? .nan }
    }

    func reply(_ mode: GuardMode, _ limits: CallLimits) throws -> GuardedReply {
        var (values, words) = (CallValues(), [""])
        for _ in 0..<length { words = words.flatMap { word in (0..<letters).map { word + Self.letter($0) } } }
        values["f", "x"] = words.map { .text($0) }
        return try CallGuard(rules, grammar, mode: mode, limits: limits).reply(
            RuleMonitor(rules), in: TraceStep(for: rules), masks: TokenMasks(grammar, vocabulary),
            values: values)
    }

    /// The law of the constraint's calls, each token's law renormalised over what is allowed, and of those that were not
    /// rejected in the first draw; the mass that was not.
    func law(of reply: GuardedReply) -> (law: [Double], mass: Double) {
        var masses = [String: Double]()
        func walk(_ reply: GuardedReply, _ written: [Int32], _ mass: Double) {
            var (reply, mask) = (reply, TokenMask(size: vocabulary.size))
            reply.allowed(into: &mask)
            let law = model.law(after: written)
            let shares = mask.tokens.map { token in
                Int(token) < letters ? law?[Int(token)] ?? 0 : 1
            }
            let total = shares.reduce(0, +)
            for (token, share) in zip(mask.tokens, shares) {
                var next = reply
                let written = written + (Int(token) < letters ? [token] : [])
                switch next.accept(token) {
                case .accepted: walk(next, written, mass * share / total)
                case .rejected: break
                case .ended:
                    masses[written.map { Self.letter(Int($0)) }.joined(), default: 0] += mass * share / total
                }
            }
        }
        walk(reply, [], 1)
        let mass = masses.values.reduce(0, +)
        return (allowed.map { (masses[$0] ?? 0) / mass }, mass)
    }
}

@Suite struct ConstrainedDrawTests {
    private static let modes: [(GuardMode, String)] = [(.resample, "rejection"), (.mask, "mask")]

    private static func toys() throws -> [Toy] {
        try (GuardedTools.json("constrained_draws.json").elements ?? []).map { try Toy($0) }
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    }

    @Test func theLawsAreTheGoldenOnes() throws {
        let toys = try Self.toys()
        #expect(toys.count >= 6)
        for toy in toys {
            var laws: [[Double]] = []
            for (mode, key) in Self.modes {
                let (law, mass) = toy.law(of: try toy.reply(mode, CallLimits()))
                let wanted = Toy.numbers(toy.row[key])
                #expect(zip(law, wanted).allSatisfy { abs($0 - $1) <= 1e-12 }, "\(key)")
                let accepted = mode == .resample ? toy.row["accepted"]?.number?.double ?? .nan : 1
                #expect(abs(mass - accepted) <= 1e-12)
                laws.append(law)
            }
            let distance = toy.row["distance"]?.number?.double ?? .nan
            #expect(abs(Self.distance(laws[0], laws[1]) - distance) <= 1e-12)
            #expect(0.08...0.48 ~= distance)
        }
    }

    /// Draws of each toy and law: `SAFERL_DRAWS`, 200,000 in the campaign.
    private static var draws: Int {
        ProcessInfo.processInfo.environment["SAFERL_DRAWS"].flatMap { Int($0) } ?? 2_000
    }

    @Test func theDecoderDrawsFromTheLaws() throws {
        var limits = CallLimits()
        (limits.redraws, limits.tabooFrom) = (100_000, nil)
        var options = SamplingOptions()
        options.mostTokens = 8
        // 0.01 at 200,000 draws; the distance of a sample falls with the root of its size.
        let bound = 0.01 * (200_000 / Double(Self.draws)).squareRoot()
        var largest = 0.0
        for (number, toy) in try Self.toys().enumerated() {
            let places = Dictionary(uniqueKeysWithValues: zip(toy.allowed, toy.allowed.indices))
            for (mode, key) in Self.modes {
                let reply = try toy.reply(mode, limits)
                var counts = [Double](repeating: 0, count: toy.allowed.count)
                for first in stride(from: 0, to: Self.draws, by: 500) {
                    var (model, replies) = (toy.model, [GuardedReply](repeating: reply, count: 500))
                    let prompts = [[Int32]](repeating: [Int32(toy.letters + 2)], count: 500)
                    let written = try options.generate(
                        from: &model, prompts, constraints: &replies, seed: UInt64(number),
                        firstStream: UInt32(first))
                    #expect(written.allSatisfy { $0.ending == .ended })
                    for reply in replies {
                        guard case .call(let call) = reply.outcome,
                            let place = places[call.arguments["x"]?.string ?? ""]
                        else { throw TestFault("a call that is not allowed: \(reply.outcome)") }
                        counts[place] += 1
                    }
                }
                let total = counts.reduce(0, +)
                let distance = Self.distance(counts.map { $0 / total }, Toy.numbers(toy.row[key]))
                #expect(distance < bound, "\(number) \(key)")
                largest = max(largest, distance)
            }
        }
        print(
            "constrained draws: \(Self.draws) of each law, largest total variation \(largest), bound \(bound)"
        )
    }
}

struct TestFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
