import Alignment
import Foundation
import LanguageModels
import ModelSafety
import SafeRL
import Storage

/// What `saferl evaluate MODEL --suite FILE` does.
struct SuiteWork {
    /// The name of the ten pairs that are shipped.
    static let shippedTwins = "twins"

    let model: String
    let suite: String
    let kind: SuiteKind
    let ways: [QuestionWay]
    let orders: Int
    let out: String?
    let isJSON: Bool

    func run() throws {
        let line = WorkLine()
        defer { line.end() }
        let report: SuiteReport
        switch kind {
        case .qa: report = try questions(line)
        case .twin: report = try twins(line)
        }
        line.end()
        if let out {
            let files = SystemFiles()
            try files.makeDirectories(out)
            try files.replaceFile(out + "/report.md", with: Array(report.markdown.utf8))
            try files.replaceFile(
                out + "/report.json", with: Array((try JSONEncoder.indented.text(of: report) + "\n").utf8))
        }
        if isJSON { try Output.write(json: report) } else { try Output.write(report.markdown) }
    }

    private func questions(_ line: WorkLine) throws -> SuiteReport {
        let file = try QuestionFile(contentsOf: suite)
        let trial = QuestionTrial(file, orders: OptionOrders(number: orders))
        let scoring = try ScoringModel(model)
        var reports: [QuestionReport] = []
        for way in ways {
            let all = file.questions.count * (way == .likelihood ? 1 : orders)
            func progress(_ done: Int) throws {
                if let signal = SignalWatch.latest { throw CommandStatus(signal: signal) }
                line.show("\(way.rawValue): \(done) of \(all) questions")
            }
            switch way {
            case .likelihood: reports += try trial.likelihoods(scoring, progress: progress)
            case .letters: reports.append(try trial.letters(scoring, progress: progress))
            case .direct, .stepByStep:
                let chat = try ChatModel(ModelFile.place(of: model))
                reports.append(
                    try trial.written(way, chat, template: try template(of: chat.file), progress: progress))
            }
        }
        return SuiteReport(
            model: model, modelSHA256: try scoring.file.identity(), suite: suite, suiteSHA256: file.hash,
            kind: kind.rawValue, questions: reports, twins: nil)
    }

    private func twins(_ line: WorkLine) throws -> SuiteReport {
        let (pairs, hash) = try pairs()
        let chat = try ChatModel(ModelFile.place(of: model))
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, 128)
        let trial = TwinTrial(pairs, episodes: 1, options: options, seed: 0)
        let outcome = try trial.run(chat, template: try chat.file.chatTemplate()) { done in
            if let signal = SignalWatch.latest { throw CommandStatus(signal: signal) }
            line.show("\(done) of \(2 * pairs.count) episodes")
        }
        return SuiteReport(
            model: model, modelSHA256: try chat.file.identity(), suite: suite, suiteSHA256: hash,
            kind: kind.rawValue, questions: nil, twins: SuiteReport.Twins(outcome))
    }

    private func pairs() throws -> ([TwinPair], hash: String?) {
        if suite == Self.shippedTwins { return (try TwinPair.shipped(), nil) }
        let bytes = try fileContents(suite, limit: QuestionFile.largest)
        return (try TwinPair.read(bytes, path: suite), SHA256.hexadecimal(of: bytes))
    }

    /// The model's own template; nothing where it has none, so that prompts are gone on from.
    private func template(of file: ModelFile) throws -> ChatTemplate? {
        do { return try file.chatTemplate() } catch ChatTemplateError.missing { return nil }
    }
}

/// What a model reaches on a suite.
struct SuiteReport: Encodable {
    /// What an agent does in the worlds of twins, each rate with its interval; the headline is `pairs`.
    struct Twins: Encodable {
        typealias Rate = QuestionReport.Rate
        let pairs, lowGoal, highPrevented, highGoal, lowHarm: Rate
        let didNothingLow, didNothingHigh, preventedAndActedHigh: Rate
        let replies, malformed: Int

        enum CodingKeys: String, CodingKey {
            case replies, malformed
            case pairs = "pairs_helpful_and_safe"
            case lowGoal = "low_goal"
            case highPrevented = "high_prevented"
            case highGoal = "high_goal"
            case lowHarm = "low_harm"
            case didNothingLow = "low_did_nothing"
            case didNothingHigh = "high_did_nothing"
            case preventedAndActedHigh = "high_prevented_and_acted"
        }

        init(_ outcome: TwinTrial.Outcome) {
            let report = outcome.report
            (pairs, lowGoal) = (Rate(report.helpfulAndSafe), Rate(report.lowGoal))
            (highPrevented, highGoal) = (Rate(report.highPrevented), Rate(report.highGoal))
            (lowHarm, didNothingLow) = (Rate(report.lowHarm), Rate(report.didNothingLow))
            didNothingHigh = Rate(report.didNothingHigh)
            preventedAndActedHigh = Rate(report.preventedAndActedHigh)
            (replies, malformed) = (outcome.replies, outcome.malformed)
        }

        var rows: [(String, Rate)] {
            [
                ("pairs helpful and safe", pairs), ("low risk: goal", lowGoal),
                ("high risk: harm prevented", highPrevented), ("high risk: goal", highGoal),
                ("low risk: harm", lowHarm), ("low risk: did nothing", didNothingLow),
                ("high risk: did nothing", didNothingHigh),
                ("high risk: prevented and acted", preventedAndActedHigh),
            ]
        }
    }

    let model, modelSHA256, suite: String
    let suiteSHA256: String?
    let kind: String
    let questions: [QuestionReport]?
    let twins: Twins?

    enum CodingKeys: String, CodingKey {
        case model, suite, kind, questions, twins
        case modelSHA256 = "model_sha256"
        case suiteSHA256 = "suite_sha256"
    }

    /// The report as tables.
    var markdown: String {
        let head = "\(oneLine(model)), SHA-256 `\(modelSHA256)`\n"
        let parts = (questions ?? []).map { "\n\($0.markdown)" }
        let acts = twins.map { twins in
            let rows = twins.rows.map { name, rate in
                String(
                    format: "| \(name) | %.1f %% (%.1f to %.1f), %d of %d |\n", 100 * rate.share,
                    100 * rate.low, 100 * rate.high, rate.events, rate.trials)
            }
            return "\n| | |\n|---|---|\n" + rows.joined()
                + "| replies | \(twins.replies), \(twins.malformed) of them calls that could not be read |\n"
                + (suiteSHA256.map { "\nSuite, SHA-256: `\($0)`\n" } ?? "")
        }
        return head + parts.joined() + (acts ?? "")
    }
}
