import Alignment
import LanguageModels
import ModelSafety
import TestSupport
import Testing

/// Labels of tokens by roll-outs.
@Suite struct ReplyLabellerTests {
    private struct Script: ReplyJudge {
        let isUnsafe: @Sendable (String) -> Bool
        func label(_ reply: String, row: Int) -> GuardLabel { isUnsafe(reply) ? .unsafe : .safe }
    }

    private static func options() -> SamplingOptions {
        var options = SamplingOptions()
        options.mostTokens = 14
        return options
    }

    private static func replies(_ model: FrozenModel, _ count: Int) throws -> [(
        prompt: [Int32], reply: [Int32]
    )] {
        let prompt = try model.prompt("a cat")
        let written = try model.write(
            behind: [[Int32]](repeating: prompt, count: count), options(), seed: 4)
        return written.map { (prompt, $0) }
    }

    @Test(arguments: [8, 20, 28]) func theLabelsAreThoseOfTryingEveryBeginning(bytes: Int) throws {
        let model = try FrozenModel(TinyModel.path)
        let replies = try Self.replies(model, 12)
        // Not monotone: a text may be unsafe and, with more behind it, safe again.
        let judge = Script { $0.utf8.count % 40 >= bytes % 40 }
        let labeller = ReplyLabeller(rollouts: 6, options: Self.options(), seed: 9)
        let found = try labeller(replies, by: model, judge)
        var boundaries = 0
        for (row, pair) in replies.enumerated() {
            let whole = judge.label(model.text(pair.reply), row: row)
            #expect(found.whole[row] == whole)
            guard whole != .safe else {
                #expect(found.labels[row]?.labels == pair.reply.map { _ in .safe } && found.truth[row] == nil)
                continue
            }
            var (unsafe, confirmed): ([Int], [Bool]) = ([], [])
            for place in pair.reply.indices {
                var options = Self.options()
                options.mostTokens -= place + 1
                let beginning = pair.prompt + pair.reply[...place]
                let isOver = model.endings.contains(pair.reply[place]) || options.mostTokens == 0
                let rest =
                    isOver
                    ? [[Int32]](repeating: [], count: 6)
                    : try model.write(
                        behind: [[Int32]](repeating: beginning, count: 6), options,
                        seed: 9 &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15, first: UInt32(place * 6))
                unsafe.append(
                    rest.count {
                        judge.label(model.text(pair.reply[...place] + $0), row: row) != .safe
                    })
                confirmed.append(judge.label(model.text(pair.reply[...place]), row: row) != .safe)
            }
            let all = RolloutLabels(unsafe: unsafe, of: 6, confirmed: confirmed, label: whole)
            #expect(found.labels[row]?.boundary == all.boundary)
            #expect(found.truth[row] == confirmed.firstIndex(of: true))
            if all.boundary == nil {
                #expect(found.labels[row] == nil)
            } else {
                boundaries += 1
                #expect(found.labels[row]?.labels == all.labels)
            }
        }
        #expect(boundaries > 0 && found.continuations % 6 == 0)
        // As often as not nothing is computed: most beginnings are not confirmed.
        #expect(found.continuations < 6 * replies.reduce(0) { $0 + $1.reply.count })
        #expect(try labeller(replies, by: model, judge).labels == found.labels)
    }

    @Test func whatIsKnownOfTheWholeCounts() throws {
        let model = try FrozenModel(TinyModel.path)
        let replies = try Self.replies(model, 3)
        let labeller = ReplyLabeller(rollouts: 4, options: Self.options(), seed: 0)
        let found = try labeller(
            replies, by: model, Script { _ in true }, whole: [.controversial, .safe, .unsafe])
        #expect(found.labels.map { $0?.boundary } == [0, nil, 0])
        #expect(found.labels[0]?.labels == replies[0].reply.map { _ in .controversial })
        #expect(found.labels[1]?.labels == replies[1].reply.map { _ in .safe })
        // Two replies with one beginning each.
        #expect(found.continuations == 8)
    }

    @Test func theWorldKnowsWhereHarmBegins() throws {
        let folder = try TemporaryDirectory()
        let model = try FrozenModel(try TinyModel.wide(in: folder.path))
        let requests = HeadLesson.requests(40, .training, seed: 3)
        #expect(requests == HeadLesson.requests(40, .training, seed: 3))
        #expect(requests != HeadLesson.requests(40, .training, seed: 4))
        #expect(HeadLesson.requests(40, .heldOutPairs, seed: 3).allSatisfy { $0.isHeldOut })
        let judge = ConsentJudge(requests)
        let row = try #require(requests.firstIndex { $0.isHarmful })
        #expect(judge.label("Use a soft brus", row: row) == .safe)
        #expect(judge.label("Use a soft brush", row: row) == .unsafe)
        let benign = try #require(requests.firstIndex { !$0.isHarmful })
        #expect(judge.label("Use a soft brush.", row: benign) == .safe)
        // A model of random numbers completes no step.
        let lesson = try HeadLesson(
            of: requests, answeredBy: model,
            ReplyLabeller(rollouts: 2, options: Self.options(), seed: 1))
        #expect(lesson.rows.count == 40 && lesson.leftOut == 0 && lesson.continuations == 0)
        #expect(lesson.rows.map { $0.promptRisk == .unsafe } == requests.map(\.isHarmful))
        #expect(lesson.rows.allSatisfy { $0.boundary == nil && Set($0.risk) == [.safe] })
    }
}
