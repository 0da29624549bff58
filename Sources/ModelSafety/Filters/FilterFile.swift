import Alignment
import Storage

/// A file or directory that is a filter of prompts.
public enum FilterFile {
    /// What a filter that is a model, or stands on one, is asked with.
    public struct Settings: Sendable, Hashable {
        /// The model whose states a stream head reads; nothing where no head is opened.
        public var model: String?
        /// What becomes of what is controversial.
        public var policy: GuardPolicy
        /// The probability from which on a prompt is flagged, in (0, 1]; ½ without it.
        public var threshold: Double?

        /// Asks a guard with its own word for what is controversial.
        public init(model: String? = nil, policy: GuardPolicy = .strict, threshold: Double? = nil) {
            (self.model, self.policy, self.threshold) = (model, policy, threshold)
        }
    }

    /// Opens it: a file that begins with `{` is a word filter, safetensors are a decoder filter or a stream head, all else is a model
    /// that is asked by a prompt.
    ///
    /// - Parameters:
    ///   - path: of the file or directory.
    ///   - settings: of a guard.
    /// - Returns: the filter.
    /// - Throws: `FilterError` where settings do not fit what the file is; the errors of the file.
    public static func open(
        _ path: String, _ settings: Settings = Settings()
    ) throws -> any PromptFilter {
        let isWords =
            try fileKind(path, following: true) == .file
            && beginningOfFile(path, limit: 1) == [UInt8(ascii: "{")]
        if isWords || DecoderFilter.isFilter(path) {
            let given = [
                ("model", settings.model != nil), ("loose", settings.policy == .loose),
                ("threshold", settings.threshold != nil),
            ]
            if let idle = given.first(where: \.1) {
                throw FilterUse(
                    "--\(idle.0) has no effect with \(path), a filter that was trained for its own border. Leave it out."
                )
            }
            return isWords ? try WordFilter(contentsOf: path) : try DecoderFilter(contentsOf: path)
        }
        if StoredHead.isHead(path) {
            guard let model = settings.model else {
                throw FilterUse(
                    "\(path) is a stream head, which reads the states of a model. Name the model by --model.")
            }
            let stored = try StoredHead(contentsOf: path)
            let frozen = try FrozenModel(model)
            try stored.check(frozen.file, path: path)
            return try HeadFilter(
                stored, of: frozen, policy: settings.policy, threshold: settings.threshold ?? 0.5)
        }
        if settings.model != nil {
            throw FilterUse("--model has no effect with \(path), which is no stream head. Leave it out.")
        }
        return try PromptedFilter(path, policy: settings.policy, threshold: settings.threshold ?? 0.5)
    }
}

/// Settings that do not fit a filter.
public struct FilterUse: Fault, Equatable {
    /// What is wrong and what to do.
    public let message: String
    /// The call.
    public var kind: FaultKind { .usage }
    /// One line.
    public var description: String { oneLine(message) }

    init(_ message: String) { self.message = message }
}
