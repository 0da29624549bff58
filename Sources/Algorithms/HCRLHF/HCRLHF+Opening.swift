import Foundation
import SafeRL
import Storage

extension HCRLHF {
    /// Opens preference files, or takes the run's environment for the task, or draws pairs of the grammar.
    ///
    /// - Throws: `PreferenceError`; `OptionIssue` for an environment that takes no responses.
    public static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?,
        earlier: String?
    ) throws -> OpenedData<LanguageData>? {
        let opened = try opened(run, options, environment, earlier)
        if options.model.directory.isEmpty { return opened }
        return OpenedData(
            opened.data.joined(with: try decoderFiles(at: options.model.directory)), place: opened.place,
            summary: opened.summary, subject: opened.subject)
    }

    /// What a decoder's directory or file holds, so that a run never goes on with another one; nothing where it cannot be read,
    /// which opening the decoder will say better.
    static func decoderFiles(at directory: String) throws -> [String] {
        if fileKind(directory, following: true) == .file {
            return ["gguf", try fileDigest(directory).sha256]
        }
        let contents = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let names = contents.filter {
            $0.hasSuffix(".json") || $0.hasSuffix(".safetensors")
        }
        return try names.sorted().flatMap { [$0, try fileDigest(directory + "/" + $0).sha256] }
    }

    private static func opened(
        _ run: RunConfiguration, _ options: Configuration, _ environment: NamedEnvironment?,
        _ earlier: String?
    ) throws -> OpenedData<LanguageData> {
        if !run.evaluation.environment.isEmpty && run.evaluation.environment != run.environment {
            throw OptionIssue(
                "evaluation.environment",
                "the policy acts in no other environment than that of its task. Write \"\".")
        }
        if run.data.file.isEmpty && options.files.areNone {
            guard !run.environment.isEmpty else { return synthetic(run, options.synthetic) }
            guard let task = environment?.type?.tokenTask else {
                throw OptionIssue(
                    "environment",
                    "takes no responses of tokens. Name one that does, such as \"hazard-tokens\", or a data file."
                )
            }
            return opened(task)
        }
        if !run.environment.isEmpty {
            throw OptionIssue("environment", "contradicts files of preferences. Leave one of them out.")
        }
        return try files(run, options.files, earlier)
    }

    private static func opened<Task: TokenTask>(_ task: Task.Type) -> OpenedData<LanguageData> {
        OpenedData(
            LanguageData(task), place: "responses in \(Task.name)",
            summary: "responses in \(Task.name), whose true rewards and costs are known", subject: Task.name)
    }

    private static func synthetic(
        _ run: RunConfiguration, _ options: SyntheticOptions
    ) -> OpenedData<LanguageData> {
        let seed = run.data.collect.seed
        var place = "synthetic preferences: \(options.pairs) pairs, seed \(seed)"
        if options.corrupted > 0 { place += ", corrupted \(options.corrupted)" }
        if options.demonstrations > 0 { place += ", \(options.demonstrations) demonstrations" }
        return OpenedData(
            LanguageData(
                synthetic: options.pairs, seed: seed, corrupted: options.corrupted,
                demonstrations: options.demonstrations), place: place, summary: place,
            subject: "synthetic")
    }

    private static func files(
        _ run: RunConfiguration, _ files: PreferenceFiles, _ earlier: String?
    ) throws -> OpenedData<LanguageData> {
        var (pairs, left) = ([JudgedPair](), 0)
        func add<Row>(_ read: PreferenceRows<Row>, _ judged: (Row) -> JudgedPair) {
            pairs += read.rows.map(judged)
            left += read.rejected.count
        }
        let main = [run.data.file, earlier ?? run.data.file].first {
            FileManager.default.fileExists(atPath: $0)
        }
        if !run.data.file.isEmpty {
            add(try PreferenceFile(main ?? run.data.file).safetyPairs(), JudgedPair.init(_:))
        }
        if !files.helpfulness.isEmpty {
            add(try PreferenceFile(files.helpfulness).dialoguePairs(), JudgedPair.init(helpful:))
        }
        if !files.harmlessness.isEmpty {
            add(try PreferenceFile(files.harmlessness).dialoguePairs(), JudgedPair.init(harmless:))
        }
        let demonstrations =
            files.demonstrations.isEmpty ? [] : try PreferenceFile(files.demonstrations).demonstrations()
        let first = [main ?? "", files.harmlessness, files.helpfulness].first { !$0.isEmpty } ?? ""
        guard !pairs.isEmpty else {
            throw OptionIssue("data.file", "\(oneLine(first)) has no row that can be learned from.")
        }
        let place = URL(fileURLWithPath: first).standardizedFileURL.path
        let skipped = left == 0 ? "" : ", \(left) rows left out"
        let empty =
            pairs.count { $0.answers.contains(where: \.isBlank) } + demonstrations.count { $0.answer.isBlank }
        let silent = empty == 0 ? "" : ", \(empty) with an empty answer"
        return OpenedData(
            LanguageData(pairs, demonstrations: demonstrations), place: place,
            summary: "\(place) (\(pairs.count) pairs\(silent)\(skipped))",
            subject: subject(of: first))
    }

    private static func subject(of path: String) -> String {
        let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
        let plain = name.unicodeScalars.map {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
                ? String(Character($0)) : "-"
        }
        return plain.isEmpty ? "preferences" : plain.joined()
    }
}

extension String {
    /// Whether there is nothing but white space.
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
