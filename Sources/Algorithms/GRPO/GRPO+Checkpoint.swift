import LanguageModels
import Networks
import SafeRL
import Storage

extension GRPO {
    /// The content of a decoder's files is part of the data's identity.
    public static var fileOptions: [String] { ["model.directory"] }

    /// Refused.
    public static func growth(of configuration: Configuration) -> TrainingGrowth {
        .refused("the policy's step sizes depend on schedule.steps, and its test is spent")
    }

    /// The decoders with their optimisers; of batches what the tape keeps of one row.
    public static func memoryNeed(of c: Configuration, on data: TextTaskData) -> MemoryNeed {
        HCRLHF.decoderNeed(
            c.model, models: 2, sequences: max(c.prompts * c.samples, c.test.batch),
            rows: ("fineTuning.batch", c.fineTuning.batch), tokens: c.sampling.tokens)
    }

    /// Takes the environment for the task.
    ///
    /// - Throws: `OptionIssue` for an environment that is answered with no text.
    public static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?,
        earlier: String?
    ) throws -> OpenedData<TextTaskData>? {
        if !run.data.file.isEmpty {
            throw OptionIssue("data.file", "is not read: requests come from the environment. Write \"\".")
        }
        guard let task = environment?.type?.textTask else {
            throw OptionIssue(
                "environment", "is answered with no text. Name one that is, such as \"consent\".")
        }
        if !run.evaluation.environment.isEmpty && run.evaluation.environment != run.environment {
            throw OptionIssue(
                "evaluation.environment",
                "the policy answers no other requests than those of its task. Write \"\".")
        }
        guard task.splits.contains(options.test.split) else {
            throw OptionIssue(
                "grpo.test.split",
                "\(quoted(options.test.split)) is no split of \(task.name). Write "
                    + task.splits.map { quoted($0) }.joined(separator: ", ") + ".")
        }
        var data = TextTaskData(
            task, demonstrations: options.demonstrations, seed: run.data.collect.seed)
        if !options.model.directory.isEmpty {
            data = data.joined(with: try HCRLHF.decoderFiles(at: options.model.directory))
        }
        let place = "\(options.demonstrations) demonstrations of \(task.name), seed \(run.data.collect.seed)"
        return OpenedData(data, place: place, summary: place, subject: task.name)
    }

    // MARK: - Parts

    /// A policy before its first update: the reference.
    func freshPolicy(in updates: Int) throws -> GroupPolicy {
        try GroupPolicy(
            GroupPolicy.Inputs(
                task: data.task, text: text, reference: fineTuning.model, options: options,
                sampling: sampling, updates: updates, seed: seed))
    }

    /// The test with its requests.
    func openTest() -> AnswerTest { AnswerTest(data.task, options.test, text, sampling, seed: seed) }

    // MARK: - Policies

    /// No environment takes text.
    public var hasPolicy: Bool { false }

    /// Refused: the policy writes text.
    ///
    /// - Throws: `WritesText`.
    public func makePolicy() throws -> any Policy { throw WritesText() }

    /// Refused likewise.
    ///
    /// - Throws: `WritesText`.
    public static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> any Policy
    { throw WritesText() }

    // MARK: - State

    private struct Progress: Codable {
        var hasPolicy, hasTest: Bool
    }

    /// Stores the reference; policy and test are stored by their stages.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store("grpo.progress", Progress(hasPolicy: policy != nil, hasTest: test != nil))
        try fineTuning.save(to: &checkpoint)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        let progress = try checkpoint.value("grpo.progress", as: Progress.self)
        if progress.hasTest && !progress.hasPolicy {
            throw checkpoint.unsound(
                "grpo.progress", UnsoundValue("it has a test of a policy that it does not have"))
        }
        try fineTuning.load(from: checkpoint)
    }

    func loadPolicy(of updates: Int, from checkpoint: CheckpointReader) throws {
        guard try checkpoint.value("grpo.progress", as: Progress.self).hasPolicy else { return }
        policy = try freshPolicy(in: updates)
        try policy?.load(from: checkpoint)
    }

    func loadTest(from checkpoint: CheckpointReader) throws {
        guard try checkpoint.value("grpo.progress", as: Progress.self).hasTest else { return }
        test = openTest()
        try test?.load(from: checkpoint)
    }

    /// Writes the policy as a hub directory with its tokenizer and a chat template, or its adapters in their usual layout.
    ///
    /// - Throws: `StorageError`.
    public func export(to directory: String) throws {
        guard let policy else { preconditionFailure("an export without policy") }
        try policy.learner.export(to: directory, of: options.model.directory, text.tokenizer)
        if let template = chatTemplate {
            try SystemFiles().replaceFile(directory + "/chat_template.jinja", with: Array(template.utf8))
        }
    }

    /// A template that writes conversations as training does; nothing for a decoder whose texts begin with tokens of another kind.
    private var chatTemplate: String? {
        let before = text.tokenizer.encode("", recognisingSpecialTokens: false).ids
        let begin = policy?.learner.backbone.description.beginToken
        guard before.isEmpty || before == [begin].compactMap({ $0 }) else { return nil }
        return (before.isEmpty ? "" : "{{ bos_token }}") + """
            {{ 'BEGINNING OF CONVERSATION: ' }}{% for message in messages %}\
            {% if message['role'] == 'user' %}{{ 'USER: ' + message['content'] + ' ASSISTANT:' }}\
            {% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}\
            {% else %}{{ raise_exception('It was trained without words of a system.') }}{% endif %}{% endfor %}
            """
    }
}
