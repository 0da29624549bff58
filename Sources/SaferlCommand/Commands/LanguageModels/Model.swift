import ArgumentParser
import LanguageModels
import Storage

/// `saferl model`.
struct ModelGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Show and convert files of language models.",
        subcommands: [ModelInfo.self, ModelConvert.self])
}

/// `saferl model info`.
struct ModelInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show architecture, sizes, types, licence and SHA-256 of a language model.",
        discussion: """
            A GGUF file of version 2 or 3, or a directory in hub format, of the families llama, qwen2 and qwen3 \
            (docs/decoder.md). The header is checked whole; weights are read only to compute the SHA-256 of the file.
            """)

    @Argument(help: ArgumentHelp("A GGUF file, or a directory in hub format.", valueName: "model"))
    var path: String
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws { try ModelInfoWork(path: path, isJSON: json).run() }
}

/// `saferl model convert`.
struct ModelConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a GGUF model as a directory in hub format.",
        discussion: """
            The directory gets config.json, tokenizer.json and model.safetensors in single precision, in shards of at most \
            2 GB. Values are those of the file exactly; rows of llama files are put into the hub's order.
            """)

    @Argument(help: ArgumentHelp("A GGUF file.", valueName: "file")) var path: String
    @Argument(help: "The directory to write.") var out: String
    @Flag(help: "Write into a directory that exists, replacing its files of the same names.") var force =
        false

    func run() throws {
        if !force && fileKind(out, following: true) != nil { throw ModelError.exists(out) }
        try GGUFCheckpoint(file: path).saveHub(to: out)
        try Output.write(out)
    }
}

/// Why a model is not shown or converted.
enum ModelError: Fault {
    /// There is something in the way.
    case exists(String)

    var kind: FaultKind { .cannotCreate }

    var description: String {
        switch self {
        case .exists(let path):
            "\(path) exists. Name another directory, or write --force to replace its files."
        }
    }
}
