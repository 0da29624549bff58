import Networks
import Storage

/// A language model as people have it: a directory in hub format, or a GGUF file.
public enum ModelFile: Sendable {
    /// `config.json`, safetensors and `tokenizer.json`.
    case directory(HubCheckpoint)
    /// Everything in one file.
    case file(GGUFCheckpoint)

    /// Opens a directory, or a file as GGUF.
    ///
    /// - Throws: `StorageError`; `HubError`, `SafetensorsError` or `GGUFError`.
    public init(_ path: String) throws {
        self =
            fileKind(path, following: true) == .directory
            ? .directory(try HubCheckpoint(directory: path)) : .file(try GGUFCheckpoint(file: path))
    }

    /// Shapes and constants.
    public var description: DecoderDescription {
        switch self {
        case .directory(let checkpoint): checkpoint.description
        case .file(let checkpoint): checkpoint.description
        }
    }

    /// Where it lies.
    public var path: String {
        switch self {
        case .directory(let checkpoint): checkpoint.path
        case .file(let checkpoint): checkpoint.file.path
        }
    }

    /// Bytes of all tensors as they are stored.
    package func tensorBytes() throws -> Int {
        switch self {
        case .directory(let checkpoint): try checkpoint.tensorBytes()
        case .file(let checkpoint): checkpoint.file.tensors.reduce(0) { $0 + $1.bytes }
        }
    }

    /// The tokenizer beside the weights or in the file.
    ///
    /// - Throws: `StorageError`, `TokenizerError`, or `GGUFError`.
    public func tokenizer() throws -> Tokenizer {
        switch self {
        case .directory(let checkpoint): try Tokenizer(contentsOf: checkpoint.path + "/tokenizer.json")
        case .file(let checkpoint): try Tokenizer(checkpoint.file)
        }
    }

    /// The decoder with its weights, constant; see `HubCheckpoint.network` and `GGUFCheckpoint.network`.
    ///
    /// - Throws: `SafetensorsError`, `HubError` or `GGUFError`.
    public func network() throws -> Network<Decoder> {
        switch self {
        case .directory(let checkpoint): try checkpoint.network()
        case .file(let checkpoint): try checkpoint.network()
        }
    }

    /// Copies the weights into a learner whose network is, or holds, such a decoder.
    ///
    /// - Throws: `SafetensorsError`, `HubError` or `GGUFError`.
    public func load<Body: Sendable>(into learner: Learner<Body>) throws {
        switch self {
        case .directory(let checkpoint): try checkpoint.load(into: learner)
        case .file(let checkpoint): try checkpoint.load(into: learner)
        }
    }

    /// Tokenizer and description of a model whose weights are not opened yet.
    ///
    /// - Throws: `StorageError`; `TokenizerError`, `HubError` or `GGUFError`.
    public static func vocabulary(of path: String) throws -> (
        tokenizer: Tokenizer, description: DecoderDescription
    ) {
        if fileKind(path, following: true) == .file {
            let file = try GGUFFile(mapping: path)
            return (try Tokenizer(file), try DecoderDescription(file))
        }
        let tokenizer = try Tokenizer(contentsOf: path + "/tokenizer.json")
        return (tokenizer, try DecoderDescription(configuration: path + "/config.json"))
    }
}
